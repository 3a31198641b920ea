package health

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// node is a place in the tree of the fields that rules ask for.
type node struct {
	fields map[string]*node
	items  *node // of a list
	// slot is where the values found here go, -1 for none.
	slot int
	// conditions marks the list of conditions.
	conditions bool
}

func newNode() *node { return &node{slot: -1} }

func (n *node) child(name string) *node {
	if name == everyItem {
		if n.items == nil {
			n.items = newNode()
		}
		return n.items
	}
	if n.fields == nil {
		n.fields = map[string]*node{}
	}
	if n.fields[name] == nil {
		n.fields[name] = newNode()
	}
	return n.fields[name]
}

// condition is one of an object's conditions.
type condition struct{ kind, status, reason value }

// reader collects the values of an object that rules ask for. It is used for
// one object after another.
type reader struct {
	decoder    *jsontext.Decoder
	buffer     bytes.Buffer
	slots      [][]value
	conditions []condition
}

func newReader(slots int) *reader {
	r := &reader{slots: make([][]value, slots)}
	r.decoder = jsontext.NewDecoder(&r.buffer)
	return r
}

// read reads an object. It tells whether the JSON is whole.
func (r *reader) read(json []byte, root *node) bool {
	for i := range r.slots {
		r.slots[i] = r.slots[i][:0]
	}
	r.conditions = r.conditions[:0]
	r.buffer = *bytes.NewBuffer(json)
	r.decoder.Reset(&r.buffer, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	return r.walk(root) == nil
}

func (r *reader) walk(n *node) error {
	switch r.decoder.PeekKind() {
	case '{':
		r.keep(n, value{is: isCompound})
		return r.members(n, (*reader).walk)
	case '[':
		return r.list(n)
	default:
		v, err := r.scalar()
		r.keep(n, v)
		return err
	}
}

// members reads an object, handing the members that are asked for to f.
func (r *reader) members(n *node, f func(*reader, *node) error) error {
	if _, err := r.decoder.ReadToken(); err != nil {
		return err
	}
	for r.decoder.PeekKind() != '}' {
		name, err := r.decoder.ReadValue()
		if err != nil {
			return err
		}
		if child := n.fields[string(unquoted(name))]; child != nil {
			err = f(r, child)
		} else {
			err = r.skip()
		}
		if err != nil {
			return err
		}
	}
	_, err := r.decoder.ReadToken()
	return err
}

func (r *reader) list(n *node) error {
	if n.items == nil && !n.conditions && n.slot < 0 {
		return r.skip()
	}
	if _, err := r.decoder.ReadToken(); err != nil {
		return err
	}
	for first := true; r.decoder.PeekKind() != ']'; first = false {
		if first {
			r.keep(n, value{is: isCompound}) // an empty list is nothing
		}
		var err error
		switch {
		case n.conditions && r.decoder.PeekKind() == '{':
			err = r.condition()
		case n.items != nil:
			err = r.walk(n.items)
		default:
			err = r.skip()
		}
		if err != nil {
			return err
		}
	}
	_, err := r.decoder.ReadToken()
	return err
}

// condition reads one item of the list of conditions.
func (r *reader) condition() error {
	var c condition
	if _, err := r.decoder.ReadToken(); err != nil {
		return err
	}
	for r.decoder.PeekKind() != '}' {
		name, err := r.decoder.ReadValue()
		if err != nil {
			return err
		}
		switch string(unquoted(name)) {
		case "type":
			c.kind, err = r.scalar()
		case "status":
			c.status, err = r.scalar()
		case "reason":
			c.reason, err = r.scalar()
		default:
			err = r.skip()
		}
		if err != nil {
			return err
		}
	}
	r.conditions = append(r.conditions, c)
	_, err := r.decoder.ReadToken()
	return err
}

// skip passes over a value: by ReadValue, which is quicker than SkipValue,
// since that looks at each token.
func (r *reader) skip() error {
	_, err := r.decoder.ReadValue()
	return err
}

// scalar reads a value; null and what is no scalar are missing.
func (r *reader) scalar() (value, error) {
	raw, err := r.decoder.ReadValue()
	if err != nil {
		return value{}, err
	}
	switch raw.Kind() {
	case '"':
		return value{text: string(unquoted(raw)), is: isText}, nil
	case '0':
		n, _ := strconv.ParseFloat(string(raw), 64) // what is out of range is infinite
		return value{text: string(raw), number: n, is: isNumber}, nil
	case 't', 'f':
		return value{text: string(raw), is: isText}, nil
	default:
		return value{}, nil
	}
}

func (r *reader) keep(n *node, v value) {
	if n.slot >= 0 && v.is != missing && (v.is != isText || v.text != "") {
		r.slots[n.slot] = append(r.slots[n.slot], v)
	}
}

// unquoted gives the text of a JSON string.
func unquoted(raw jsontext.Value) []byte {
	if len(raw) >= 2 && bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	text, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return nil
	}
	return text
}
