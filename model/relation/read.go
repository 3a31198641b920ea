package relation

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Ref is one object that another names.
type Ref struct {
	To  Type
	ID  ID
	UID types.UID // of an owner; empty elsewhere
	Via string    // the path of the field, "*" for items of lists
	// Sure tells that the object says so, or that the field is called as a kind of Kubernetes itself is. Else it is a guess by the field's name.
	Sure bool
	// Optional tells that the object can do without it.
	Optional bool
}

// Selector is how an object selects others.
type Selector struct {
	To Type
	labels.Selector
	Via string
}

// Links are what an object says of others.
type Links struct {
	Owners    []Ref
	Refs      []Ref
	Selectors []Selector
}

// Read reads the links of an object of a type from its JSON. Types that are not served are left out.
func (r *Rules) Read(served *Types, of Type, text []byte) (Links, error) {
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		return Links{}, fmt.Errorf("read the relations of a %s: %w", of.Kind, err)
	}
	rd := reader{rules: r, served: served, of: of}
	meta, _ := object["metadata"].(map[string]any)
	rd.namespace, _ = meta["namespace"].(string)
	rd.owners(meta)
	for _, name := range sortedKeys(object) {
		if !slices.Contains(unread, name) {
			rd.walk(object[name], []string{name})
		}
	}
	rd.status(object["status"])
	rd.selectors(object)
	return rd.links, nil
}

// Reads tells whether what an object says of others may be told by what is below two of its members, the first and one in that.
func (r *Rules) Reads(first, second string) bool {
	switch first {
	case "metadata":
		return second == "ownerReferences" || second == ""
	case "status":
		return second == "" || r.isReference(second)
	}
	return !slices.Contains(unread, first)
}

// unread are the members of objects that refer to nothing: what is told, and what is kept. Of a status only those of its own members are read
// that are called as references are.
var unread = []string{"metadata", "status", "data", "binaryData", "stringData"}

// mostRefs bounds how many objects are taken that one refers to.
const mostRefs = 200

type reader struct {
	rules     *Rules
	served    *Types
	of        Type
	namespace string
	links     Links
}

func (rd *reader) owners(meta map[string]any) {
	owners, _ := meta["ownerReferences"].([]any)
	for _, item := range owners {
		owner, _ := item.(map[string]any)
		gv, err := schema.ParseGroupVersion(textOf(owner["apiVersion"]))
		t, ok := rd.served.Find(schema.GroupKind{Group: gv.Group, Kind: textOf(owner["kind"])})
		if err != nil || !ok {
			continue
		}
		rd.links.Owners = append(rd.links.Owners, Ref{
			To: t, ID: t.id(rd.namespace, textOf(owner["name"])), UID: types.UID(textOf(owner["uid"])), Via: "metadata.ownerReferences", Sure: true,
		})
	}
}

// walk looks for references in a value at a path.
func (rd *reader) walk(value any, path []string) {
	switch value := value.(type) {
	case map[string]any:
		if rd.reference(value, path) {
			return
		}
		for _, name := range sortedKeys(value) {
			rd.member(value[name], append(slices.Clone(path), name), value)
		}
	case []any:
		for _, item := range value {
			rd.member(item, append(slices.Clone(path), "*"), nil)
		}
	}
}

// member looks at what is in an object, beside its other members, or in a list.
func (rd *reader) member(value any, path []string, beside map[string]any) {
	if text, ok := value.(string); ok {
		rd.named(text, path, beside)
		return
	}
	rd.walk(value, path)
}

// status looks at those of a status' own members that are called as references are. All else in it is told, not asked for.
func (rd *reader) status(value any) {
	status, _ := value.(map[string]any)
	for _, name := range sortedKeys(status) {
		if rd.rules.isReference(name) {
			rd.member(status[name], []string{"status", name}, status)
		}
	}
}

// reference takes an object that names another by its kind or its resource, or whose own name does.
func (rd *reader) reference(value map[string]any, path []string) bool {
	name := textOf(value["name"])
	if name == "" {
		return false
	}
	kind, resource := textOf(value["kind"]), textOf(value["resource"])
	switch group, isSaid := groupOf(value); {
	case kind != "":
		t, ok := rd.served.Find(schema.GroupKind{Group: group, Kind: kind})
		if !ok {
			t, ok = rd.served.named(kind, rd.of.GVR.Group)
		}
		if ok {
			rd.add(t, name, path, value, true)
		}
		return ok
	case resource != "":
		t, ok := rd.served.resource(resource, group)
		if ok = ok && (!isSaid || t.GVR.Group == group); ok {
			rd.add(t, name, path, value, isSaid)
		}
		return ok
	}
	return rd.guess(fieldOf(path), name, path, value)
}

// groupOf is the group that a reference names, and whether it names one; the core group has no name.
func groupOf(reference map[string]any) (group string, isSaid bool) {
	for _, member := range []string{"apiGroup", "group"} {
		if text, ok := reference[member].(string); ok {
			group, isSaid = group+text, true
		}
	}
	if gv, err := schema.ParseGroupVersion(textOf(reference["apiVersion"])); err == nil && group == "" {
		return gv.Group, isSaid || gv.Version != ""
	}
	return group, isSaid
}

// fieldOf is what the field is called at a path; for an item of a list, what the list is without its plural.
func fieldOf(path []string) string {
	last := path[len(path)-1]
	if last == "*" && len(path) > 1 {
		return strings.TrimSuffix(path[len(path)-2], "s")
	}
	return last
}

// named takes a text that names an object by the path that it stands at.
func (rd *reader) named(text string, path []string, beside map[string]any) {
	for _, rule := range rd.rules.names {
		if hasEnd(path, rule.at) && (len(rule.of) == 0 || slices.Contains(rule.of, rd.of.GroupKind())) {
			if t, ok := rd.served.Find(rule.to); ok {
				rd.add(t, text, path, beside, true)
			}
			return
		}
	}
	rd.guess(fieldOf(path), text, path, beside)
}

// guess takes a field whose name ends as one of those that name an object, with a kind before that: all of what is before it, or else as many of its
// last words as are a kind. Only where all of it is a kind of Kubernetes itself, that is as good as sure.
func (rd *reader) guess(field, name string, path []string, beside map[string]any) bool {
	for at := 0; at < len(field); at = nextWord(field, at) {
		for _, end := range rd.rules.guess {
			kind, ok := strings.CutSuffix(field[at:], end)
			if !ok || kind == "" {
				continue
			}
			if t, ok := rd.served.named(kind, rd.of.GVR.Group); ok {
				rd.add(t, name, path, beside, at == 0 && t.isOfKubernetes())
				return true
			}
		}
	}
	return false
}

// nextWord is where the next word of a name in camel case begins behind a place, or the end. "caTLSSecret" is ca, TLS and Secret.
func nextWord(name string, at int) int {
	isUpper := func(i int) bool { return 'A' <= name[i] && name[i] <= 'Z' }
	for i := at + 1; i < len(name); i++ {
		if isUpper(i) && (!isUpper(i-1) || i+1 < len(name) && !isUpper(i+1)) {
			return i
		}
	}
	return len(name)
}

func (rd *reader) add(t Type, name string, path []string, beside map[string]any, sure bool) {
	namespace := rd.namespace
	if other := textOf(beside["namespace"]); other != "" {
		namespace = other
	}
	optional, _ := beside["optional"].(bool)
	ref := Ref{To: t, ID: t.id(namespace, name), Via: strings.Join(path, "."), Sure: sure, Optional: optional}
	if name == "" {
		return
	}
	i := slices.IndexFunc(rd.links.Refs, func(other Ref) bool { return other.ID == ref.ID })
	if i < 0 && len(rd.links.Refs) == mostRefs {
		return
	}
	if i < 0 {
		rd.links.Refs = append(rd.links.Refs, ref)
		return
	}
	known := &rd.links.Refs[i]
	known.Sure = known.Sure || sure
	known.Optional = known.Optional && optional
}

func (rd *reader) selectors(object map[string]any) {
	for _, rule := range rd.rules.selectors[rd.of.GroupKind()] {
		value := any(object)
		for _, name := range rule.at {
			inner, _ := value.(map[string]any)
			value = inner[name]
		}
		to, ok := rd.served.Find(rule.to)
		chosen, err := selectorOf(value)
		if ok && err == nil && chosen != nil {
			rd.links.Selectors = append(rd.links.Selectors, Selector{To: to, Selector: chosen, Via: strings.Join(rule.at, ".")})
		}
	}
}

// selectorOf reads a selector, by labels alone or as a LabelSelector; nil where there is none.
func selectorOf(value any) (labels.Selector, error) {
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, nil
	}
	_, plain := fields["matchLabels"]
	_, full := fields["matchExpressions"]
	if len(fields) > 0 && !plain && !full {
		set := labels.Set{}
		for name, v := range fields {
			set[name] = textOf(v)
		}
		return labels.SelectorFromSet(set), nil
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	var selector metav1.LabelSelector
	if err := json.Unmarshal(text, &selector); err != nil {
		return nil, err
	}
	return metav1.LabelSelectorAsSelector(&selector)
}

func hasEnd(path, end []string) bool {
	return len(path) >= len(end) && slices.Equal(path[len(path)-len(end):], end)
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
