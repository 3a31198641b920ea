package playback

import (
	"slices"
	"testing"
	"time"
)

func TestPeaks(t *testing.T) {
	for _, c := range []struct {
		density []uint32
		want    []int
	}{
		{nil, nil},
		{[]uint32{0, 0, 0}, nil},
		{[]uint32{5, 5, 5, 5}, nil},
		{[]uint32{5}, nil},
		{[]uint32{0, 5, 0, 5}, []int{1, 3}},
		{[]uint32{5, 5, 1, 5, 5}, []int{0, 3}},
		{[]uint32{1, 2, 3, 4, 5}, []int{4}},
		{[]uint32{5, 4, 3, 2, 1}, []int{0}},
		{[]uint32{30, 36, 31, 44, 33, 35, 29, 41, 30, 32, 31}, []int{3, 7}}, // steadily busy
		{[]uint32{10, 11, 10, 900, 12, 10, 90, 80, 90, 10, 25, 10}, []int{3, 6}},
		{[]uint32{1, 1, 1, 1, 9, 8, 9, 1, 3, 0}, []int{4, 8}},
		{[]uint32{9, 1, 1, 1, 10}, []int{0, 4}},
	} {
		if got := Peaks(c.density); !slices.Equal(got, c.want) {
			t.Errorf("%v: peaks %v, want %v", c.density, got, c.want)
		}
	}
}

// Of a short time no two busy moments are in one second, as which they are told.
func TestBusyMomentsAreInSecondsOfTheirOwn(t *testing.T) {
	begin := time.Date(2026, 11, 29, 14, 0, 0, 300_000_000, time.UTC)
	s := State{Begin: begin, End: begin.Add(10 * time.Second), Now: begin, Density: make([]uint32, 512)}
	for i := range s.Density {
		s.Density[i] = uint32(i % 16)
	}
	for _, to := range []Direction{Forward, Back} {
		n := 0
		for at, ok := s.Busy(to); ok; at, ok = s.Busy(to) {
			if at.Truncate(time.Second).Equal(s.Now.Truncate(time.Second)) || at.After(s.Now) != (to == Forward) {
				t.Fatalf("from %s it goes to %s", s.Now, at)
			}
			s.Now = at
			n++
		}
		if n == 0 || n > 10 {
			t.Errorf("%d busy moments in ten seconds", n)
		}
	}
}
