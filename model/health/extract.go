package health

import (
	"strconv"
	"time"

	"github.com/dogwatch/dogwatch/model/jsonscan"
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
type condition struct {
	kind, status, reason, since value
	message                     []byte // as it is spelled
}

// reader collects the values of an object that rules ask for. It is used for
// one object after another.
type reader struct {
	slots      [][]value
	conditions []condition
	written    value
	now        func() time.Time
}

func newReader(slots int, now func() time.Time) *reader {
	return &reader{slots: make([][]value, slots), now: now}
}

// read reads an object.
func (r *reader) read(object jsonscan.Object, f *fields, written uint32) {
	for i := range r.slots {
		r.slots[i] = r.slots[i][:0]
	}
	r.conditions = r.conditions[:0]
	r.written = value{}
	if f.written && written != 0 {
		r.written = value{text: time.Unix(int64(written), 0).UTC().AppendFormat(nil, time.RFC3339), is: isText}
	}
	r.members(object.Text, object.Walk(), f.root)
}

// walk reads the value at an index of the text and gives the index behind it.
func (r *reader) walk(json []byte, at int, n *node) int {
	if at >= len(json) {
		return at
	}
	switch json[at] {
	case '{':
		r.keep(n, value{is: isCompound})
		return r.members(json, jsonscan.Walk(json, at), n)
	case '[':
		return r.list(json, at, n)
	}
	end := jsonscan.Skip(json, at)
	r.keep(n, scalar(json[at:end]))
	return end
}

// members reads the members that are asked for, and gives the index behind the object.
func (r *reader) members(json []byte, w jsonscan.Walker, n *node) int {
	for w.Next() {
		if child := n.fields[string(jsonscan.Text(w.Name()))]; child != nil {
			w.To(r.walk(json, w.At(), child))
		} else {
			w.Value()
		}
	}
	return w.At()
}

func (r *reader) list(json []byte, at int, n *node) int {
	if n.items == nil && !n.conditions && n.slot < 0 {
		return jsonscan.Skip(json, at)
	}
	w := jsonscan.Walk(json, at)
	for first := true; w.Next(); first = false {
		if first {
			r.keep(n, value{is: isCompound}) // an empty list is nothing
		}
		begin := w.At()
		switch {
		case n.conditions && w.Kind() == '{':
			w.To(r.condition(json, w.At()))
		case n.items != nil:
			w.To(r.walk(json, w.At(), n.items))
		default:
			w.Value()
		}
		if w.At() == begin {
			w.Value() // not valid: go on all the same
		}
	}
	return w.At()
}

// condition reads one item of the list of conditions.
func (r *reader) condition(json []byte, at int) int {
	var c condition
	w := jsonscan.Walk(json, at)
	for w.Next() {
		switch string(jsonscan.Text(w.Name())) {
		case "type":
			c.kind = scalar(w.Value())
		case "status":
			c.status = scalar(w.Value())
		case "reason":
			c.reason = scalar(w.Value())
		case "lastTransitionTime":
			c.since = scalar(w.Value())
		case "message":
			c.message = w.Value()
		default:
			w.Value()
		}
	}
	r.conditions = append(r.conditions, c)
	return w.At()
}

// scalar gives a value; null and what is no scalar are missing.
func scalar(raw []byte) value {
	if len(raw) == 0 {
		return value{}
	}
	switch c := raw[0]; {
	case c == '"':
		return value{text: jsonscan.Text(raw), is: isText}
	case c == '-' || c >= '0' && c <= '9':
		n, _ := strconv.ParseFloat(string(raw), 64) // what is out of range is infinite
		return value{text: raw, number: n, is: isNumber}
	case c == 't' || c == 'f':
		return value{text: raw, is: isText}
	}
	return value{}
}

func (r *reader) keep(n *node, v value) {
	if n.slot >= 0 && v.is != missing && (v.is != isText || len(v.text) > 0) {
		r.slots[n.slot] = append(r.slots[n.slot], v)
	}
}
