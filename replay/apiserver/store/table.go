package store

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Event is one change of one object. Old is nil for a creation, New for a deletion; Last is the object as the event
// carries it, also in a deletion.
type Event struct {
	Old, New, Last *Object
}

// ResourceVersion is the version that the change made.
func (e Event) ResourceVersion() uint64 { return e.Last.ResourceVersion }

// table is one type's objects and events. The Store's lock guards it.
type table struct {
	def     Type
	objects map[string]*Object
	rv      uint64  // of the last event, or the store's when the type was added
	floor   uint64  // events up to here are forgotten
	natural uint64  // the version that the state at floor has by its objects; less than floor where another had that
	log     []Event // above floor, rising
	states  []state // sorted states that lists asked for lately, newest use last
	changed chan struct{}
	epoch   int  // raised when all cursors are to expire
	closed  bool // no longer served under this definition
}

func newTable(def Type, rv uint64) *table {
	return &table{def: def, objects: map[string]*Object{}, rv: rv, floor: rv, natural: rv, changed: make(chan struct{})}
}

// redefined closes the table and gives one with the same content under another definition.
func (t *table) redefined(def Type) *table {
	next := *t
	next.def, next.changed = def, make(chan struct{})
	next.log, next.states = slices.Clone(t.log), slices.Clone(t.states)
	t.close()
	return &next
}

func (t *table) put(o *Object, history int) {
	old := t.objects[o.key]
	t.objects[o.key] = o
	t.append(Event{Old: old, New: o, Last: o}, history)
}

// remove takes the object's last state. What was never there has nothing to report.
func (t *table) remove(last *Object, history int) {
	old, ok := t.objects[last.key]
	if !ok {
		return
	}
	delete(t.objects, last.key)
	t.append(Event{Old: old, Last: last}, history)
}

// load replaces everything, history included. Who was told of another state at that version, as where a change came out of
// order, must not take this one for it: then it gets a version that none had.
func (t *table) load(objects map[string]*Object, rv uint64) {
	t.natural = rv
	if rv == t.rv && !maps.EqualFunc(objects, t.objects, (*Object).same) {
		rv++
	}
	t.objects, t.rv, t.floor, t.log, t.states = objects, rv, rv, nil, nil
	t.epoch++
	t.wake()
}

// same tells whether a reader finds the same in both tables now.
func (t *table) same(as *table) bool {
	return reflect.DeepEqual(t.def, as.def) && maps.EqualFunc(t.objects, as.objects, (*Object).same)
}

// succeed prepares a table that holds nothing but a state to be served in the place of another, with a version that the
// other did not give to another state, as in load.
func (t *table) succeed(former *table) {
	if t.rv < former.natural || t.rv > former.rv {
		return
	}
	if t.rv >= former.floor && maps.EqualFunc(t.objects, former.at(t.rv), (*Object).same) {
		return
	}
	t.rv = former.rv + 1
	t.floor, t.states = t.rv, nil
}

// at is the state at a version that is not forgotten.
func (t *table) at(rv uint64) map[string]*Object {
	objects := maps.Clone(t.objects)
	for key, o := range t.changes(t.rv, rv) {
		if objects[key] = o; o == nil {
			delete(objects, key)
		}
	}
	return objects
}

func (t *table) append(e Event, history int) {
	t.log = append(t.log, e)
	t.rv = e.ResourceVersion()
	if over := len(t.log) - history; over > history/4 {
		t.compact(t.log[over-1].ResourceVersion())
	}
	t.wake()
}

// compact forgets events up to rv. The rest is copied, so that the old array and its objects can be freed.
func (t *table) compact(rv uint64) {
	if rv <= t.floor {
		return
	}
	version := t.version(rv)
	t.states = slices.DeleteFunc(t.states, func(s state) bool { return s.version < version })
	for i := range t.states {
		if t.states[i].version == version {
			t.states[i].version = rv
		}
	}
	t.log = slices.Clone(t.log[t.after(rv):])
	t.floor = rv
}

// after is the index in the log of the first event above rv.
func (t *table) after(rv uint64) int {
	i, _ := slices.BinarySearchFunc(t.log, rv+1, func(e Event, rv uint64) int {
		return cmp.Compare(e.ResourceVersion(), rv)
	})
	return i
}

func (t *table) wake() {
	close(t.changed)
	t.changed = make(chan struct{})
}

func (t *table) close() {
	t.closed = true
	close(t.changed) // and stays so: who reads the last events has the end to read yet
}

func compareKeys(a, b *Object) int { return strings.Compare(a.key, b.key) }
