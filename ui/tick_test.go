package ui

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
)

// A tick that a sooner one has overtaken must not ask for another: each would begin a row of ticks that never ends.
func TestOvertakenTicksEnd(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 2, 31, 250e6, time.UTC)
	a := New(Options{
		Context: t.Context(), Keys: keymap.Default(), Log: logbuffer.New(1, 10, func() {}),
		Now: func() time.Time { return now },
	})
	a.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	later := a.ticking
	if later.IsZero() {
		t.Fatal("the clock asks for no tick")
	}
	sooner := now.Add(100 * time.Millisecond)
	a.ticking = sooner // as a flash does that is to fade
	a.Update(tickMsg{later})
	if !a.ticking.Equal(sooner) {
		t.Errorf("the overtaken tick asked for one at %v", a.ticking)
	}
	now = sooner
	a.Update(tickMsg{sooner})
	if !a.ticking.After(now) {
		t.Errorf("no tick after the one that was awaited: %v", a.ticking)
	}
}
