package ui_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/dogwatch/dogwatch/ui/golden"
)

// fakeHints are wanted until they are put away.
type fakeHints struct{ away atomic.Bool }

func (h *fakeHints) Wanted() bool   { return !h.away.Load() }
func (h *fakeHints) PutAway() error { h.away.Store(true); return nil }

func TestHintsAreShownUntilAnyKey(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 15}, {80, 24}, {120, 40}} {
		s, _ := newPastScreen(t, size.width, size.height)
		hints := &fakeHints{}
		s.showHints(hints)
		name := fmt.Sprintf("hints-%dx%d", size.width, size.height)
		golden.Screen(t, name, s.view(), size.width, size.height)
		before := s.view()
		s.press("down")
		if s.view() == before || !hints.away.Load() {
			t.Errorf("%s: a key does not put them away for good", name)
		}
		s.mustShow("2 of 4") // and does what it does
	}
}
