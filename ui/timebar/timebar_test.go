package timebar_test

import (
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/golden"
	"github.com/dogwatch/dogwatch/ui/timebar"
)

var begin = time.Date(2026, 11, 23, 13, 58, 1, 0, time.UTC)

// hour is a recording of an hour, in the middle of which nobody recorded.
func hour() playback.State {
	s := playback.State{
		Begin: begin, End: begin.Add(time.Hour), Now: begin.Add(20 * time.Minute), Speed: 1, Counted: begin.Add(time.Hour),
		Density: make([]uint32, 512),
		Gaps: []playback.Gap{
			{From: begin.Add(30 * time.Minute), To: begin.Add(35 * time.Minute), Reason: "nobody recorded"},
			{From: begin.Add(50 * time.Minute), To: begin.Add(51 * time.Minute), Type: "pods.v1", Reason: "retrying"},
		},
	}
	for i := range s.Density {
		s.Density[i] = uint32(i * i % 1000 / (1 + i%7))
	}
	return s
}

func bar(width int, s playback.State) *timebar.Model {
	m := timebar.New(theme.New(theme.Options{Dark: true}))
	m.SetSize(width, 1)
	m.SetState(s, time.UTC, 0)
	return m
}

func TestScreens(t *testing.T) {
	for name, change := range map[string]func(*timebar.Model, *playback.State){
		"playing":   func(*timebar.Model, *playback.State) {},
		"fast":      func(_ *timebar.Model, s *playback.State) { s.Speed = 64 },
		"paused":    func(_ *timebar.Model, s *playback.State) { s.Paused, s.Speed = true, 0.25 },
		"seeking":   func(m *timebar.Model, _ *playback.State) { m.SetSeeking(true) },
		"focused":   func(m *timebar.Model, _ *playback.State) { m.SetFocused(true) },
		"gap":       func(_ *timebar.Model, s *playback.State) { s.Now = begin.Add(32 * time.Minute) },
		"typegap":   func(_ *timebar.Model, s *playback.State) { s.Now = begin.Add(50*time.Minute + time.Second) },
		"counting":  func(_ *timebar.Model, s *playback.State) { s.Counted = begin.Add(15 * time.Minute) },
		"uncounted": func(_ *timebar.Model, s *playback.State) { s.Density, s.Gaps = nil, nil },
		"days":      func(_ *timebar.Model, s *playback.State) { s.End = begin.Add(72 * time.Hour) },
		"moment":    func(_ *timebar.Model, s *playback.State) { s.End = begin },
	} {
		for width, size := range map[int]string{60: "-60", 120: "-120"} {
			t.Run(name+size, func(t *testing.T) {
				s := hour()
				m := bar(width, s)
				change(m, &s)
				m.SetState(s, time.UTC, 0)
				golden.Screen(t, name+size, ansi.Strip(m.View()), width, 1)
			})
		}
	}
}

func TestAClickGoesToWhatIsUnderIt(t *testing.T) {
	s := hour()
	for _, span := range []time.Duration{time.Hour, 200 * 365 * 24 * time.Hour} { // joined recordings may lie far apart
		s.End = s.Begin.Add(span)
		clickAll(t, s)
	}
}

func clickAll(t *testing.T, s playback.State) {
	t.Helper()
	m := bar(120, s)
	var before time.Time
	found := 0
	for x := range 120 {
		at, ok := m.Click(x)
		if !ok {
			continue
		}
		if found++; found == 1 && !at.Equal(s.Begin) {
			t.Errorf("the first column is %s, not the beginning", at)
		}
		if !at.After(before) || at.After(s.End) {
			t.Errorf("column %d is %s, the one before %s", x, at, before)
		}
		before = at
	}
	if !before.Equal(s.End) || found < 50 {
		t.Errorf("%d columns, the last is %s, not the end", found, before)
	}
}

func TestTheClockTicksByItself(t *testing.T) {
	s := hour()
	s.Now = s.Now.Add(250 * time.Millisecond)
	if wait, ok := bar(80, s).NeedsTick(); !ok || wait != 750*time.Millisecond {
		t.Errorf("after %s, %v", wait, ok)
	}
	s.Speed = 3
	if wait, ok := bar(80, s).NeedsTick(); !ok || wait != 250*time.Millisecond {
		t.Errorf("at three times the speed after %s, %v", wait, ok)
	}
	s.Paused = true
	if _, ok := bar(80, s).NeedsTick(); ok {
		t.Error("a clock that stands still wants to tick")
	}
}
