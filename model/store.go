package model

import (
	"slices"
	"sync"

	"k8s.io/utils/clock"
)

// Store holds the objects of one watch and tells its subscribers of each
// change. All methods are safe for concurrent use; none waits for a
// subscriber. Changes are to come from one goroutine at a time, in the
// server's order.
//
// Until its first list is complete (the first Retain) a Store is filling:
// what is added then was there before, and is delivered as initial.
type Store struct {
	clock clock.PassiveClock

	mu      sync.RWMutex
	columns *Columns
	// Objects lie in slots, so that a late subscriber can walk over them in
	// portions while they change: slots never move, free ones are nil.
	slots   []*Object
	free    []int
	index   map[Key]int
	version uint64
	// unhealthy counts the objects that are.
	unhealthy int
	listed    bool
	// listing tells that a list is coming in once more.
	listing bool
	closed  bool
	subs    []*Subscription
}

// NewStore makes an empty Store.
func NewStore(opts ...Option) *Store {
	return &Store{clock: optionsOf(opts).clock, index: map[Key]int{}}
}

// SetColumns tells the columns under which the type is printed now. Objects
// that were printed under others keep theirs until the server sends them anew.
func (s *Store) SetColumns(c *Columns) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.columns = c
	s.version++
}

// Columns are the type's columns, nil while they are not known.
func (s *Store) Columns() *Columns {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.columns
}

// Apply adds or updates an object and tells whether that changed anything. An
// object of the same UID and resource version is no change, unless it was
// printed under other columns, but takes the place of one that is not Whole; one of another UID under the same key is two:
// the old one is deleted, the new one added.
func (s *Store) Apply(o *Object) bool {
	brought := o.take()
	defer brought.letGo()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	slot, ok := s.index[o.Key]
	if !ok {
		s.add(o, brought)
		return true
	}
	old := s.slots[slot]
	if old.UID == o.UID && old.ResourceVersion == o.ResourceVersion && old.Columns == o.Columns {
		if o.Whole && !old.Whole {
			s.slots[slot] = o
		}
		return false
	}
	s.slots[slot] = o
	s.count(old, -1)
	s.count(o, 1)
	if old.UID == o.UID {
		s.publish(slot, brought.on(Delta{Type: Updated, Old: old, New: o}))
		return true
	}
	s.publish(slot, Delta{Type: Deleted, Old: old, Held: old})
	s.publish(slot, brought.on(Delta{Type: Added, New: o, Initial: !s.listed}))
	return true
}

func (s *Store) add(o *Object, brought *carried) {
	slot := len(s.slots)
	if n := len(s.free); n > 0 {
		slot, s.free = s.free[n-1], s.free[:n-1]
		s.slots[slot] = o
	} else {
		s.slots = append(s.slots, o)
	}
	s.index[o.Key] = slot
	s.count(o, 1)
	s.publish(slot, brought.on(Delta{Type: Added, New: o, Initial: !s.listed}))
}

// Delete drops the object of a key and tells whether there was one. last is
// the object as the server last showed it, or nil where the deletion itself
// was not seen; an object of another UID is not the one meant and stays.
func (s *Store) Delete(k Key, last *Object) bool {
	var brought *carried
	if last != nil {
		brought = last.take()
		defer brought.letGo()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	slot, ok := s.index[k]
	if !ok || (last != nil && last.UID != s.slots[slot].UID) {
		return false
	}
	s.drop(k, slot, last, brought)
	return true
}

func (s *Store) drop(k Key, slot int, last *Object, brought *carried) {
	held := s.slots[slot]
	if last == nil {
		last = held
	}
	delete(s.index, k)
	s.count(held, -1)
	s.slots[slot] = nil
	s.free = append(s.free, slot)
	s.publish(slot, brought.on(Delta{Type: Deleted, Old: last, Held: held}))
}

// count takes an object into the number of the unhealthy, or out of it.
func (s *Store) count(o *Object, by int) {
	if o.Health.Level == Unhealthy {
		s.unhealthy += by
	}
}

// BeginList is called when objects of a list come in until the next Retain: what it changes is known to have happened, but not
// when.
func (s *Store) BeginList() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listing = true
}

// Retain is called when a list is complete: it drops the objects that the
// list does not have. has must not call the Store.
func (s *Store) Retain(has func(Key) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, slot := range s.index {
		if !has(k) {
			s.drop(k, slot, nil, nil)
		}
	}
	s.listed, s.listing = true, false
}

// Clear drops all objects, as when the type is no longer served. What comes
// next is a first list again.
func (s *Store) Clear() {
	s.Retain(func(Key) bool { return false })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slots, s.free, s.index = nil, nil, map[Key]int{}
	s.listed = false
}

// Forget drops all objects because it is not known any more which there are: none of them was deleted. Subscribers hear of it as Initial
// deletions. What comes next is a first list.
func (s *Store) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, slot := range s.index {
		held := s.slots[slot]
		delete(s.index, k)
		s.count(held, -1)
		s.slots[slot] = nil
		s.publish(slot, Delta{Type: Deleted, Old: held, Held: held, Initial: true})
	}
	s.slots, s.free, s.index = nil, nil, map[Key]int{}
	s.listed = false
}

// Listed tells whether a first list is complete.
func (s *Store) Listed() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.listed
}

// Get gives the object of a key.
func (s *Store) Get(k Key) (*Object, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	slot, ok := s.index[k]
	if !ok {
		return nil, false
	}
	return s.slots[slot], true
}

// Len is the number of objects.
func (s *Store) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.index)
}

// Unhealthy is the number of objects whose health is Unhealthy.
func (s *Store) Unhealthy() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.unhealthy
}

// Version grows with every change of objects or columns.
func (s *Store) Version() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.version
}

// Each calls f with each object, in no order, until it returns false. The
// Store takes no change meanwhile, so f must be quick and must not call it.
func (s *Store) Each(f func(*Object) bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, o := range s.slots {
		if o != nil && !f(o) {
			return
		}
	}
}

// Close frees the objects and ends all subscriptions. The Store takes nothing
// afterwards.
func (s *Store) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.slots, s.free, s.index = nil, nil, nil
	for _, q := range s.subs {
		q.end()
	}
	s.subs = nil
}

// publish hands a delta to every subscriber that has passed the slot; the
// others will meet the object, as it is then, on their way.
func (s *Store) publish(slot int, d Delta) {
	s.version++
	d.At, d.Listed = s.clock.Now(), s.listing && !d.Initial
	for _, q := range s.subs {
		if slot < q.next {
			q.push(d)
		}
	}
}

func (s *Store) forget(q *Subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subs = slices.DeleteFunc(s.subs, func(other *Subscription) bool { return other == q })
}
