package ui_test

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/model"
)

// atCursor is the line of the screen that has the cursor's mark.
func (s *screen) atCursor() string {
	for line := range strings.Lines(s.view()) {
		if strings.HasPrefix(line, "▌") {
			return line
		}
	}
	return ""
}

func (s *screen) mustBeOn(name string) {
	s.t.Helper()
	if got := s.atCursor(); !strings.Contains(got, name) {
		s.t.Errorf("the cursor is on %q, want %s:\n%s", got, name, s.view())
	}
}

func (s *screen) mustNotShow(words ...string) {
	s.t.Helper()
	for _, w := range words {
		if strings.Contains(s.view(), w) {
			s.t.Errorf("%q is on the screen:\n%s", w, s.view())
		}
	}
}

// becomes gives a pod another health and waits until the view shows it.
func (s *screen) becomes(name, status string, level model.Level) {
	s.t.Helper()
	o := pod("shop", name, "1/1", status, 0, 192*time.Minute, model.Health{Level: level, Reason: status})
	version := s.tab.View.Window(0, 0).Version
	o.ResourceVersion = "after " + time.Duration(version).String()
	s.store.Apply(o)
	s.await(func(w model.Window) bool { return w.Version != version && !w.Rebuilding })
}

const crashing, creating = "api-7c9d8b6f5-9qzrt", "batch-28841-x7k2m"

func TestUnhealthyOnlyMovesTheCursorToWhatIsLeft(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press("G")
	s.mustBeOn("evil")
	s.press("!")
	s.settle()
	s.mustNotShow("evil", "2xk4p")
	s.mustBeOn(creating)
	s.press("!")
	s.settle()
	s.mustShow("evil", "2xk4p", crashing, creating)
	s.mustBeOn(creating)
}

func TestWhatRecoversLeavesTheUnhealthyAlone(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press("!", "y")
	s.settle()
	s.mustBeOn(crashing)
	s.mustShow("name: " + crashing)
	s.becomes(crashing, "Running", model.Healthy)
	s.mustBeOn(creating)
	s.mustShow("name: "+creating, "1 of 1")
	s.becomes(creating, "Running", model.Healthy)
	s.mustShow("none of 4 pods in any namespace needs a look", "esc shows all")
	s.becomes(crashing, "CrashLoopBackOff", model.Unhealthy)
	s.mustBeOn(crashing)
	s.becomes(crashing, "Running", model.Healthy)
	s.press("esc")
	s.settle()
	s.mustShow("2xk4p", crashing, creating, "evil")
}

func TestUnhealthyOnlyAndFilterSayWhatIsLeftOut(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press("!", "/2xk4p", "enter")
	s.settle()
	s.mustShow("none of 4 pods in any namespace matches /2xk4p and needs a look", "esc clears the filter")
	s.press("esc")
	s.settle()
	s.mustShow(crashing, creating)
	s.mustNotShow("2xk4p", "evil")
	s.press("esc")
	s.settle()
	s.mustShow("2xk4p", "evil")
}

func TestNextUnhealthyGoesRoundAndSaysWhereThereIsNone(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.becomes("api-7c9d8b6f5-2xk4p", "Error", model.Unhealthy)
	for _, want := range []string{crashing, "2xk4p", crashing} {
		s.press("u")
		s.mustBeOn(want)
	}
	s.becomes("api-7c9d8b6f5-2xk4p", "Running", model.Healthy)
	s.press("u") // the only one, where the cursor is already
	s.mustBeOn(crashing)
	s.press("/batch", "enter")
	s.settle()
	s.press("u")
	s.mustShow("none of these is unhealthy; the filter hides 1")
	s.mustBeOn(creating)
	s.press("esc")
	s.settle()
	s.becomes(crashing, "Running", model.Healthy)
	s.press("u")
	s.mustShow("nothing here is unhealthy")
}

func TestNextUnhealthyOfATabThatIsClosedMeanwhile(t *testing.T) {
	s := newScreen(t, 120, 40)
	_, cmd := s.app.Update(tea.KeyPressMsg{Code: 'u', Text: "u"})
	tabs := s.tab
	s.tab.ID = 7
	s.frame()
	s.tab = tabs
	for _, msg := range s.run(cmd) {
		s.send(msg)
	}
	s.mustBeOn("2xk4p")
}
