package timeline

import (
	"math"
	"runtime/debug"
	"testing"

	"github.com/dogwatch/dogwatch/model"
)

func TestNearTheLimitOfMemoryHistoryGivesWay(t *testing.T) {
	const limit = 2 << 20
	l := New(limit)
	y := newTypical(l, 100)
	fill := func() {
		var r Record
		for range 14_000 {
			y.next(&r)
			l.Add(&r, model.Packed{})
		}
	}
	fill()
	g := NewGuard(l)
	cycle := uint64(0)
	look := func(percent uint64) int64 {
		cycle++
		g.Look(Reading{Live: percent << 20, Limit: 100 << 20, Cycle: cycle})
		return l.Limit()
	}
	full := l.Bytes()
	if got := look(85); got != limit || l.Bytes() != full {
		t.Errorf("limit %d and %d bytes, though there is room", got, l.Bytes())
	}
	if got := look(86); got > full/2 || l.Bytes() > full/2 || l.Len() == 0 {
		t.Errorf("limit %d, %d bytes of %d", got, l.Bytes(), full)
	}
	halved := l.Limit()
	g.Look(Reading{Live: 99 << 20, Limit: 100 << 20, Cycle: cycle})
	if got := l.Limit(); got != halved {
		t.Errorf("limit %d before garbage was collected", got)
	}
	if got := look(80); got != halved {
		t.Errorf("limit %d, though it is neither near nor far", got)
	}
	for range 20 {
		look(99)
	}
	if l.Limit() != 0 || l.Len() != 0 {
		t.Errorf("limit %d, and %d changes, while memory stays short", l.Limit(), l.Len())
	}
	last := int64(0)
	for range 20 {
		got := look(50)
		if got < last || got > limit {
			t.Errorf("limit %d after %d", got, last)
		}
		last = got
	}
	if last != limit {
		t.Errorf("limit %d, want all of it again", last)
	}
	fill()
	g.Look(Reading{Live: 99 << 20, Limit: math.MaxInt64, Cycle: cycle + 1})
	if l.Limit() != limit {
		t.Errorf("limit %d, though memory is not limited", l.Limit())
	}
}

func TestTheRuntimeTellsItsMemory(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 40))
	heap() // collects
	r := ReadMemory()
	if r.Limit != 1<<40 || r.Live == 0 || r.Cycle == 0 {
		t.Errorf("%+v", r)
	}
}
