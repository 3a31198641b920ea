// Package live keeps what a page of the pane shows up to date with a source that is opened for as long as the page shows it.
package live

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

const (
	// settle is how long another object must have been wanted before its source is opened: who walks through a list opens none on the way.
	settle = 400 * time.Millisecond
	// pace is how long what was read is shown at least.
	pace = 400 * time.Millisecond
)

// Source is what is followed. Its methods are safe for concurrent use; Version is cheap, the others are called in commands, off the program
// loop.
type Source[T any] interface {
	// Version grows when Read would give something else.
	Version() uint64
	Read() (T, error)
	// Close ends it, and waits until nothing is left of it.
	Close()
}

// Follower follows the source of the object that is wanted. The zero Follower wants none. It belongs to the program loop.
type Follower[K comparable, T any] struct {
	want   K
	open   func() (Source[T], error) // nil: nothing is wanted
	due    time.Time                 // when it is to be opened
	serial int                       // counts what was wanted
	source Source[T]
	busy   bool // a command for this serial is under way
	seen   uint64
	readAt time.Time
	failed bool // it could not be opened

	// Value is what was read last, if Read is true. Err is why nothing newer is there.
	Value T
	Read  bool
	Err   error
}

// openedMsg brings a source.
type openedMsg[K comparable, T any] struct {
	follower *Follower[K, T]
	serial   int
	source   Source[T]
	err      error
}

// readMsg brings what was read.
type readMsg[K comparable, T any] struct {
	follower *Follower[K, T]
	serial   int
	value    T
	err      error
}

// Wanted gives what is followed, and false where nothing is.
func (f *Follower[K, T]) Wanted() (K, bool) { return f.want, f.open != nil }

// Source is what is open for the object, nil where nothing is.
func (f *Follower[K, T]) Source() Source[T] { return f.source }

// Failed tells that the source could not be opened: Err says why.
func (f *Follower[K, T]) Failed() bool { return f.failed }

// Want follows another object from now on; what is wanted already costs nothing. The first is opened with the next Poll, another one a moment
// later.
func (f *Follower[K, T]) Want(now time.Time, key K, open func() (Source[T], error)) tea.Cmd {
	if f.open != nil && f.want == key {
		return nil
	}
	due := now
	if f.open != nil {
		due = now.Add(settle)
	}
	closing := f.Leave()
	f.want, f.open, f.due = key, open, due
	return tea.Batch(closing, f.Poll(now))
}

// Leave follows nothing any more, and closes what is open.
func (f *Follower[K, T]) Leave() tea.Cmd {
	source := f.source
	*f = Follower[K, T]{serial: f.serial + 1}
	if source == nil {
		return nil
	}
	return func() tea.Msg { source.Close(); return nil }
}

// Poll opens the source, and reads it again where it has something else by now.
func (f *Follower[K, T]) Poll(now time.Time) tea.Cmd {
	switch {
	case f.open == nil || f.busy || f.failed || now.Before(f.due):
		return nil
	case f.source == nil:
		f.busy = true
		serial, open := f.serial, f.open
		return func() tea.Msg {
			source, err := open()
			return openedMsg[K, T]{f, serial, source, err}
		}
	case f.isCurrent() || now.Sub(f.readAt) < pace && f.Read:
		return nil
	}
	f.busy, f.seen, f.readAt = true, f.source.Version(), now
	serial, source := f.serial, f.source
	return func() tea.Msg {
		value, err := source.Read()
		return readMsg[K, T]{f, serial, value, err}
	}
}

func (f *Follower[K, T]) isCurrent() bool {
	return (f.Read || f.Err != nil) && f.source.Version() == f.seen
}

// Update takes what its commands bring, and tells whether it was for this follower.
func (f *Follower[K, T]) Update(now time.Time, msg tea.Msg) (cmd tea.Cmd, mine bool) {
	switch msg := msg.(type) {
	case openedMsg[K, T]:
		if msg.follower != f {
			return nil, false
		}
		if msg.serial != f.serial {
			return closing(msg.source), true
		}
		f.busy, f.source, f.Err, f.failed = false, msg.source, msg.err, msg.err != nil
		return f.Poll(now), true
	case readMsg[K, T]:
		if msg.follower != f {
			return nil, false
		}
		if msg.serial != f.serial {
			return nil, true
		}
		f.busy, f.Err = false, msg.err
		if msg.err == nil {
			f.Value, f.Read = msg.value, true
		}
		return f.Poll(now), true
	}
	return nil, false
}

func closing[T any](source Source[T]) tea.Cmd {
	if source == nil {
		return nil
	}
	return func() tea.Msg { source.Close(); return nil }
}

// NeedsTick tells how long after now Poll has something to do though nothing has happened, false where it has not.
func (f *Follower[K, T]) NeedsTick(now time.Time) (time.Duration, bool) {
	switch {
	case f.open == nil || f.busy || f.failed:
		return 0, false
	case f.source == nil:
		return max(f.due.Sub(now), 0), true
	case f.isCurrent():
		return 0, false
	}
	return max(pace-now.Sub(f.readAt), 0), true
}
