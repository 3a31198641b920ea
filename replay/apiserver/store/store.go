package store

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// DefaultHistory is the number of events kept for each type where Options say nothing.
const DefaultHistory = 10000

// Options of a Store.
type Options struct {
	// History is the number of events kept for each type; DefaultHistory when 0.
	History int
	// Now gives the creation time of objects that have none; time.Now when nil.
	Now func() time.Time
}

// Store holds types and objects. Make one with New.
type Store struct {
	history int
	now     func() time.Time

	mu      sync.Mutex
	rv      uint64 // the highest resource version seen
	settle  uint64 // all types are complete up to here
	tables  map[schema.GroupVersionResource]*table
	order   []schema.GroupVersionResource          // as the types came
	removed map[schema.GroupVersionResource]uint64 // up to where readers were told of types that are not served now
	down    map[schema.GroupVersion]bool
	retired bool
}

// New makes an empty store at resource version 1.
func New(opts Options) *Store {
	if opts.History <= 0 {
		opts.History = DefaultHistory
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Store{
		history: opts.History, now: opts.Now, rv: 1, settle: 1,
		tables:  map[schema.GroupVersionResource]*table{},
		removed: map[schema.GroupVersionResource]uint64{},
		down:    map[schema.GroupVersion]bool{},
	}
}

// AddType starts to serve a type. For a type that is there it changes the definition (columns, verbs): objects and
// history stay, open watches end, as they do when a CustomResourceDefinition is edited.
func (s *Store) AddType(t Type) error {
	t, err := t.completed()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.tables[t.Resource]
	if !ok {
		s.tables[t.Resource] = newTable(t, max(s.settle, s.removed[t.Resource]))
		s.order = append(s.order, t.Resource)
		return nil
	}
	if old.def.Namespaced != t.Namespaced {
		return fmt.Errorf("type %v cannot change its scope", t.Resource)
	}
	s.tables[t.Resource] = old.redefined(t)
	return nil
}

// RemoveType deletes the type's objects and then stops serving it; its watches get the deletions and end.
func (s *Store) RemoveType(gvr schema.GroupVersionResource) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(gvr)
	if err != nil {
		return err
	}
	// Nobody recorded these deletions. Their numbers are not to stand in the way of what is recorded of other types.
	ours := s.settle == s.rv
	rv := s.newest(t)
	for _, o := range t.base().sortedObjects() {
		rv++
		gone, err := o.At(rv)
		if err != nil {
			return err
		}
		t.remove(gone, s.history)
	}
	if s.rv = max(s.rv, rv); ours {
		s.settle = s.rv
	}
	t.close()
	delete(s.tables, gvr)
	s.removed[gvr] = rv
	s.order = slices.DeleteFunc(s.order, func(known schema.GroupVersionResource) bool { return known == gvr })
	return nil
}

// Types are all types served, in the order in which they were added.
func (s *Store) Types() []Type {
	s.mu.Lock()
	defer s.mu.Unlock()
	types := make([]Type, len(s.order))
	for i, gvr := range s.order {
		types[i] = s.tables[gvr].def
	}
	return types
}

// Type is the definition of a type, or ErrNotServed.
func (s *Store) Type(gvr schema.GroupVersionResource) (Type, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(gvr)
	if err != nil {
		return Type{}, err
	}
	return t.def, nil
}

// SetDown marks a version of a group as unreachable, as an aggregated API whose server is down, or as reachable again.
func (s *Store) SetDown(gv schema.GroupVersion, down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down[gv] = down
}

// Down reports what SetDown said.
func (s *Store) Down(gv schema.GroupVersion) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down[gv]
}

// Apply creates or replaces an object and gives its new resource version. As an API server does, it writes
// resourceVersion into the object, and uid, creationTimestamp, apiVersion and kind where they are missing.
func (s *Store) Apply(gvr schema.GroupVersionResource, raw []byte) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(gvr)
	if err != nil {
		return 0, err
	}
	var r reader
	named, err := r.head(raw)
	if err != nil {
		return 0, fmt.Errorf("applying an object of %v: %w", gvr, err)
	}
	rv := s.rv + 1
	last := t.objects[named.Key()]
	admitted, err := admit(t.def, raw, last, rv, s.now())
	if err != nil {
		return 0, err
	}
	o, err := r.object(t.def, admitted, nil)
	if err != nil {
		return 0, err
	}
	t.put(o, s.history)
	s.rv, s.settle = rv, rv
	return rv, nil
}

// Delete deletes an object and gives the deletion's resource version; ErrNotFound where there is none.
func (s *Store) Delete(gvr schema.GroupVersionResource, namespace, name string) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(gvr)
	if err != nil {
		return 0, err
	}
	o, ok := t.objects[keyOf(namespace, name)]
	if !ok {
		return 0, fmt.Errorf("deleting %s of %v: %w", keyOf(namespace, name), gvr, ErrNotFound)
	}
	return s.remove(t, o)
}

func (s *Store) remove(t *table, o *Object) (uint64, error) {
	rv := s.rv + 1
	gone, err := o.At(rv)
	if err != nil {
		return 0, err
	}
	t.remove(gone, s.history)
	s.rv, s.settle = rv, rv
	return rv, nil
}

// Load makes items the type's whole state, as a list at rv gave it: the way to open a recording. It makes no events; the
// type's history begins at rv, and watches that are open expire. Items that cannot be read are left out; the error says so.
func (s *Store) Load(gvr schema.GroupVersionResource, items []Item, rv uint64) error {
	def, err := s.Type(gvr)
	if err != nil {
		return err
	}
	objects, bad := Read(def, items)
	return errors.Join(bad, s.LoadRead(gvr, objects, rv))
}

// LoadRead is Load for objects that Read read for the type. Those that are nil are left out. They may be in other stores too.
func (s *Store) LoadRead(gvr schema.GroupVersionResource, objects []*Object, rv uint64) error {
	byKey := make(map[string]*Object, len(objects))
	for _, o := range objects {
		if o != nil {
			byKey[o.key] = o
			rv = max(rv, o.ResourceVersion)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(gvr)
	if err != nil {
		return err
	}
	t.load(byKey, max(rv, s.newest(t)))
	s.rv = max(s.rv, t.rv)
	return nil
}

// Put creates or replaces an object exactly as a cluster sent it. Its resource version must be above all that readers of
// the type were told of.
func (s *Store) Put(gvr schema.GroupVersionResource, item Item) error {
	return s.accept(gvr, item, func(t *table, o *Object) { t.put(o, s.history) })
}

// Remove deletes an object; item is its last state as a DELETED event carried it.
func (s *Store) Remove(gvr schema.GroupVersionResource, item Item) error {
	return s.accept(gvr, item, func(t *table, o *Object) { t.remove(o, s.history) })
}

func (s *Store) accept(gvr schema.GroupVersionResource, item Item, change func(*table, *Object)) error {
	def, err := s.Type(gvr)
	if err != nil {
		return err
	}
	o, err := new(reader).item(def, item)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(gvr)
	if err != nil {
		return err
	}
	if newest := s.newest(t); o.ResourceVersion <= newest {
		return fmt.Errorf("object %s of %v: resource version %d is not above %d", o.key, gvr, o.ResourceVersion, newest)
	}
	change(t, o)
	s.rv = max(s.rv, o.ResourceVersion)
	return nil
}

// Advance says that all changes of all types up to rv have been put.
func (s *Store) Advance(rv uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle = max(s.settle, rv)
	s.rv = max(s.rv, rv)
}

// Get is the newest version of an object, or ErrNotFound or ErrNotServed.
func (s *Store) Get(gvr schema.GroupVersionResource, namespace, name string) (*Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(gvr)
	if err != nil {
		return nil, err
	}
	o, ok := t.objects[keyOf(namespace, name)]
	if !ok {
		return nil, ErrNotFound
	}
	return o, nil
}

// Compact forgets the events up to rv of all types. Watches from before it, and lists of states before it, are expired.
func (s *Store) Compact(rv uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tables {
		t.compact(min(rv, s.rv))
	}
}

// Expire forgets all history and ends every open watch with an ExpiredError.
func (s *Store) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tables {
		t.compact(s.rv)
		t.epoch++
		t.wake()
	}
}

// Become makes the types and objects of another store, which is not to be used any more, those of this one: another moment
// of the same recording. Readers of a type that is the same in both do not notice. Watches of all others end with an
// ExpiredError, and the history of those types begins anew, at lower resource versions where the moment is an earlier one.
func (s *Store) Become(next *Store) {
	next.mu.Lock()
	defer next.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for gvr, t := range s.tables {
		with, served := next.tables[gvr]
		if served && with.rv >= t.rv && t.same(with) {
			next.tables[gvr] = t
			continue
		}
		if served {
			with.succeed(t)
		}
		t.epoch++
		t.wake()
	}
	s.tables, s.order, s.removed = next.tables, next.order, next.removed
	s.rv, s.settle = next.rv, next.settle
	for _, t := range s.tables {
		s.rv = max(s.rv, t.rv)
	}
}

// Retire is for a store that nobody serves any more: every watch that is open, and every one that is yet to be opened,
// ends with an ExpiredError. It can still be read.
func (s *Store) Retire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retired = true
	for _, t := range s.tables {
		t.wake()
	}
}

// ResourceVersion is the highest resource version that the store has seen.
func (s *Store) ResourceVersion() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rv
}

func (s *Store) table(gvr schema.GroupVersionResource) (*table, error) {
	t, ok := s.tables[gvr]
	if !ok {
		return nil, fmt.Errorf("%v: %w", gvr, ErrNotServed)
	}
	return t, nil
}

// newest is the resource version up to which the table is complete.
func (s *Store) newest(t *table) uint64 { return max(t.rv, s.settle) }
