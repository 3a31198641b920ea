// Package relation tells how Kubernetes objects relate: who owns whom, who refers to whom, and who selects whom by labels. There is no code
// for any kind: what all types have in common is read as it is, the rest are rules that are data (rules.yaml).
package relation

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

//go:embed rules.yaml
var builtin []byte

// Rules say how objects relate. They are never changed and safe for concurrent use.
type Rules struct {
	guess     []string
	names     []nameRule
	selectors map[schema.GroupKind][]selectorRule
	owns      map[schema.GroupKind][]schema.GroupKind
	told      []toldRule
	refers    map[schema.GroupKind][]Need // by what is referred to
	given     map[givenObject]bool
}

// Need is a type of which objects may relate to another that nothing names.
type Need struct {
	Of schema.GroupKind
	// Watch tells that there are so few of them that they are watched for relations alone.
	Watch bool
	// Anywhere tells that they may be in other namespaces than what they relate to.
	Anywhere bool
}

// givenObject is one that a cluster makes by itself, in each namespace where it is of one.
type givenObject struct {
	of   schema.GroupKind
	name string
}

// nameRule says that texts at the end of a path name an object.
type nameRule struct {
	of []schema.GroupKind // empty for all
	at []string
	to schema.GroupKind
}

// selectorRule says where a type has a selector, and of what.
type selectorRule struct {
	at []string
	to schema.GroupKind
}

// document is the YAML form of Rules; rules.yaml explains it.
type document struct {
	Guess []string `json:"guess"`
	Names []struct {
		Of []string `json:"of"`
		At string   `json:"at"`
		To string   `json:"to"`
	} `json:"names"`
	Selectors []struct {
		Of string `json:"of"`
		At string `json:"at"`
		To string `json:"to"`
	} `json:"selectors"`
	Told []struct {
		Message string   `json:"message"`
		Is      string   `json:"is"`
		Of      []string `json:"of"`
		At      string   `json:"at"`
	} `json:"told"`
	Owns   map[string][]string `json:"owns"`
	Refers []struct {
		Of       string   `json:"of"`
		To       []string `json:"to"`
		Watch    bool     `json:"watch"`
		Anywhere bool     `json:"anywhere"`
	} `json:"refers"`
	Given []struct {
		Kind string `json:"kind"`
		Name string `json:"name"`
	} `json:"given"`
}

// Builtin gives the rules that dogwatch comes with.
func Builtin() (*Rules, error) { return Load(builtin) }

// Load reads rules from YAML.
func Load(text []byte) (*Rules, error) {
	var doc document
	if err := yaml.UnmarshalStrict(text, &doc); err != nil {
		return nil, fmt.Errorf("read the rules of relations: %w", err)
	}
	r := &Rules{
		guess: doc.Guess, selectors: map[schema.GroupKind][]selectorRule{}, owns: map[schema.GroupKind][]schema.GroupKind{}, given: map[givenObject]bool{},
		refers: map[schema.GroupKind][]Need{},
	}
	for _, n := range doc.Names {
		if n.At == "" || n.To == "" {
			return nil, fmt.Errorf("names: %+v lacks at or to", n)
		}
		r.names = append(r.names, nameRule{kinds(n.Of), strings.Split(n.At, "."), schema.ParseGroupKind(n.To)})
	}
	for _, s := range doc.Selectors {
		if s.Of == "" || s.At == "" || s.To == "" {
			return nil, fmt.Errorf("selectors: %+v lacks of, at or to", s)
		}
		of := schema.ParseGroupKind(s.Of)
		r.selectors[of] = append(r.selectors[of], selectorRule{strings.Split(s.At, "."), schema.ParseGroupKind(s.To)})
	}
	for _, t := range doc.Told {
		pattern, err := regexp.Compile(t.Message)
		if err != nil || pattern.NumSubexp() != 1 || t.Is == "" || t.At == "" || len(t.Of) == 0 {
			return nil, fmt.Errorf("told: %+v lacks is, of or at, or message has no pattern with one group", t)
		}
		r.told = append(r.told, toldRule{pattern, t.Is, kinds(t.Of), strings.Split(t.At, ".")})
	}
	for of, owned := range doc.Owns {
		r.owns[schema.ParseGroupKind(of)] = kinds(owned)
	}
	for _, f := range doc.Refers {
		if f.Of == "" || len(f.To) == 0 {
			return nil, fmt.Errorf("refers: %+v lacks of or to", f)
		}
		for _, to := range kinds(f.To) {
			r.refers[to] = append(r.refers[to], Need{schema.ParseGroupKind(f.Of), f.Watch, f.Anywhere})
		}
	}
	for _, g := range doc.Given {
		if g.Kind == "" || g.Name == "" {
			return nil, fmt.Errorf("given: %+v lacks kind or name", g)
		}
		r.given[givenObject{schema.ParseGroupKind(g.Kind), g.Name}] = true
	}
	return r, nil
}

func kinds(texts []string) []schema.GroupKind {
	var all []schema.GroupKind
	for _, text := range texts {
		all = append(all, schema.ParseGroupKind(text))
	}
	return all
}

// isReference tells whether a member of a status is called as one that names objects.
func (r *Rules) isReference(name string) bool {
	return slices.ContainsFunc(r.guess, func(end string) bool { return strings.HasSuffix(strings.TrimSuffix(name, "s"), end) })
}

// Owned are the types of what controllers make for an object of a type, and for that, and so on.
func (r *Rules) Owned(of schema.GroupKind) []schema.GroupKind {
	var owned []schema.GroupKind
	next := []schema.GroupKind{of}
	for len(next) > 0 {
		made := r.owns[next[0]]
		next = next[1:]
		for _, gk := range made {
			if gk != of && !slices.Contains(owned, gk) {
				owned, next = append(owned, gk), append(next, gk)
			}
		}
	}
	return owned
}

// Needed are the types that objects related to one of a type are of, as far as the rules know: what controllers make for it, and for
// that, what selects it, and what refers to it.
func (r *Rules) Needed(of schema.GroupKind) []Need {
	var needed []Need
	add := func(n Need) {
		if n.Of != of && !slices.ContainsFunc(needed, func(other Need) bool { return other.Of == n.Of }) {
			needed = append(needed, n)
		}
	}
	for _, owned := range r.Owned(of) {
		add(Need{Of: owned, Watch: true})
	}
	for selecting, rules := range r.selectors {
		for _, s := range rules {
			if s.to == of {
				add(Need{Of: selecting, Watch: true})
			}
			if selecting == of {
				add(Need{Of: s.to, Watch: true})
			}
		}
	}
	for _, n := range r.refers[of] {
		add(n)
	}
	return needed
}
