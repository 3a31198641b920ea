package main

import (
	"sync"

	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/stream"
)

// mostFound is how many signals may wait for one sink before later ones take the place of earlier ones of the same fingerprint, and where it is so for all of
// them before nothing more is judged.
const mostFound = 1000

// inbox is what rules have found and one sink has not taken. Its methods are safe for concurrent use.
type inbox struct {
	wake func()
	// begun tells that it has been told what is open, and is for who judges.
	begun bool

	mu     sync.Mutex
	taken  func() // tells that there is room; nil before it is served
	closed bool
	found  []found
	merged uint64
}

// found is an event, and what the signal is known by.
type found struct {
	fingerprint string
	event       stream.Event
}

// put adds a signal.
func (b *inbox) put(s *signal.Signal, e stream.Event) {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return
	}
	if len(b.found) >= mostFound {
		for i := range b.found {
			if b.found[i].fingerprint == s.Fingerprint {
				b.found = append(b.found[:i], b.found[i+1:]...)
				b.merged++
				break
			}
		}
	}
	b.found = append(b.found, found{s.Fingerprint, e})
	b.mu.Unlock()
	b.wake()
}

// take gives what was found since the last time.
func (b *inbox) take() []stream.Event {
	b.mu.Lock()
	events := make([]stream.Event, len(b.found))
	for i := range b.found {
		events[i] = b.found[i].event
	}
	b.found = nil
	taken := b.taken
	b.mu.Unlock()
	if len(events) > 0 && taken != nil {
		taken()
	}
	return events
}

// losses tells how many signals were merged since the last time.
func (b *inbox) losses() []*stream.Notice {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.merged == 0 {
		return nil
	}
	n := &stream.Notice{Notice: stream.Merged, Count: b.merged, Reason: "signals came faster than they could be told"}
	b.merged = 0
	return []*stream.Notice{n}
}

func (b *inbox) isFull() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.closed && len(b.found) >= mostFound
}

func (b *inbox) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

// close ends it: nobody takes any more.
func (b *inbox) close() {
	b.mu.Lock()
	b.closed, b.found = true, nil
	taken := b.taken
	b.mu.Unlock()
	if taken != nil {
		taken()
	}
}
