package signals

import (
	"testing"
	"time"
)

// What is put off comes at its new time in the order in which it came, before what is due later.
func TestDeadlinesArePutOff(t *testing.T) {
	at := func(second int) time.Time { return time.Date(2026, 11, 30, 12, 0, second, 0, time.UTC) }
	var d deadlines
	var all []*state
	for _, second := range []int{3, 9, 2, 1} {
		s := &state{index: -1}
		d.set(s, at(second))
		all = append(all, s)
	}
	d.postpone(at(5))
	if s := d.next(at(4)); s != nil {
		t.Errorf("one is due at %s", s.due)
	}
	for _, want := range []int{0, 2, 3} {
		if s := d.next(at(5)); s != all[want] || !s.due.Equal(at(5)) {
			t.Errorf("%+v comes in place of the one that came as %d", s, want)
		}
	}
	if s := d.next(at(8)); s != nil {
		t.Errorf("one is due at %s", s.due)
	}
	if s := d.next(at(9)); s != all[1] {
		t.Errorf("the last is %+v", s)
	}
}
