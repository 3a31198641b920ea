package cluster

import (
	"context"
	"sync/atomic"
	"time"
)

// Catalog knows which types the server serves and keeps that up to date while
// the Cluster runs.
type Catalog struct {
	server   getter
	types    *typeWatcher
	snapshot atomic.Pointer[Snapshot]
	changed  notifier
	// asked holds a token while somebody wants a refresh.
	asked chan struct{}
	// hurried holds a token while somebody waits for more than the core group.
	hurried chan struct{}
	// refreshes counts those that the server has answered, failures those that it has not.
	refreshes, failures atomic.Uint64
}

func newCatalog(server getter, types *typeWatcher) *Catalog {
	c := &Catalog{server: server, types: types, asked: make(chan struct{}, 1), hurried: make(chan struct{}, 1)}
	c.snapshot.Store(&Snapshot{})
	return c
}

// Snapshot returns what is known now. It is never nil.
func (c *Catalog) Snapshot() *Snapshot { return c.snapshot.Load() }

// Refreshes tells how often the server was asked for all its types, and how often that failed.
func (c *Catalog) Refreshes() (done, failed uint64) { return c.refreshes.Load(), c.failures.Load() }

// Subscribe returns a channel that has a token whenever the snapshot is
// another one than when the last token was taken. Call stop when done; the
// channel is never closed.
func (c *Catalog) Subscribe() (changed <-chan struct{}, stop func()) { return c.changed.subscribe() }

// Refresh asks for a refresh soon. It does not wait for it; many calls are one.
func (c *Catalog) Refresh() { wake(c.asked) }

// Look returns what is known now for somebody who looks through the types, and has the server be asked if that is from more than a minute
// ago: a server behind an APIService may serve new types without any change that could be watched.
func (c *Catalog) Look() *Snapshot {
	s := c.Snapshot()
	if !s.Fetched.IsZero() && s.Err == nil && time.Since(s.Fetched) > fresh {
		c.Refresh()
	}
	return s
}

// Hurry tells that somebody waits for a type that is not in the core group, or may
// not be.
func (c *Catalog) Hurry() { wake(c.hurried) }

// Await waits until cond is true of the snapshot, and returns that snapshot.
// It returns the last one with ctx's error when ctx ends before.
func (c *Catalog) Await(ctx context.Context, cond func(*Snapshot) bool) (*Snapshot, error) {
	changed, stop := c.Subscribe()
	defer stop()
	for {
		s := c.Snapshot()
		if cond(s) {
			return s, nil
		}
		select {
		case <-ctx.Done():
			return s, ctx.Err()
		case <-changed:
		}
	}
}

func (c *Catalog) publish(s *Snapshot) {
	c.snapshot.Store(s)
	c.changed.notify()
}
