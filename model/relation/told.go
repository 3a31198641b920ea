package relation

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// mostTold bounds how many objects are looked at of which a message may speak.
const mostTold = 500

// toldRule says that a message speaks of objects by a text at a path.
type toldRule struct {
	message *regexp.Regexp
	is      string
	of      []schema.GroupKind
	at      []string
}

// Told is an object that a message speaks of as the cause of what it tells.
type Told struct {
	Item
	// Is says in a word how the message tells it to be.
	Is string
}

// Told gives the objects of which a message speaks by the rules, of those that are known, and the types of which they may be.
func (g *Graph) Told(message string) (told []Told, types []Type) {
	for i := range g.rules.told {
		rule := &g.rules.told[i]
		match := rule.message.FindStringSubmatch(message)
		if match == nil {
			continue
		}
		for _, gk := range rule.of {
			of, ok := g.served.Find(gk)
			if !ok {
				continue
			}
			if !slices.Contains(types, of) {
				types = append(types, of)
			}
			for _, id := range g.having(of, rule.at, match[1]) {
				told = append(told, Told{g.item(id, of, RefersTo), rule.is})
			}
		}
	}
	return told, types
}

// having are the objects of a type that have a text at a path.
func (g *Graph) having(of Type, at []string, text string) []ID {
	var all []ID
	looked := 0
	for id, n := range g.objects {
		if id.Type != of.GVR.GroupResource() {
			continue
		}
		if looked++; looked > mostTold {
			break
		}
		var object any
		if body, err := n.object.JSON(); err == nil && json.Unmarshal(body, &object) == nil && has(object, at, text) {
			all = append(all, id)
		}
	}
	slices.SortFunc(all, func(a, b ID) int { return cmp.Compare(a.String(), b.String()) })
	return all
}

// has tells whether a text is at a path.
func has(value any, at []string, text string) bool {
	if len(at) == 0 {
		return value == text
	}
	if items, ok := value.([]any); ok && at[0] == "*" {
		return slices.ContainsFunc(items, func(item any) bool { return has(item, at[1:], text) })
	}
	fields, _ := value.(map[string]any)
	return fields != nil && has(fields[at[0]], at[1:], text)
}
