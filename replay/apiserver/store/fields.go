package store

import "strings"

// Field is something in a type's objects that field selectors may name, besides metadata.name and metadata.namespace.
type Field struct {
	// Label is its name in selectors, and where it is in the object if Path is empty: spec.nodeName.
	Label, Path string
	// Default is the value of objects that have none.
	Default string
}

// Field finds what selectors may name by a label.
func (t Type) Field(label string) (Field, bool) {
	for _, f := range t.SelectableFields {
		if f.Label == label {
			return f, true
		}
	}
	return Field{}, false
}

// Field is the value that a field selector compares: a string, or what stands for a number or a boolean in JSON. It is
// read from the object each time, which takes some microseconds.
func (o *Object) Field(f Field) string {
	path := f.Path
	if path == "" {
		path = f.Label
	}
	r := &reader{}
	r.begin(o.JSON)
	value, ok := r.find(path)
	if !ok {
		return f.Default
	}
	return value
}

// find reads the value at a path of names in the object that comes next. It is false where none is.
func (r *reader) find(path string) (value string, ok bool) {
	name, rest, deeper := strings.Cut(path, ".")
	_ = r.members(func(member []byte) (bool, error) {
		if string(member) != name {
			return true, r.skip()
		}
		if deeper {
			value, ok = r.find(rest)
			return false, nil
		}
		token, err := r.dec.ReadToken()
		if ok = err == nil && strings.ContainsRune(`"0tf`, rune(token.Kind())); ok {
			value = token.String()
		}
		return false, nil
	}) // an error is of an object that has no such value
	return value, ok
}
