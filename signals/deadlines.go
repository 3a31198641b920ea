package signals

import (
	"container/heap"
	"time"
)

// deadlines are the states that time alone may change, the next first; of the same time those that came first.
type deadlines struct {
	all  []*state
	last uint64
}

// set has a state looked at, at a time; never at the zero time.
func (d *deadlines) set(s *state, at time.Time) {
	if s.index >= 0 {
		if s.due.Equal(at) {
			return
		}
		heap.Remove((*byDue)(d), s.index)
	}
	if s.due = at; at.IsZero() {
		return
	}
	d.last++
	s.order = d.last
	heap.Push((*byDue)(d), s)
}

// next gives the first state that is due at a time, nil where there is none, and takes it off.
func (d *deadlines) next(now time.Time) *state {
	if len(d.all) == 0 || d.all[0].due.After(now) {
		return nil
	}
	return heap.Pop((*byDue)(d)).(*state)
}

// postpone has no state looked at before a time.
func (d *deadlines) postpone(to time.Time) {
	for _, s := range d.all {
		if s.due.Before(to) {
			s.due = to
		}
	}
	heap.Init((*byDue)(d))
}

// byDue is deadlines as a heap.
type byDue deadlines

func (b *byDue) Len() int { return len(b.all) }

func (b *byDue) Less(i, j int) bool {
	if x, y := b.all[i], b.all[j]; !x.due.Equal(y.due) {
		return x.due.Before(y.due)
	}
	return b.all[i].order < b.all[j].order
}

func (b *byDue) Swap(i, j int) {
	b.all[i], b.all[j] = b.all[j], b.all[i]
	b.all[i].index, b.all[j].index = i, j
}

func (b *byDue) Push(x any) {
	s := x.(*state)
	s.index = len(b.all)
	b.all = append(b.all, s)
}

func (b *byDue) Pop() any {
	last := len(b.all) - 1
	s := b.all[last]
	b.all[last] = nil
	b.all = b.all[:last]
	s.index = -1
	return s
}
