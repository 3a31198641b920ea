package timeline

import (
	"sync"
	"time"
)

// HeatMinutes is of how many minutes it is counted how much changed.
const HeatMinutes = 8

// Heat counts changes by the minute. The zero Heat has none.
type Heat struct {
	// minute is that of the last count, in minutes since 1970.
	minute int64
	counts [HeatMinutes]uint32
}

// At gives the counts of the last minutes up to a moment, the one under way last.
func (h Heat) At(now time.Time) [HeatMinutes]uint32 {
	h.to(minuteOf(now))
	return h.counts
}

// Plus adds another's counts.
func (h Heat) Plus(other Heat) Heat {
	last := max(h.minute, other.minute)
	h.to(last)
	other.to(last)
	for i, n := range other.counts {
		h.counts[i] += n
	}
	return h
}

// Add counts a change. One from before what is counted is left out; the oldest minutes go when a new one comes.
func (h *Heat) Add(at time.Time) {
	minute := minuteOf(at)
	if minute > h.minute {
		h.to(minute)
	}
	if i := HeatMinutes - 1 - int(min(h.minute-minute, HeatMinutes)); i >= 0 {
		h.counts[i]++
	}
}

// TakeOut takes back that a change was added.
func (h *Heat) TakeOut(at time.Time) {
	if i := HeatMinutes - 1 - int(h.minute-minuteOf(at)); i >= 0 && i < HeatMinutes && h.counts[i] > 0 {
		h.counts[i]--
	}
}

// to moves what is counted to another minute; where that is before the last one, what came after it is left out.
func (h *Heat) to(minute int64) {
	by := minute - h.minute
	h.minute = minute
	var moved [HeatMinutes]uint32
	for i := range moved {
		if from := int64(i) + by; from >= 0 && from < HeatMinutes {
			moved[i] = h.counts[from]
		}
	}
	h.counts = moved
}

func minuteOf(t time.Time) int64 { return t.Unix() / 60 }

// heats has the Heat of each source.
type heats struct {
	mu     sync.Mutex
	leaves func(Source, *Record) bool
	of     map[SourceID]*Heat
}

// LeaveOutOfHeat has changes not counted for which noise is true. It is to be set before anything is added; noise is called by who adds,
// and keeps nothing of the record.
func (t *Timeline) LeaveOutOfHeat(noise func(Source, *Record) bool) { t.heats.leaves = noise }

// Heat tells how much has changed lately in what a source sees, noise left out. What was dropped counts still.
func (t *Timeline) Heat(s Source) Heat {
	t.mu.RLock()
	id := t.sourceIDs[s]
	t.mu.RUnlock()
	t.heats.mu.Lock()
	defer t.heats.mu.Unlock()
	if h := t.heats.of[id]; h != nil {
		return *h
	}
	return Heat{}
}

// warm counts a record that is about to be added.
func (t *Timeline) warm(r *Record) {
	if leaves := t.heats.leaves; leaves != nil {
		if source, ok := t.Source(r.Source); ok && leaves(source, r) {
			return
		}
	}
	t.heats.mu.Lock()
	defer t.heats.mu.Unlock()
	h := t.heats.of[r.Source]
	if h == nil {
		if t.heats.of == nil {
			t.heats.of = map[SourceID]*Heat{}
		}
		h = new(Heat)
		t.heats.of[r.Source] = h
	}
	h.Add(r.At)
}

// cool forgets what was counted: the time that is played went back.
func (h *heats) cool() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.of)
}

// prepend adds what was counted of the time before.
func (h *heats) prepend(before *heats) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, counted := range before.of {
		if h.of == nil {
			h.of = map[SourceID]*Heat{}
		}
		if now := h.of[id]; now != nil {
			*now = now.Plus(*counted)
		} else {
			h.of[id] = counted
		}
	}
}
