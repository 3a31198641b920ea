package change

import (
	"bytes"
	"slices"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// mergeKeys are members by which elements of a list are told apart that nothing is declared of, the first count that all have and no two share. Those
// that Kubernetes declares come before what merely looks like a name.
var mergeKeys = [][]string{
	{"containerPort", "protocol"},
	{"port", "protocol"},
	{"mountPath"},
	{"devicePath"},
	{"topologyKey", "whenUnsatisfiable"},
	{"uid"},
	{"name"},
	{"type"},
	{"key"},
	{"ip"},
	{"host"},
	{"path"},
	{"id"},
}

// keyed looks for members that tell the elements of both lists apart.
func (p *pairing) keyed() bool {
	if p.begin == p.end {
		return false
	}
	if p.isDeclared() {
		return true
	}
	keys, order := len(p.keys), len(p.Differ.order)
	possible := p.membersOfFirst()
	for i, members := range mergeKeys {
		if possible&(1<<i) == 0 {
			continue
		}
		if p.readKeys(members) && p.areUnique() {
			return true
		}
		p.keys, p.Differ.order = p.keys[:keys], p.Differ.order[:order]
	}
	return false
}

// isDeclared looks for what the server tells the elements of both lists apart by.
func (p *pairing) isDeclared() bool {
	if p.managers == nil {
		return false
	}
	d := p.managers.declaredAt(p.path)
	if d == nil {
		return false
	}
	keys, order := len(p.keys), len(p.Differ.order)
	for _, members := range d.keys {
		if p.readKeys(members) && p.areUnique() {
			return true
		}
		p.keys, p.Differ.order = p.keys[:keys], p.Differ.order[:order]
	}
	if p.isSet = d.isSet && p.readScalars() && p.areUnique(); p.isSet {
		return true
	}
	p.keys, p.Differ.order = p.keys[:keys], p.Differ.order[:order]
	return false
}

// readScalars takes each element for its own key. It is false where one is no scalar.
func (p *pairing) readScalars() bool {
	for i := p.begin; i < p.end; i++ {
		text := p.text(i)
		if text[0] == '{' || text[0] == '[' {
			return false
		}
		e := &p.elements[i]
		e.key = len(p.keys)
		p.keys = append(p.keys, text...)
		e.keyEnd = len(p.keys)
	}
	return true
}

// membersOfFirst tells which of mergeKeys the first element may have, a bit for each.
func (p *pairing) membersOfFirst() uint {
	var possible uint
	text := p.text(p.begin)
	if text[0] != '{' {
		return 0
	}
	for w := jsonscan.Walk(text, 0); w.Next(); w.Value() {
		if c := w.Kind(); c == '{' || c == '[' {
			continue
		}
		for i, members := range mergeKeys {
			if is(w.Name(), members[0]) {
				possible |= 1 << i
			}
		}
	}
	return possible
}

// readKeys reads the key of each element. It is false where one has none.
func (p *pairing) readKeys(members []string) bool {
	for i := p.begin; i < p.end; i++ {
		e := &p.elements[i]
		e.key = len(p.keys)
		for n, name := range members {
			value := scalarMember(p.text(i), name)
			if value == nil {
				return false
			}
			if n > 0 {
				p.keys = append(p.keys, ',')
			}
			p.keys = append(append(append(p.keys, name...), '='), value...)
		}
		e.keyEnd = len(p.keys)
	}
	return true
}

// scalarMember gives the value of a member, nil where there is none that could be a key.
func scalarMember(text []byte, name string) []byte {
	if text[0] != '{' {
		return nil
	}
	for w := jsonscan.Walk(text, 0); w.Next(); w.Value() {
		if !is(w.Name(), name) {
			continue
		}
		if c := w.Kind(); c == '"' || c == '-' || c >= '0' && c <= '9' {
			return w.Value()
		}
		return nil
	}
	return nil
}

// is tells whether a name is this one, in the spelling that everybody uses.
func is(spelled []byte, name string) bool {
	return len(spelled) == len(name)+2 && string(spelled[1:len(spelled)-1]) == name
}

// areUnique orders the elements of each list by their keys and tells whether all differ. Lists that have the same keys in the same order, as
// nearly all have, need to be looked at once.
func (p *pairing) areUnique() bool {
	p.order = len(p.Differ.order)
	if p.aligned = p.areAligned(); p.aligned {
		for i := p.begin; i < p.middle; i++ {
			p.Differ.order = append(p.Differ.order, i)
		}
		return p.sort(p.Differ.order[p.order:])
	}
	for i := p.begin; i < p.end; i++ {
		p.Differ.order = append(p.Differ.order, i)
	}
	p.orderNew = p.order + p.middle - p.begin
	return p.sort(p.Differ.order[p.order:p.orderNew]) && p.sort(p.Differ.order[p.orderNew:])
}

func (p *pairing) areAligned() bool {
	if p.middle-p.begin != p.end-p.middle {
		return false
	}
	for i := p.begin; i < p.middle; i++ {
		if !bytes.Equal(p.key(i), p.key(i+p.middle-p.begin)) {
			return false
		}
	}
	return true
}

func (p *pairing) sort(order []int) (unique bool) {
	slices.SortFunc(order, func(i, j int) int { return bytes.Compare(p.key(i), p.key(j)) })
	for n := 1; n < len(order); n++ {
		if bytes.Equal(p.key(order[n-1]), p.key(order[n])) {
			return false
		}
	}
	return true
}
