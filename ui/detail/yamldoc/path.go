package yamldoc

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Path leads from the root of an object to a value in it.
type Path struct {
	parent *Path // nil for the root
	name   string
	index  int // of a list's element; -1 for a map's member
	// id tells the same place in another version of the object: it goes by an
	// element's own name where it has one, so that it stays when others come
	// and go before it.
	id uint64
	// named is the id of the innermost element with a name of its own that it is in, or is; 0 for none.
	named uint64
}

// Step leads from a value to one in it: to the element at Index of a list, or to the member Name of a map where Index is -1.
type Step struct {
	Name  string
	Index int
}

// Spell writes the path of steps from the root, as String does.
func Spell(steps []Step) string {
	p := &Path{}
	for _, s := range steps {
		p = &Path{parent: p, name: s.Name, index: s.Index}
	}
	return p.String()
}

// Parent is the path of what the value is in; nil of the root.
func (p *Path) Parent() *Path { return p.parent }

func (p *Path) member(name string) *Path {
	return &Path{parent: p, name: name, index: -1, id: hash(p.id, "."+name), named: p.named}
}

// element is the path of a list's element i. Where name is not empty it names
// the element alone among its siblings.
func (p *Path) element(i int, name string) *Path {
	if name == "" {
		return &Path{parent: p, index: i, id: hash(p.id, "["+strconv.Itoa(i)), named: p.named}
	}
	id := hash(p.id, "["+name)
	return &Path{parent: p, index: i, id: id, named: id}
}

// Element tells the innermost element of a list that the value is in, or is, by the elements' own names: it is the same in another version of the
// object. It is 0 where there is none that has a name.
func (p *Path) Element() uint64 { return p.named }

// String writes the path as kubectl's JSONPath reads it:
// ".spec.containers[0].image", with what is not part of a plain name escaped:
// ".metadata.labels.app\.kubernetes\.io/name". The root is ".".
func (p *Path) String() string {
	var steps []string
	for ; p.parent != nil; p = p.parent {
		steps = append(steps, p.step())
	}
	if len(steps) == 0 {
		return "."
	}
	slices.Reverse(steps)
	return strings.Join(steps, "")
}

func (p *Path) step() string {
	switch {
	case p.index >= 0:
		return "[" + strconv.Itoa(p.index) + "]"
	case p.name == "":
		return "['']"
	}
	var b strings.Builder
	b.WriteByte('.')
	for _, r := range p.name {
		if r <= '~' && !isPlainInPath(byte(r)) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isPlainInPath reports whether c needs no escape in a name.
func isPlainInPath(c byte) bool {
	return isDigit(c) || isLetter(c) || c == '-' || c == '_' || c == '/'
}

// hash adds s to the FNV-1a hash h.
func hash(h uint64, s string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	if h == 0 {
		h = offset
	}
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return h
}

// elementNames finds what tells the elements of a list apart: the first of the
// usual members that each has with a value of its own. The function it returns
// gives the name of element i, empty where there is none.
func elementNames(list []any) func(i int) string {
	for _, key := range []string{"name", "type", "uid", "id", "key", "mountPath", "containerPort", "port", "ip"} {
		if isMergeKey(list, key) {
			return func(i int) string { return key + "=" + scalarOf(list[i], key) }
		}
	}
	return func(int) string { return "" }
}

func isMergeKey(list []any, key string) bool {
	seen := make(map[string]bool, len(list))
	for _, element := range list {
		value := scalarOf(element, key)
		if value == "" || seen[value] {
			return false
		}
		seen[value] = true
	}
	return true
}

// scalarOf is the text of a map's member, empty where it is no text or number.
func scalarOf(element any, key string) string {
	object, _ := element.(map[string]any)
	switch v := object[key].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	default:
		return ""
	}
}
