package timeline

import (
	"slices"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model"
)

func TestListenersAreToldOfWhatIsAdded(t *testing.T) {
	l := New(1 << 20)
	wake := make(chan struct{}, 1)
	stop := l.Listen(wake)
	told := func() bool {
		select {
		case <-wake:
			return true
		default:
			return false
		}
	}
	y := newTypical(l, 10)
	var r Record
	add := func() { y.next(&r); l.Add(&r, model.Packed{}) }
	if told() {
		t.Error("told of nothing")
	}
	add()
	add()
	if !told() || told() {
		t.Error("two changes are not one token")
	}
	if first, next := l.Range(); first != 0 || next != 2 {
		t.Errorf("holds %d to %d", first, next)
	}
	l.Clear()
	if first, next := l.Range(); !told() || first != 2 || next != 2 {
		t.Errorf("cleared, it holds %d to %d", first, next)
	}
	stop()
	stop()
	add()
	if told() {
		t.Error("told after the end")
	}
}

func TestHeatCountsByTheMinute(t *testing.T) {
	begin := time.Date(2026, 11, 24, 10, 0, 30, 0, time.UTC)
	var h Heat
	for i, n := range []int{3, 0, 1, 5} {
		for range n {
			h.Add(begin.Add(time.Duration(i) * time.Minute))
		}
	}
	h.Add(begin) // late
	h.Add(begin.Add(-time.Hour))
	expect := func(after time.Duration, want ...uint32) {
		t.Helper()
		if got := h.At(begin.Add(after)); !slices.Equal(got[:], want) {
			t.Errorf("after %v: %v, want %v", after, got, want)
		}
	}
	expect(3*time.Minute, 0, 0, 0, 0, 4, 0, 1, 5)
	expect(3*time.Minute+29*time.Second, 0, 0, 0, 0, 4, 0, 1, 5)
	expect(4*time.Minute, 0, 0, 0, 4, 0, 1, 5, 0)
	expect(2*time.Minute, 0, 0, 0, 0, 0, 4, 0, 1)
	expect(time.Hour, 0, 0, 0, 0, 0, 0, 0, 0)
	h = h.Plus(Heat{}).Plus(h)
	expect(3*time.Minute, 0, 0, 0, 0, 8, 0, 2, 10)
	for i := range 20 {
		h.Add(begin.Add(time.Duration(i) * time.Minute))
	}
	expect(19*time.Minute, 1, 1, 1, 1, 1, 1, 1, 1)
}

func TestHeatOfASourceLeavesNoiseOut(t *testing.T) {
	l := New(1 << 20)
	l.LeaveOutOfHeat(func(s Source, _ *Record) bool { return s.GVR.Resource == "leases" })
	y := newTypical(l, 10)
	var r Record
	counted := map[SourceID]uint32{}
	for range 200 {
		y.next(&r)
		r.At = y.at.Truncate(time.Minute)
		l.Add(&r, model.Packed{})
		counted[r.Source]++
	}
	for i, id := range y.sourceOf {
		s, _ := l.Source(id)
		want := counted[id]
		if i == 1 {
			want = 0
		}
		var got uint32
		for _, n := range l.Heat(s).At(y.at) {
			got += n
		}
		if got != want {
			t.Errorf("%d changes of %s, want %d", got, s.GVR.Resource, want)
		}
	}
	l.Clear()
	if s, _ := l.Source(y.sourceOf[0]); l.Heat(s) != (Heat{}) || l.Heat(Source{}) != (Heat{}) {
		t.Error("what was dropped is warm")
	}
}

// The first record behind a moment is found wherever it is: among packed blocks, in the open one, at both ends.
func TestTheFirstRecordAfterAMoment(t *testing.T) {
	for _, limit := range []int64{100_000, 16 << 20} {
		l := New(limit)
		if seq := l.After(time.Now()); seq != 0 {
			t.Errorf("of an empty timeline it is %d", seq)
		}
		y := newTypical(l, 100)
		var r Record
		for range 3000 {
			y.next(&r)
			l.Add(&r, model.Packed{})
		}
		all := slices.Collect(l.Forward(0, Filter{}))
		first, next := l.Range()
		if seq := l.After(all[0].At.Add(-time.Second)); seq != first {
			t.Errorf("before all it is %d, not %d", seq, first)
		}
		if seq := l.After(r.At); seq != next {
			t.Errorf("behind all it is %d, not %d", seq, next)
		}
		for i := 0; i < len(all); i += 37 {
			want := next
			for _, other := range all[i:] {
				if other.At.After(all[i].At) {
					want = other.Seq
					break
				}
			}
			if seq := l.After(all[i].At); seq != want {
				t.Errorf("behind record %d it is %d, not %d", all[i].Seq, seq, want)
			}
		}
	}
}
