package informers

import (
	"fmt"
	"sync"
	"time"
)

// Phase is what a watch is doing.
type Phase uint8

const (
	// WaitingForDiscovery is before it is known that the type is served.
	WaitingForDiscovery Phase = iota
	// Listing is while a list comes in. Rows show as they come.
	Listing
	// Live is when the rows are the server's present state.
	Live
	// Stale is when nothing was heard for too long over a connection that
	// looks well.
	Stale
	// Retrying is after a failure, until the server answers again.
	Retrying
	// Forbidden is when the server refuses what State.Verb says.
	Forbidden
	// Gone is when the type is no longer served. The watch asks nothing more
	// and goes on by itself when the type returns.
	Gone
	// Stopped is after the last Drop or Close.
	Stopped
)

// String is the phase in a word or two.
func (p Phase) String() string {
	names := [...]string{
		"waiting for discovery", "listing", "live", "stale", "retrying", "forbidden", "gone", "stopped",
	}
	if int(p) < len(names) {
		return names[p]
	}
	return fmt.Sprintf("Phase(%d)", uint8(p))
}

// State is a watch at one moment.
type State struct {
	Phase Phase
	// Since is when the phase began. All times are by the local clock.
	Since time.Time
	// Type is the type as it is served, zero until that is known. Its version
	// may be another than the identity's.
	Type Type
	// Synced tells that the store has held a whole list once. Unless Phase is
	// Live the rows are then those of LastHeard.
	Synced bool
	// Listed counts the objects of the list that comes in, or came in last.
	Listed int
	// Remaining is how many are still to come, a billion at most; -1 where the server doesn't say, or nothing that can be.
	Remaining int64
	// Verb is what was being done ("list" or "watch") when Err came.
	Verb string
	// Err is why the phase is Retrying, Forbidden or Gone.
	Err error
	// Reason says it in words for the screen, without a final stop. It may
	// hold text of the server's.
	Reason string
	// NextTry is when the next try begins; zero while one is under way, and
	// where nothing is to be tried.
	NextTry time.Time
	// LastHeard is when the server last said anything: a page, an event, a
	// bookmark. Zero before the first.
	LastHeard time.Time
	Stats     Stats
}

// Stats count what a watch has done since it was added.
type Stats struct {
	// Events counts adds, updates and deletes of the stream, without bookmarks
	// and without those that are part of a list.
	Events uint64
	// Lists counts complete lists: the first, and one per break that the
	// server could not bridge.
	Lists uint64
	// Bytes counts JSON read, after decompression.
	Bytes uint64
	// Failures counts what the state told of as Err with a next try: a list or watch that was refused or broke.
	Failures uint64
}

// status keeps a State and tells those who want to know of its changes. It is
// safe for concurrent use.
type status struct {
	mu        sync.Mutex
	state     State
	listeners map[int]func()
	next      int
}

// read gives the state.
func (s *status) read() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// set changes the state and tells the listeners. A stopped state is final.
func (s *status) set(now time.Time, change func(*State)) {
	s.mu.Lock()
	if s.state.Phase == Stopped {
		s.mu.Unlock()
		return
	}
	before := s.state.Phase
	change(&s.state)
	if s.state.Phase != before || s.state.Since.IsZero() {
		s.state.Since = now
	}
	listeners := make([]func(), 0, len(s.listeners))
	for _, f := range s.listeners {
		listeners = append(listeners, f)
	}
	s.mu.Unlock()
	for _, f := range listeners {
		f()
	}
}

// listen registers f until the function it returns is called.
func (s *status) listen(f func()) (forget func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listeners == nil {
		s.listeners = map[int]func(){}
	}
	key := s.next
	s.next++
	s.listeners[key] = f
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listeners, key)
	}
}
