package store

import (
	"errors"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// ErrClosed says that a cursor is at its end: its type is no longer served as it was when the cursor was made.
var ErrClosed = errors.New("the type went away or changed")

// Cursor reads a type's events in order. It costs nothing while it is not used and needs no closing. One goroutine at a
// time may use it.
type Cursor struct {
	store *Store
	table *table
	epoch int
	rv    uint64
}

// Batch is what a cursor found: all the type's events since the last batch and up to ResourceVersion.
type Batch struct {
	Events          []Event
	ResourceVersion uint64
	// Changed is closed when there is more to read.
	Changed <-chan struct{}
}

// Watch gives a cursor over the type's events above rv. The error is ErrNotServed, an ExpiredError when events above rv
// are forgotten, or an AheadError: who asks from the type's future was told of it before the store became another, or by
// another store.
func (s *Store) Watch(gvr schema.GroupVersionResource, rv uint64) (*Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.table(gvr)
	if err != nil {
		return nil, err
	}
	if newest := s.newest(t); rv > newest {
		return nil, &AheadError{Asked: rv, Newest: newest}
	}
	if rv < t.floor || s.retired {
		return nil, &ExpiredError{Asked: rv, Oldest: t.floor}
	}
	return &Cursor{store: s, table: t, epoch: t.epoch, rv: rv}, nil
}

// Next gives the events that are there now, perhaps none, and never waits. The error is an ExpiredError when the cursor
// was too slow or the store was expired or retired, or ErrClosed after the last event.
func (c *Cursor) Next() (Batch, error) {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	t := c.table
	if c.rv < t.floor || c.epoch != t.epoch || c.store.retired {
		return Batch{}, &ExpiredError{Asked: c.rv, Oldest: t.floor}
	}
	events := slices.Clone(t.log[t.after(c.rv):])
	if t.closed && len(events) == 0 {
		return Batch{}, ErrClosed
	}
	if t.closed {
		c.rv = max(c.rv, t.rv)
	} else {
		c.rv = max(c.rv, c.store.newest(t))
	}
	return Batch{Events: events, ResourceVersion: c.rv, Changed: t.changed}, nil
}
