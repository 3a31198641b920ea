package change

import (
	"bytes"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// Manager is who owns a field, as an object's managedFields say. The zero Manager is nobody.
type Manager struct {
	// Name is what the manager calls itself, such as "kubelet" or "kubectl-edit". It comes from the cluster.
	Name string
	// Operation is "Apply" or "Update".
	Operation string
	// Subresource is the one that the manager wrote to, such as "status"; empty for the object itself.
	Subresource string
	// At is when the manager last wrote any field of the object, in Unix seconds by the server's clock; 0 where that is not told.
	At int64
}

const (
	// maxManagers is how many managers are remembered.
	maxManagers = 1024
	// maxOwned is of how many texts of fields it is remembered who owns what by them: objects of a type have the same few.
	maxOwned = 32
	// maxKnown is of how many fields it is remembered by one text.
	maxKnown = 512
)

// Managers finds out who owns fields. It reads the text of managedFields once, and goes only where something changed; what it
// found in a text of fields it remembers. The zero Managers is ready. It is for one goroutine at a time.
type Managers struct {
	noted   []byte // what isRead tells to be read into entries
	isRead  bool
	entries []managed
	finds   []find
	object  []byte
	// active are the changes that are looked for, for all levels: each uses what it appends and takes it off again.
	active []int
	name   []byte // an element's name, without escapes
	steps  map[Path][]Step
	who    map[string]Manager
	header []byte
	result []Manager
	owned  []*owned // those used last come first
}

// managed is what one manager owns.
type managed struct {
	who Manager
	*owned
}

// owned is a text of fields, fieldsV1, how some of them are owned by who owns these, and what it says of some lists.
type owned struct {
	fields []byte
	known  map[Path]ownership
	lists  map[string]*declared // by their paths; nil of those of which they say nothing
}

// find is how well it is known who owns a change's field.
type find struct {
	path  Path
	steps []Step
	value []byte // the new one
	how   ownership
	who   Manager
	// here is how the field is owned by the manager that is looked at. It depends on more than the field's path where values
	// had to be looked at.
	here    ownership
	depends bool
	// isShared tells that managers own single members of what the field is in.
	isShared bool
}

// isLeftOver tells that what is gone was one of several members, and who seems to own all of them has none left: others took it out, and who did that owns
// nothing there.
func (f *find) isLeftOver() bool { return f.value == nil && f.how == around && f.isShared }

// ownership says how a manager owns a field, the surest last.
type ownership uint8

const (
	// none is when it does not.
	none ownership = iota
	// beside is when it does not, but owns others of the members that the field is one of.
	beside
	// around is when it owns something that the field is in, of which it names no parts.
	around
	// inside is when it owns parts of the value.
	inside
	// exactly is when it names the field.
	exactly
)

// Of gives, for each change, the manager that owns its field now: by name, else parts of it, else all that it is in; of
// several the one that wrote last. Nobody owns what is gone or
// was moved, but in what is one value, such as most lists of a status. managedFields are those of the new version, whose JSON is object;
// both must be valid JSON. The result is good until the next call.
func (m *Managers) Of(managedFields []byte, changes []Change, object []byte) []Manager {
	m.note(managedFields)
	return m.of(changes, object)
}

// note takes managedFields, to be read when they are asked for.
func (m *Managers) note(managedFields []byte) { m.noted, m.isRead = managedFields, false }

func (m *Managers) of(changes []Change, object []byte) []Manager {
	m.read()
	m.object = object
	m.finds, m.active = m.finds[:0], m.active[:0]
	for _, c := range changes {
		m.finds = append(m.finds, find{path: c.Path, steps: m.stepsOf(c.Path), value: c.New})
	}
	for i := range m.entries {
		if m.ask(&m.entries[i]) {
			break
		}
	}
	m.result = m.result[:0]
	for i := range m.finds {
		f := &m.finds[i]
		if f.isLeftOver() {
			f.who = Manager{}
		}
		m.result = append(m.result, f.who)
	}
	clear(m.finds) // they hold on to what was compared
	m.object = nil
	return m.result
}

// ask finds out what one manager owns, and tells whether all is known then.
func (m *Managers) ask(e *managed) (done bool) {
	m.active = m.active[:0]
	for i := range m.finds {
		f := &m.finds[i]
		if f.how == exactly {
			continue
		}
		var ok bool
		if f.here, ok = e.known[f.path]; !ok {
			f.depends = false
			m.active = append(m.active, i)
		}
	}
	if len(m.active) > 0 {
		all := m.active
		m.look(e, jsonscan.Walk(e.fields, 0), 0, all)
		for _, i := range all {
			if f := &m.finds[i]; !f.depends {
				e.know(f.path, f.here)
			}
		}
	}
	done = true
	for i := range m.finds {
		f := &m.finds[i]
		f.isShared = f.isShared || f.here == beside
		if f.how != exactly && f.here > f.how && f.here != beside {
			f.how, f.who = f.here, e.who
		}
		done = done && f.how == exactly
	}
	return done
}

// know remembers how a field is owned.
func (o *owned) know(p Path, how ownership) {
	if o.known == nil || len(o.known) >= maxKnown {
		o.known = map[Path]ownership{}
	}
	o.known[p] = how
}

// ownedAt gives what is known of the fields at an index of a text. Texts that were read before are found again by comparing them, which
// is many times as fast as looking for the end.
func (m *Managers) ownedAt(text []byte, at int) *owned {
	for i, o := range m.owned {
		if bytes.HasPrefix(text[at:], o.fields) {
			copy(m.owned[1:i+1], m.owned[:i])
			m.owned[0] = o
			return o
		}
	}
	o := &owned{fields: bytes.Clone(text[at:jsonscan.Skip(text, at)])}
	if len(o.fields) < 2 || o.fields[0] != '{' || o.fields[len(o.fields)-1] != '}' {
		return o // only of an object it is sure that it ends where the text does
	}
	if len(m.owned) < maxOwned {
		m.owned = append(m.owned, nil)
	}
	copy(m.owned[1:], m.owned)
	m.owned[0] = o
	return o
}

// Creator gives the manager that wrote first of those that wrote the object itself: of a new object it is who created it.
func (m *Managers) Creator(managedFields []byte) Manager {
	m.note(managedFields)
	m.read()
	var first Manager
	for i := len(m.entries) - 1; i >= 0; i-- {
		if first = m.entries[i].who; first.Subresource == "" {
			break
		}
	}
	return first
}

// read takes managedFields apart once, the entry that was written last first.
func (m *Managers) read() {
	if m.isRead {
		return
	}
	managedFields := m.noted
	m.noted, m.isRead = nil, true
	m.entries = m.entries[:0]
	for w := jsonscan.Walk(managedFields, 0); w.Next(); w.Value() {
		e := managed{owned: new(owned)}
		var at []byte
		m.header = m.header[:0]
		inner := jsonscan.Walk(managedFields, w.At())
		for inner.Next() {
			name := inner.Name()
			if is(name, "fieldsV1") {
				e.owned = m.ownedAt(managedFields, inner.At())
				inner.To(inner.At() + len(e.fields))
				continue
			}
			value := inner.Value()
			switch {
			case is(name, "time"):
				at = value
			case is(name, "manager"), is(name, "operation"), is(name, "subresource"):
				m.header = append(append(m.header, name[1]), value...)
			}
		}
		w.To(inner.At())
		e.who = m.whoIs(m.header)
		if t, err := time.Parse(time.RFC3339, string(jsonscan.Text(at))); err == nil {
			e.who.At = t.Unix()
		}
		m.entries = append(m.entries, e)
	}
	slices.Reverse(m.entries) // servers write the newest last
	slices.SortStableFunc(m.entries, func(a, b managed) int { return int(min(1, max(-1, b.who.At-a.who.At))) })
}

// whoIs reads a header: the members that say who, each behind the first letter of its name.
func (m *Managers) whoIs(header []byte) Manager {
	if who, ok := m.who[string(header)]; ok {
		return who
	}
	var who Manager
	for i := 0; i < len(header); {
		end := jsonscan.Skip(header, i+1)
		text := string(jsonscan.Text(header[i+1 : end]))
		switch header[i] {
		case 'm':
			who.Name = text
		case 'o':
			who.Operation = text
		default:
			who.Subresource = text
		}
		i = max(end, i+1)
	}
	if m.who == nil || len(m.who) >= maxManagers {
		m.who = map[string]Manager{}
	}
	m.who[string(header)] = who
	return who
}

func (m *Managers) stepsOf(p Path) []Step {
	steps, ok := m.steps[p]
	if !ok {
		if m.steps == nil || len(m.steps) >= maxPaths {
			m.steps = map[Path][]Step{}
		}
		steps = p.Steps()
		m.steps[p] = steps
	}
	return steps
}

// look goes through the fields below one place, to which depth steps of the active changes lead, and gives the index behind
// them.
func (m *Managers) look(e *managed, w jsonscan.Walker, depth int, active []int) int {
	own := exactly // unless it has children
	for w.Next() {
		if is(w.Name(), ".") {
			m.here(depth, active, exactly, none)
			own = none
			w.Value()
			continue
		}
		m.here(depth, active, inside, beside)
		own = none
		begin := len(m.active)
		m.follow(w.Name(), depth, active)
		if len(m.active) > begin {
			w.To(m.look(e, jsonscan.Walk(e.fields, w.At()), depth+1, m.active[begin:]))
			m.active = m.active[:begin]
		} else {
			w.Value()
		}
	}
	if own == exactly && depth > 0 {
		m.here(depth, active, exactly, around)
	}
	return w.At()
}

// here notes how the manager that is looked at owns what is at a place, and what is in it.
func (m *Managers) here(depth int, active []int, own, below ownership) {
	for _, i := range active {
		f, how := &m.finds[i], own
		if len(f.steps) > depth {
			how = below
		}
		if how == beside && len(f.steps) > depth+1 {
			how = none
		}
		f.here = max(f.here, how)
	}
}

// follow appends to active those changes that are, or are in, what a name of managedFields stands for.
func (m *Managers) follow(name []byte, depth int, active []int) {
	if len(name) < len(`"f:"`) || name[2] != ':' {
		return
	}
	plain := false
	for _, i := range active {
		f := &m.finds[i]
		if len(f.steps) <= depth {
			continue
		}
		if f.steps[depth].IsMember() != (name[1] == 'f') {
			continue
		}
		if !plain {
			plain = true
			m.name, _ = jsontext.AppendUnquote(m.name[:0], name)
		}
		if m.leads(m.name, f, depth) {
			m.active = append(m.active, i)
		}
	}
}

// leads tells whether a name, such as f:status, k:{"name":"web"} or v:"x", is a change's next step.
func (m *Managers) leads(name []byte, f *find, depth int) bool {
	step := &f.steps[depth]
	kind, rest := name[0], name[len("f:"):]
	isLast := len(f.steps) == depth+1
	if !step.IsMember() && isLast && f.value == nil {
		f.depends = true
		return false // the element is gone, another has its place
	}
	switch kind {
	case 'f':
		return string(rest) == step.Member
	case 'k':
		return m.isElement(rest, f, depth)
	case 'v':
		f.depends = true
		return step.kind == toIndex && isLast && sameScalar(rest, f.value)
	}
	return false
}

// isElement tells whether a key of managedFields, an object of some members, is of the element that a step leads to. The key that
// the server goes by may have other members than the step's.
func (m *Managers) isElement(key []byte, f *find, depth int) bool {
	step := &f.steps[depth]
	shared, all := 0, 0
	for w := jsonscan.Walk(key, 0); w.Next(); all++ {
		name, value := w.Name(), w.Value()
		i := slices.IndexFunc(step.Key, func(k KeyValue) bool { return is(name, k.Name) })
		if i < 0 {
			continue
		}
		if !sameScalar(value, []byte(step.Key[i].Value)) {
			return false
		}
		shared++
	}
	if shared > 0 && (shared == len(step.Key) || shared == all) {
		return true
	}
	f.depends = true
	element := Find(m.object, f.steps[:depth+1])
	if len(element) == 0 {
		return false
	}
	for w := jsonscan.Walk(key, 0); w.Next(); {
		name, value := w.Name(), w.Value()
		if own := scalarMember(element, string(jsonscan.Text(name))); own == nil || !sameScalar(value, own) {
			return false
		}
	}
	return all > 0
}

// sameScalar tells whether two strings, numbers or words are the same, however they are spelled.
func sameScalar(a, b []byte) bool {
	return len(a) > 0 && len(b) > 0 && (a[0] == '"') == (b[0] == '"') && string(jsonscan.Text(a)) == string(jsonscan.Text(b))
}
