package main

import (
	linked "container/list"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/stream"
)

// mostFound is how many signals may wait for one sink before later ones take the place of earlier ones, and where it is so for all of them before nothing
// more is judged.
const mostFound = 1000

// inbox is what rules have found and one sink has not taken. Its methods are safe for concurrent use.
type inbox struct {
	wake func()

	mu    sync.Mutex
	taken func() // tells that there is room; nil before it is served
	// begun tells that it has been told what is open, and open is what of that is not over. It takes nothing where it is paused, or closed for good.
	begun, paused, closed bool
	open                  map[string]told
	found                 linked.List // of *found, the oldest first
	// of finds those of a fingerprint, the oldest first.
	of              map[string][]*linked.Element
	merged, dropped uint64
	// extra is how many more may wait than otherwise: all that is open is told at once where that begins, and its end where that ends.
	extra int
}

// found is an event, and what the signal is known by.
type found struct {
	fingerprint string
	event       stream.Event
}

// told is a signal that opened in a cluster.
type told struct {
	signal  signal.Signal
	cluster string
}

// putOpen adds all that is open in a cluster, for which there is room.
func (b *inbox) putOpen(open []signal.Signal, cluster string) {
	b.mu.Lock()
	b.extra += len(open)
	b.mu.Unlock()
	for i := range open {
		b.put(&open[i], stream.NewSignal(&open[i], cluster))
	}
}

// put adds a signal of a cluster. Where too many wait it takes the place of the oldest one of its fingerprint, else of the oldest of all.
func (b *inbox) put(s *signal.Signal, e *stream.Signal) {
	b.mu.Lock()
	if b.closed || b.paused {
		b.mu.Unlock()
		return
	}
	if s.IsOpen() {
		if b.open == nil {
			b.open = map[string]told{}
		}
		b.open[s.Fingerprint] = told{*s, e.Cluster}
	} else {
		delete(b.open, s.Fingerprint)
	}
	b.add(s.Fingerprint, e)
	b.mu.Unlock()
	b.wake()
}

func (b *inbox) add(fingerprint string, e stream.Event) {
	if b.found.Len() >= mostFound+b.extra {
		b.makeRoom(fingerprint)
	}
	if b.of == nil {
		b.of = map[string][]*linked.Element{}
	}
	b.of[fingerprint] = append(b.of[fingerprint], b.found.PushBack(&found{fingerprint, e}))
}

// begin notes that it is told what is open, and tells whether it was already.
func (b *inbox) begin() (before bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before, b.begun = b.begun, true
	return before
}

func (b *inbox) hasBegun() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.begun
}

// pause has it take nothing until resume, since no signals are told any more: that what is open is not known from that moment on is the last that is.
func (b *inbox) pause(at time.Time) {
	b.mu.Lock()
	isLate := b.paused || b.closed
	b.paused = true
	b.extra += len(b.open)
	for _, fingerprint := range slices.Sorted(maps.Keys(b.open)) {
		of := b.open[fingerprint]
		of.signal.Resolved, of.signal.Unknown = at, true
		b.add(fingerprint, stream.NewSignal(&of.signal, of.cluster))
	}
	b.open = nil
	taken := b.taken
	b.mu.Unlock()
	if isLate {
		return
	}
	b.wake()
	if taken != nil {
		taken() // nobody waits for it
	}
}

// resume has it take signals again where it was paused, after all that is open; so it does for another, who was told nothing so far.
func (b *inbox) resume(isOther bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.paused || isOther {
		b.begun, b.paused, b.open = false, false, nil
	}
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
	b.of, b.extra = nil, 0
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
	return !b.closed && !b.paused && b.found.Len() >= mostFound
}

// isShut tells that it takes nothing.
func (b *inbox) isShut() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed || b.paused
}

// close ends it: nobody takes any more.
func (b *inbox) close() {
	b.mu.Lock()
	b.closed, b.open = true, nil
	b.clear()
	taken := b.taken
	b.mu.Unlock()
	if taken != nil {
		taken()
	}
}
