package main

import (
	linked "container/list"
	"sync"

	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/stream"
)

// mostFound is how many signals may wait for one sink before later ones take the place of earlier ones, and where it is so for all of them before nothing
// more is judged.
const mostFound = 1000

// inbox is what rules have found and one sink has not taken. Its methods are safe for concurrent use.
type inbox struct {
	wake func()
	// begun tells that it has been told what is open, and is for who judges.
	begun bool

	mu     sync.Mutex
	taken  func() // tells that there is room; nil before it is served
	closed bool
	found  linked.List // of *found, the oldest first
	// of finds those of a fingerprint, the oldest first.
	of              map[string][]*linked.Element
	merged, dropped uint64
}

// found is an event, and what the signal is known by.
type found struct {
	fingerprint string
	event       stream.Event
}

// put adds a signal. Where too many wait it takes the place of the oldest one of its fingerprint, else of the oldest of all.
func (b *inbox) put(s *signal.Signal, e stream.Event) {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return
	}
	if b.found.Len() >= mostFound {
		b.makeRoom(s.Fingerprint)
	}
	if b.of == nil {
		b.of = map[string][]*linked.Element{}
	}
	b.of[s.Fingerprint] = append(b.of[s.Fingerprint], b.found.PushBack(&found{s.Fingerprint, e}))
	b.mu.Unlock()
	b.wake()
}

// makeRoom takes away one that waits, and counts it.
func (b *inbox) makeRoom(fingerprint string) {
	if len(b.of[fingerprint]) > 0 {
		b.merged++
	} else {
		fingerprint = b.found.Front().Value.(*found).fingerprint
		b.dropped++
	}
	same := b.of[fingerprint]
	b.found.Remove(same[0])
	if len(same) == 1 {
		delete(b.of, fingerprint)
	} else {
		b.of[fingerprint] = same[1:]
	}
}

// take gives what was found since the last time.
func (b *inbox) take() []stream.Event {
	b.mu.Lock()
	events := make([]stream.Event, 0, b.found.Len())
	for e := b.found.Front(); e != nil; e = e.Next() {
		events = append(events, e.Value.(*found).event)
	}
	b.clear()
	taken := b.taken
	b.mu.Unlock()
	if len(events) > 0 && taken != nil {
		taken()
	}
	return events
}

func (b *inbox) clear() {
	b.found.Init()
	b.of = nil
}

// losses tells how many signals were merged, and how many dropped, since the last time.
func (b *inbox) losses() []*stream.Notice {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []*stream.Notice
	for _, n := range []*stream.Notice{{Notice: stream.Merged, Count: b.merged}, {Notice: stream.Dropped, Count: b.dropped}} {
		if n.Count > 0 {
			n.Reason = "signals came faster than they could be told"
			all = append(all, n)
		}
	}
	b.merged, b.dropped = 0, 0
	return all
}

func (b *inbox) isFull() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.closed && b.found.Len() >= mostFound
}

func (b *inbox) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

// close ends it: nobody takes any more.
func (b *inbox) close() {
	b.mu.Lock()
	b.closed = true
	b.clear()
	taken := b.taken
	b.mu.Unlock()
	if taken != nil {
		taken()
	}
}
