package ui_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/ui/golden"
)

// fakeRewinder has a past that is steered as fakePlayer is, and ended when it is asked to.
type fakeRewinder struct {
	mu     sync.Mutex
	player *fakePlayer // nil in the present
	err    error
	begun  int
}

func (r *fakeRewinder) Begin(context.Context) (ui.Playback, *problems.List, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return nil, nil, r.err
	}
	r.begun++
	r.player = newFakePlayer()
	r.player.state.Begin, r.player.state.End, r.player.state.Now = now.Add(-10*time.Minute), now, now
	return r.player, nil, nil
}

func (r *fakeRewinder) End() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.player = nil
}

func (r *fakeRewinder) isPast() bool { return r.playing() != nil }

func (r *fakeRewinder) playing() *fakePlayer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.player
}

// rewindScreen is the screen in the past of a live cluster, three minutes ago.
func rewindScreen(t *testing.T, width, height int) *screen {
	t.Helper()
	s := newScreen(t, width, height)
	s.press("t")
	s.rewinder.playing().state.Now = now.Add(-3*time.Minute - 500*time.Millisecond)
	s.frame()
	return s
}

func TestRewindScreens(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 15}, {80, 24}, {120, 40}, {200, 50}} {
		name := fmt.Sprintf("rewind-%dx%d", size.width, size.height)
		t.Run(name, func(t *testing.T) {
			s := rewindScreen(t, size.width, size.height)
			s.settle()
			golden.Screen(t, name, s.view(), size.width, size.height)
		})
	}
}

func TestTGoesIntoThePastAndEscComesBack(t *testing.T) {
	s := newScreen(t, 120, 40)
	if strings.Contains(s.view(), " past ") {
		t.Fatal("the present says that it is the past")
	}
	s.press("t", "h", "l", "n")
	s.rewinder.playing().mustHaveBeenAsked(t, "step -1", "step 1", "change of  shop/api-7c9d8b6f5-2xk4p 1")
	s.mustShow(" past ")
	s.press("esc")
	s.mustShow(" past ") // until it is the present that is shown
	s.frame()
	if view := s.view(); strings.Contains(view, " past ") || s.rewinder.isPast() {
		t.Errorf("it still shows the past:\n%s", view)
	}
	s.press("h") // is the list's again
	if s.rewinder.begun != 1 {
		t.Errorf("the past was begun %d times", s.rewinder.begun)
	}
}

func TestTheListOfProblemsGoesIntoThePast(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press("P", "t", "h")
	s.rewinder.playing().mustHaveBeenAsked(t, "step -1")
	s.mustShow(" past ")
	s.press("t")
	s.frame()
	if s.rewinder.isPast() {
		t.Errorf("t does not leave the past from the page:\n%s", s.view())
	}
}

// What the pane's keys mean in the present they mean in the past: H opens the history, and back leaves the pane before the past.
func TestThePaneIsLeftBeforeThePast(t *testing.T) {
	for name, keys := range map[string][]string{
		"history":    {"t", "H", "esc"},
		"difference": {"t", "H", "enter", "esc", "esc"},
		"YAML":       {"t", "y", "enter", "enter"}, // enter goes back from it, too
	} {
		t.Run(name, func(t *testing.T) {
			s := newPagesScreen(t, 120, 40)
			s.press(keys...)
			s.frame()
			if !s.rewinder.isPast() {
				t.Fatalf("the past was left from the pane:\n%s", s.view())
			}
			s.press("esc")
			if s.rewinder.isPast() {
				t.Errorf("the past was not left from the list:\n%s", s.view())
			}
		})
	}
	s := newPagesScreen(t, 120, 40)
	s.press("t", "H")
	s.rewinder.playing().mustHaveBeenAsked(t)
	s.mustShow("1/4", "version 1048 → 1052")
	s.press("t")
	if s.rewinder.isPast() {
		t.Error("t does not leave the past from the pane")
	}
}

func TestCommandsGoIntoThePast(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press(":at -2m", "enter")
	s.rewinder.playing().mustHaveBeenAsked(t, "seek 14:00:31")
	s.press(":at 15:30", "enter")
	s.mustShow("15:30:00 is not known: what is goes from")
}

// Ages are those of the moment, and so are the times of rows that were not live.
func TestThePastIsDatedByItsOwnTime(t *testing.T) {
	s := rewindScreen(t, 120, 40)
	s.mustShow("3h8m") // a pod of 3h12m
	s.tab.Sources[0].State = informers.State{Phase: informers.Stale, Synced: true, Since: now.Add(-4 * time.Minute), LastHeard: now.Add(-4 * time.Minute), Reason: "its watch was not live"}
	s.frame()
	s.mustShow("rows as of "+now.Add(-4*time.Minute).Format(time.TimeOnly), "its watch was not live")
	s.tab.Sources[0].State.LastHeard, s.tab.Sources[0].State.Since = time.Time{}, time.Time{}
	s.frame()
	if strings.Contains(s.view(), "as of") {
		t.Errorf("what is not known is dated:\n%s", s.view())
	}
}

func TestWhyThereIsNoPast(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.rewinder.err = errors.New("changes are not remembered")
	s.press("t")
	s.mustShow("changes are not remembered")
	s.showHints(nil) // a screen without a history
	s.press("t")
	s.mustShow("this has no past to go to")
}

// The history of an object tells which of its versions is shown, and which are later.
func TestRewindHistoryScreens(t *testing.T) {
	for _, size := range []struct{ width, height int }{{80, 24}, {200, 50}} {
		name := fmt.Sprintf("rewind-history-%dx%d", size.width, size.height)
		t.Run(name, func(t *testing.T) {
			s := newPagesScreen(t, size.width, size.height)
			s.press("down", "H", "t")
			s.rewinder.playing().state.Now = now.Add(-2*time.Minute - 30*time.Second)
			s.frame()
			s.settle()
			golden.Screen(t, name, s.view(), size.width, size.height)
		})
	}
}

func TestActivityInThePastIsAtTheMoment(t *testing.T) {
	s, pages := remembering(t)
	s.press("t")
	s.rewinder.playing().state.Now = now.Add(-3 * time.Minute)
	s.frame()
	s.press("A")
	await(t, s, pages, "Pending → Running")
	s.mustShow("at 13:59:31, later is dim")
}

// Going into the past and back leaves a difference open that one is looking at, and n goes on in it there.
func TestADifferenceStaysOpenFromTheOneTimeToTheOther(t *testing.T) {
	s := newPagesScreen(t, 120, 40)
	s.press("H", "enter")
	s.settle()
	s.mustShow("1048 → 1052")
	s.press("t")
	s.settle()
	s.mustShow("1048 → 1052")
	if s.press("n"); len(s.rewinder.player.calls) > 0 {
		t.Errorf("n steered the time: %v", s.rewinder.player.calls)
	}
	s.press("t")
	s.settle()
	s.mustShow("1048 → 1052")
}
