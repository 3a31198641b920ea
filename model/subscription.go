package model

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"
)

// ErrClosed tells that a subscription, or its Store, has been closed.
var ErrClosed = errors.New("subscription is closed")

// portion is how many objects of the present state are handed out at a time.
const portion = 4096

// DeltaType says what happened to an object.
type DeltaType uint8

const (
	// Added is a new object, in New.
	Added DeltaType = iota + 1
	// Updated is an object that changed from Old to New.
	Updated
	// Deleted is an object that is gone; Old is the last that is known of it.
	Deleted
)

// Delta is one change of one object.
type Delta struct {
	Type     DeltaType
	Old, New *Object
	// Held is the version of a Deleted object that the Store held. Old may be a later one, that came with the deletion.
	Held *Object
	// Initial marks an Added object that was there before: part of the state
	// that a late subscriber gets first, or of the watch's first list. A Deleted one is not gone, but not known any more.
	Initial bool
	// Listed marks a change that a list brought, after a time without a watch: it happened some time before At, and may be
	// several.
	Listed bool
	// Merged is how many changes were merged into this one.
	Merged int
	// ManagedFields is the JSON of metadata.managedFields in New, or in a Deleted object's Old, for a subscriber that asked for it;
	// nil where it is not known. It is good until that subscriber asks for the next deltas.
	ManagedFields []byte
	// Ends are where in the JSON of that object the values of its members end, for the same subscribers and as long; nil where that is not
	// known.
	Ends []int
	// carried holds both.
	carried *carried
	// At is when the change reached the Store, by the local clock.
	At time.Time
}

func (d Delta) key() Key {
	if d.New != nil {
		return d.New.Key
	}
	return d.Old.Key
}

// Subscription delivers the changes of a Store, beginning with what it holds
// when the subscription is made. Applying the deltas in order to an empty set
// gives the Store's objects.
//
// It never holds up the Store. As long as no more than its capacity wait,
// each change is delivered. Beyond that the changes of one object are merged
// into one and counted: what waits is bounded by the capacity plus twice the
// number of objects. Each delta of an object follows the one before it.
//
// When the Store is closed what waits can still be taken.
//
// All methods are safe for concurrent use; the order of deltas means something
// to one reader only.
type Subscription struct {
	store    *Store
	capacity int
	// managed tells that deltas are to carry managedFields.
	managed bool
	ready   chan<- struct{}
	wake    <-chan struct{}

	// next is the slot of the Store up to which the present state has been
	// handed out. Written under the Store's read lock and mu, so that it may
	// be read under either.
	next int

	mu      sync.Mutex
	pending []Delta
	// latest finds the last waiting delta of an object; nil until more than
	// capacity wait.
	latest  map[Key]int
	dropped int // holes in pending
	merged  uint64
	closed  bool
	// given are what the deltas carried that were handed out last.
	given []*carried
}

// Subscribe starts a subscription whose changes are merged when more than
// capacity wait. Of what a Store holds already, the state is delivered that
// each object has when it is handed out.
func (s *Store) Subscribe(capacity int) *Subscription {
	ready := make(chan struct{}, 1)
	return s.subscribe(&Subscription{capacity: capacity, ready: ready, wake: ready})
}

// SubscribeOn is Subscribe for a reader of several subscriptions, all of which
// signal the same channel, with room for one value.
func (s *Store) SubscribeOn(wake chan struct{}, capacity int) *Subscription {
	return s.subscribe(&Subscription{capacity: capacity, ready: wake, wake: wake})
}

// SubscribeManaged is SubscribeOn for a reader that asks who made the changes: deltas carry managedFields, as far as those who
// fill the Store provide them. While they wait they are in memory.
func (s *Store) SubscribeManaged(wake chan struct{}, capacity int) *Subscription {
	return s.subscribe(&Subscription{capacity: capacity, managed: true, ready: wake, wake: wake})
}

func (s *Store) subscribe(q *Subscription) *Subscription {
	q.store, q.capacity = s, max(q.capacity, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	q.closed = s.closed
	if len(s.slots) == 0 {
		q.next = math.MaxInt // each change is delivered from now on
	}
	if !s.closed {
		s.subs = append(s.subs, q)
	}
	q.signal()
	return q
}

// Next waits for a delta, then gives all that wait (the present state in
// portions). It ends with the context's error or with ErrClosed.
func (q *Subscription) Next(ctx context.Context) ([]Delta, error) {
	for {
		deltas, closed := q.take()
		if len(deltas) > 0 {
			return deltas, nil
		}
		if closed {
			q.signal() // for another reader that waits
			return nil, ErrClosed
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-q.wake:
		}
	}
}

// TryNext gives all that waits (the present state in portions), nil where
// nothing does.
func (q *Subscription) TryNext() []Delta {
	deltas, _ := q.take()
	return deltas
}

// Ready gets a value when there is something to take, or the subscription has
// ended. A value may be one too many; TryNext tells.
func (q *Subscription) Ready() <-chan struct{} { return q.wake }

// CaughtUp tells whether the state from the time of subscribing has been
// handed out.
func (q *Subscription) CaughtUp() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.next == math.MaxInt
}

// Merged is how many changes were merged into later ones so far.
func (q *Subscription) Merged() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.merged
}

// Close ends the subscription and frees what waits.
func (q *Subscription) Close() {
	q.store.forget(q)
	q.end()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pending, q.latest, q.dropped = nil, nil, 0
}

// end has nothing come any more. What waits can still be taken.
func (q *Subscription) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.signal()
}

func (q *Subscription) signal() {
	signal(q.ready)
}

// take gives what waits, then the next portion of the present state.
func (q *Subscription) take() (deltas []Delta, closed bool) {
	q.store.mu.RLock()
	defer q.store.mu.RUnlock()
	q.mu.Lock()
	defer q.mu.Unlock()
	deltas = q.pending
	if q.dropped > 0 {
		deltas = slices.DeleteFunc(deltas, func(d Delta) bool { return d.Type == 0 })
	}
	q.pending, q.latest, q.dropped = nil, nil, 0
	q.reclaim(deltas)
	if q.closed {
		return deltas, true
	}
	return q.walk(deltas), false
}

// reclaim lets go of what was handed out before, since the reader has come back for more.
func (q *Subscription) reclaim(next []Delta) {
	for _, c := range q.given {
		c.letGo()
	}
	clear(q.given)
	q.given = q.given[:0]
	for i := range next {
		if c := next[i].carried; c != nil {
			q.given = append(q.given, c)
		}
	}
}

// walk appends the next portion of the present state.
func (q *Subscription) walk(deltas []Delta) []Delta {
	if q.next == math.MaxInt {
		return deltas
	}
	now := q.store.clock.Now()
	slots := q.store.slots
	for n := 0; n < portion && q.next < len(slots); q.next++ {
		if o := slots[q.next]; o != nil {
			deltas = append(deltas, Delta{Type: Added, New: o, Initial: true, At: now})
			n++
		}
	}
	if q.next >= len(slots) {
		q.next = math.MaxInt
	} else {
		q.signal()
	}
	return deltas
}

// push takes a change, merging it where too many wait.
func (q *Subscription) push(d Delta) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	if q.managed {
		d.carried.hold()
	} else {
		d.carried, d.ManagedFields, d.Ends = nil, nil, nil
	}
	if q.latest == nil && len(q.pending) < q.capacity {
		q.pending = append(q.pending, d)
		q.signal()
		return
	}
	if q.latest == nil {
		q.indexPending()
	}
	q.pushMerged(d)
	q.signal()
}

func (q *Subscription) indexPending() {
	q.latest = make(map[Key]int, len(q.pending))
	for i, d := range q.pending {
		q.latest[d.key()] = i
	}
}

func (q *Subscription) pushMerged(d Delta) {
	k := d.key()
	i, ok := q.latest[k]
	if !ok || q.pending[i].Type == Deleted {
		q.latest[k] = len(q.pending)
		q.pending = append(q.pending, d)
		return
	}
	q.merged++
	waiting := &q.pending[i]
	waiting.carried.letGo()
	d.Merged, d.Listed = waiting.Merged+1, waiting.Listed || d.Listed
	switch {
	case d.Type == Updated:
		d.Type, d.Old, d.Initial = waiting.Type, waiting.Old, waiting.Initial
		*waiting = d
	case waiting.Type == Updated: // and now deleted
		d.Held = waiting.Old
		*waiting = d
	default: // added and deleted before anybody looked
		d.carried.letGo()
		*waiting = Delta{}
		delete(q.latest, k)
		q.merged++
		q.dropped++
		q.compact()
	}
}

// compact closes the holes once they are half of what waits.
func (q *Subscription) compact() {
	if q.dropped*2 < len(q.pending) {
		return
	}
	q.pending = slices.DeleteFunc(q.pending, func(d Delta) bool { return d.Type == 0 })
	q.dropped = 0
	q.indexPending()
}
