package change

import (
	"bytes"
	"slices"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

const (
	// maxDeclared is how many sets of members of one list count, and maxKeys how many members one has.
	maxDeclared = 4
	maxKeys     = 4
)

// declared is how a server tells elements of a list apart, as the entries of managedFields below the list's path say.
type declared struct {
	// keys are members that tell them apart: those of entries that begin with "k:".
	keys [][]string
	// isSet tells that the elements are their own keys: entries begin with "v:".
	isSet bool
}

// declaredAt gives how elements of the list at a path are told apart, nil where managedFields do not say. It is the same for all objects of a type, so it is
// remembered by the texts of fields.
func (m *Managers) declaredAt(path []byte) *declared {
	m.read()
	for i := range m.entries {
		e := m.entries[i].owned
		d, ok := e.lists[string(path)]
		if !ok {
			d = e.declaredAt(Path(path).Steps())
			if e.lists == nil || len(e.lists) >= maxKnown {
				e.lists = map[string]*declared{}
			}
			e.lists[string(path)] = d
		}
		if d != nil {
			return d
		}
	}
	return nil
}

func (o *owned) declaredAt(steps []Step) *declared {
	d := &declared{}
	o.lookBelow(jsonscan.Walk(o.fields, 0), steps, d)
	if d.keys == nil && !d.isSet {
		return nil
	}
	return d
}

// lookBelow looks for what steps lead to, through all elements of the lists on the way, and gives the index behind it all.
func (o *owned) lookBelow(w jsonscan.Walker, steps []Step, d *declared) int {
	for w.Next() {
		name := jsonscan.Text(w.Name())
		switch {
		case len(steps) == 0:
			d.note(name)
			w.Value()
		case leadsOn(name, &steps[0]):
			w.To(o.lookBelow(jsonscan.Walk(o.fields, w.At()), steps[1:], d))
		default:
			w.Value()
		}
	}
	return w.At()
}

// leadsOn tells whether a name, such as f:spec or k:{"name":"web"}, may lead where a step does.
func leadsOn(name []byte, s *Step) bool {
	if len(name) < len("f:") || name[1] != ':' {
		return false
	}
	if s.IsMember() {
		return name[0] == 'f' && string(name[len("f:"):]) == s.Member
	}
	return name[0] == 'k'
}

// note takes in a name below a list.
func (d *declared) note(name []byte) {
	if len(name) < len("k:") || name[1] != ':' {
		return
	}
	switch name[0] {
	case 'v':
		d.isSet = true
	case 'k':
		key := membersOf(name)
		isKnown := slices.ContainsFunc(d.keys, func(other []string) bool { return slices.Equal(other, key) })
		if key != nil && !isKnown && len(d.keys) < maxDeclared {
			d.keys = append(d.keys, key)
		}
	}
}

// membersOf gives the names in a key such as k:{"lane":1,"zone":"a"}, nil where that is none, or they cannot stand in a path.
func membersOf(key []byte) []string {
	if !bytes.HasSuffix(key, []byte("}")) {
		return nil
	}
	var names []string
	for w := jsonscan.Walk(key, len("k:")); w.Next(); w.Value() {
		name := jsonscan.Text(w.Name())
		if !isPlain(name) || len(names) == maxKeys {
			return nil
		}
		names = append(names, string(name))
	}
	return names
}
