package store

import (
	"fmt"
	"strconv"
	"strings"
)

// Path is a JSONPath ready for use. It knows the part of JSONPath that CustomResourceDefinitions use for columns and
// selectable fields: names (with \. for a dot), indexes, and a filter on one string, [?(@.type=="Ready")], which takes
// the first match.
type Path []step

// step goes from a value to one inside it.
type step func(value any) (any, bool)

// Find is what the path leads to in a decoded object, and whether it is there and not null.
func (p Path) Find(object map[string]any) (any, bool) {
	var value any = object
	for _, next := range p {
		var ok bool
		if value, ok = next(value); !ok {
			return nil, false
		}
	}
	return value, value != nil
}

// Value is Find for a path that is used once; nothing is found where the path is faulty.
func Value(object map[string]any, path string) (any, bool) {
	p, err := ParsePath(path)
	if err != nil {
		return nil, false
	}
	return p.Find(object)
}

// ParsePath reads a path such as .spec.size.
func ParsePath(path string) (Path, error) {
	var steps Path
	rest := path
	for rest != "" {
		var next step
		var err error
		switch rest[0] {
		case '.':
			var name string
			name, rest = cutName(rest[1:])
			next = field(name)
		case '[':
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return nil, fmt.Errorf("path %q: unclosed bracket", path)
			}
			next, err = parseBracket(rest[1:end])
			rest = rest[end+1:]
		default:
			return nil, fmt.Errorf("path %q: expected . or [ before %q", path, rest)
		}
		if err != nil {
			return nil, fmt.Errorf("path %q: %w", path, err)
		}
		steps = append(steps, next)
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("empty path")
	}
	return steps, nil
}

// cutName takes a name up to the next dot or bracket; a backslash keeps the byte after it.
func cutName(s string) (name, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '.', '[':
			return b.String(), s[i:]
		case '\\':
			if i+1 < len(s) {
				i++
			}
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// parseBracket reads what stands between brackets: 0, 'name', or ?(@.name=="value").
func parseBracket(s string) (step, error) {
	if quoted := strings.Trim(s, `'"`); len(quoted)+2 == len(s) {
		return field(quoted), nil
	}
	if filter, ok := strings.CutPrefix(s, "?(@."); ok {
		name, want, ok := strings.Cut(strings.TrimSuffix(filter, ")"), "==")
		if !ok {
			return nil, fmt.Errorf("filter %q is not of the form @.name==\"value\"", s)
		}
		return first(strings.TrimSpace(name), strings.Trim(strings.TrimSpace(want), `'"`)), nil
	}
	i, err := strconv.Atoi(s)
	if err != nil || i < 0 {
		return nil, fmt.Errorf("cannot read [%s]", s)
	}
	return index(i), nil
}

func field(name string) step {
	return func(value any) (any, bool) {
		m, ok := value.(map[string]any)
		if !ok {
			return nil, false
		}
		if name == "" {
			return m, true
		}
		v, ok := m[name]
		return v, ok
	}
}

func index(i int) step {
	return func(value any) (any, bool) {
		list, ok := value.([]any)
		if !ok || i >= len(list) {
			return nil, false
		}
		return list[i], true
	}
}

func first(name, want string) step {
	return func(value any) (any, bool) {
		list, _ := value.([]any)
		for _, item := range list {
			m, ok := item.(map[string]any)
			if ok && fmt.Sprint(m[name]) == want {
				return m, true
			}
		}
		return nil, false
	}
}
