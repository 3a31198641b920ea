package informers

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"k8s.io/client-go/util/jsonpath"
)

// Redaction is a rule that hides values of objects, beyond those that are
// hidden always. It is safe for concurrent use.
type Redaction struct {
	spelling string
	// name is the type's name in lower case; empty for every type.
	name  string
	path  []string
	count atomic.Uint64
}

// allowedPaths says in errors what a path may be.
const allowedPaths = "allowed are members and all of a list or map, as in .data.*, .data['tls.key'] and {.spec.containers[*].env[*].value}"

// ParseRedaction reads "[TYPE:]PATH". TYPE is spelled as for kubectl; without
// one the rule is for every type. PATH is kubectl's JSONPath, of which a mask
// can take the forms that name places: members and "*". What names an object
// cannot be hidden.
func ParseRedaction(spelling string) (*Redaction, error) {
	if !utf8.ValidString(spelling) {
		return nil, fmt.Errorf("%q is not valid UTF-8", spelling)
	}
	r := &Redaction{spelling: spelling}
	path := spelling
	if name, rest, ok := strings.Cut(spelling, ":"); ok && !strings.ContainsAny(name, "{}[]'\"*\\ $") && !strings.HasPrefix(name, ".") {
		if name == "" {
			return nil, fmt.Errorf("%q: a type is missing before the colon", spelling)
		}
		r.name, path = strings.ToLower(name), rest
	}
	var err error
	if r.path, err = steps(path); err != nil {
		return nil, fmt.Errorf("%q: %w; %s", spelling, err, allowedPaths)
	}
	if identifies(r.path) {
		return nil, fmt.Errorf("%q: this says which object it is, and cannot be hidden; of metadata only annotations can", spelling)
	}
	return r, nil
}

// identifies tells of paths to what a recording needs to know an object by.
func identifies(path []string) bool {
	switch path[0] {
	case "apiVersion", "kind", "*":
		return true
	case "metadata":
		return len(path) < 3 || path[1] != "annotations"
	}
	return false
}

// String is the rule as it was spelled.
func (r *Redaction) String() string { return r.spelling }

// Type is the name of the type that the rule is for, in lower case; empty for every type.
func (r *Redaction) Type() string { return r.name }

// Count is how many values the rule has hidden so far.
func (r *Redaction) Count() uint64 { return r.count.Load() }

// For tells whether the rule is for a type. A name that several groups have is
// for all of them: hiding too much is the lesser harm.
func (r *Redaction) For(t Type) bool {
	if r.name == "" {
		return true
	}
	names := append([]string{t.GVR.Resource, strings.ToLower(t.Kind), t.Singular}, t.ShortNames...)
	if slices.Contains(names, r.name) {
		return true
	}
	name, group, _ := strings.Cut(r.name, ".")
	if !slices.Contains(names, name) {
		return false
	}
	_, behindVersion, _ := strings.Cut(group, ".")
	for _, g := range []string{group, behindVersion} {
		if g != "" && strings.HasPrefix(t.GVR.Group, g) {
			return true
		}
	}
	return group == t.GVR.Version // pods.v1
}

// steps takes a JSONPath apart.
func steps(path string) ([]string, error) {
	path = strings.TrimSpace(path)
	if !strings.HasPrefix(path, "{") {
		path = "{" + strings.TrimPrefix(path, "$") + "}"
	}
	if inside := path[1:]; inside != "" && !strings.ContainsAny(inside[:1], ".[$}") {
		path = "{." + inside // kubectl takes paths without their first dot, too
	}
	parsed, err := jsonpath.Parse("path", escapeKeys(path))
	if err != nil {
		return nil, fmt.Errorf("reading the path: %w", err)
	}
	if len(parsed.Root.Nodes) != 1 {
		return nil, fmt.Errorf("it is not one path in braces")
	}
	list, ok := parsed.Root.Nodes[0].(*jsonpath.ListNode)
	if !ok || len(list.Nodes) == 0 {
		return nil, fmt.Errorf("it names no member")
	}
	var all []string
	for _, node := range list.Nodes {
		step, err := stepOf(node)
		if err != nil {
			return nil, err
		}
		all = append(all, step)
	}
	return all, nil
}

func stepOf(node jsonpath.Node) (string, error) {
	switch n := node.(type) {
	case *jsonpath.WildcardNode:
		return "*", nil
	case *jsonpath.FieldNode:
		if n.Value == "" {
			return "", fmt.Errorf("a member has no name")
		}
		return n.Value, nil
	case *jsonpath.ArrayNode:
		if !n.Params[0].Known && !n.Params[1].Known && !n.Params[2].Known {
			return "*", nil
		}
		return "", fmt.Errorf("single elements of a list cannot be hidden, only all: [*]")
	case *jsonpath.RecursiveNode:
		return "", fmt.Errorf("\"..\" cannot be hidden")
	case *jsonpath.FilterNode:
		return "", fmt.Errorf("a filter cannot be hidden")
	case *jsonpath.UnionNode:
		return "", fmt.Errorf("several members at once cannot be hidden: give --redact several times")
	}
	return "", fmt.Errorf("%s is no place in an object", node)
}

// escapeKeys escapes what stands between ['…'], for kubectl's parser would
// read ['a.b'] as two members.
func escapeKeys(path string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(path, "['")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		key, after, closed := strings.Cut(rest, "']")
		b.WriteString("['")
		if !closed || strings.Contains(key, "'") { // for the parser to judge
			b.WriteString(rest)
			return b.String()
		}
		for _, c := range strings.ReplaceAll(key, `\`, "") {
			if strings.ContainsRune(". \t,$@{}[", c) {
				b.WriteByte('\\')
			}
			b.WriteRune(c)
		}
		b.WriteString("']")
		path = after
	}
}
