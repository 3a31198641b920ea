package store

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// keptStates is how many sorted states a type keeps for lists that go on page by page.
const keptStates = 4

// Snapshot is a type's state at one resource version. It never changes.
type Snapshot struct {
	ResourceVersion uint64
	objects         []*Object
}

// Range gives the objects of a namespace (all when empty) whose keys are not below start, in the order of their keys.
// The slice is shared and must not be changed.
func (s *Snapshot) Range(namespace, start string) []*Object {
	from, to := 0, len(s.objects)
	if namespace != "" {
		from, to = s.search(namespace+"/"), s.search(namespace+"0") // 0 follows the slash
	}
	if start != "" {
		from = max(from, s.search(start))
	}
	return s.objects[min(from, to):to]
}

func (s *Snapshot) search(key string) int {
	i, _ := slices.BinarySearchFunc(s.objects, key, func(o *Object, key string) int {
		return strings.Compare(o.key, key)
	})
	return i
}

// Snapshot is the type's state at rv, or its newest when rv is 0. The error is ErrNotServed, an ExpiredError for a state
// that is forgotten, or an AheadError.
func (s *Store) Snapshot(gvr schema.GroupVersionResource, rv uint64) (*Snapshot, error) {
	s.mu.Lock()
	t, err := s.table(gvr)
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	newest := s.newest(t)
	if rv == 0 {
		rv = newest
	}
	switch {
	case rv > newest:
		err = &AheadError{Asked: rv, Newest: newest}
	case rv < t.floor:
		err = &ExpiredError{Asked: rv, Oldest: t.floor}
	}
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	version := t.version(rv)
	if st, ok := t.cached(version); ok {
		s.mu.Unlock()
		return &Snapshot{ResourceVersion: rv, objects: st.objects}, nil
	}
	base := t.base()
	changes := t.changes(base.version, version)
	s.mu.Unlock()

	// Sorting and merging a million objects takes a while: writers need not wait for it.
	st := state{version: version, objects: merge(base.sortedObjects(), changes)}
	s.mu.Lock()
	defer s.mu.Unlock()
	t.keep(st)
	return &Snapshot{ResourceVersion: rv, objects: st.objects}, nil
}

// state is all objects as they were after one event.
type state struct {
	version  uint64 // of the event
	objects  []*Object
	unsorted bool
}

func (s state) sortedObjects() []*Object {
	if s.unsorted {
		slices.SortFunc(s.objects, compareKeys)
	}
	return s.objects
}

// version names the state at rv: the version of the last event up to it.
func (t *table) version(rv uint64) uint64 {
	if i := t.after(rv); i > 0 {
		return t.log[i-1].ResourceVersion()
	}
	return t.floor
}

func (t *table) cached(version uint64) (state, bool) {
	i := slices.IndexFunc(t.states, func(s state) bool { return s.version == version })
	if i < 0 {
		return state{}, false
	}
	found := t.states[i]
	t.states = append(slices.Delete(t.states, i, i+1), found)
	return found, true
}

// base is a state to start from: one that is kept, or the newest, taken from the map.
func (t *table) base() state {
	if n := len(t.states); n > 0 {
		return t.states[n-1]
	}
	return state{version: t.version(t.rv), objects: slices.Collect(maps.Values(t.objects)), unsorted: true}
}

func (t *table) keep(s state) {
	if s.version < t.floor {
		return
	}
	if _, ok := t.cached(s.version); ok {
		return
	}
	t.states = append(t.states, s)
	if over := len(t.states) - keptStates; over > 0 {
		t.states = slices.Delete(t.states, 0, over)
	}
}

// changes is what differs between the states of two versions: by key the object as it is in the second, or nil.
func (t *table) changes(from, to uint64) map[string]*Object {
	changed := map[string]*Object{}
	for _, e := range t.log[t.after(from):max(t.after(from), t.after(to))] {
		changed[e.Last.key] = e.New
	}
	for _, e := range slices.Backward(t.log[t.after(to):max(t.after(from), t.after(to))]) {
		changed[e.Last.key] = e.Old
	}
	return changed
}

// merge gives a sorted state with the changes made; it leaves the state itself as it is.
func merge(objects []*Object, changes map[string]*Object) []*Object {
	if len(changes) == 0 {
		return objects
	}
	keys := make([]string, 0, len(changes))
	for key := range changes {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	merged := make([]*Object, 0, len(objects)+len(keys))
	for _, key := range keys {
		i, found := slices.BinarySearchFunc(objects, key, func(o *Object, key string) int {
			return strings.Compare(o.key, key)
		})
		merged = append(merged, objects[:i]...)
		if o := changes[key]; o != nil {
			merged = append(merged, o)
		}
		if found {
			i++
		}
		objects = objects[i:]
	}
	return append(merged, objects...)
}
