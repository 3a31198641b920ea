package ui_test

import (
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/ui/golden"
)

const whyItCrashes = "✖ CrashLoopBackOff: container api: back-off 5m0s"

func TestTheSelectedRowSaysWhyItIsNotWell(t *testing.T) {
	s := newScreen(t, 120, 40)
	if shown := s.view(); strings.Contains(shown, "✖") {
		t.Errorf("a row that is well says so:\n%s", shown)
	}
	s.press("down")
	s.mustHaveCalled("explain shop/" + crashing)
	s.mustShow("── " + whyItCrashes)
	golden.Screen(t, "finding-120x40", s.view(), 120, 40)
	s.press("down")
	s.mustShow("── ◐ in progress ──") // it is known at once, and nothing is said of it
	s.press("up", "y")
	s.mustShow(" " + whyItCrashes)
	if shown := s.view(); strings.Contains(shown, "── ✖") {
		t.Errorf("it is said twice:\n%s", shown)
	}
	s.press("W")
	s.press("P")
	if shown := s.view(); strings.Contains(shown, "── ✖") {
		t.Errorf("it is said over a page that covers the list:\n%s", shown)
	}
}

// What the list of problems knows, such as another object that is the cause, is said of the selected one, too.
func TestTheSelectedRowSaysWhatTheProblemsKnow(t *testing.T) {
	const known = "pod=" + crashing + "_shop(6f0e5a2c-"
	s := newProblemsScreen(t, 200, 50)
	s.press("down")
	s.mustShow("── ✖ CrashLoopBackOff: container api", known)
	s.press("y")
	s.mustShow(" ✖ CrashLoopBackOff: container api")
	s.press("P", "/nothing", "enter")
	s.listed(func(w problems.Window) bool { return w.Len == 0 })
	s.press("P", "y") // the filter stays
	s.mustShow("── ✖ CrashLoopBackOff", known)
}
