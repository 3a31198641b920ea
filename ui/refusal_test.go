package ui_test

import (
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/model/problems"
	sig "github.com/dogwatch/dogwatch/model/signal"
)

// bottom is the last line of the screen.
func (s *screen) bottom() string {
	view := s.view()
	return view[strings.LastIndexByte(view, '\n')+1:]
}

// A key that does nothing says so, and why, in the bottom line.
func TestAKeyThatDoesNothingSaysWhy(t *testing.T) {
	list := "is a key of the list: esc goes back there"
	for name, test := range map[string]struct{ keys, says string }{
		"heat, among Events":                {"e|enter|m", "m " + list},
		"a tab, among problems":             {"P|x", "x " + list},
		"columns before the first":          {"h", "no more columns at the left"},
		"columns behind the last":           {"l", "no more columns at the right"},
		"left of the YAML's lines":          {"y|enter|h", "the lines begin here"},
		"right of the YAML's lines":         {"y|enter|l", "no line in sight goes on at the right"},
		"left of a difference's lines":      {"down|H|enter|h", "the lines begin here"},
		"right of a difference's lines":     {"down|H|enter|l", "no line goes on at the right"},
		"no key of anything":                {"Z", "Z does nothing here: ? shows all keys"},
		"no key of anything, in help":       {"?|Z", "Z does nothing here: esc goes back"},
		"a problem where there is none":     {"P|/nope|enter|enter", "no line is under the cursor"},
		"why of none":                       {"P|/nope|enter|W", "no line is under the cursor"},
		"the next match without a search":   {"y|enter|n", "nothing is searched for"},
		"the next change without any open":  {"down|H|n", "that is for a difference"},
		"a mark in a difference":            {"down|H|enter|space", "versions are marked in their list"},
		"the change behind the last":        {"down|H|enter|n|n", "no more changes below"},
		"the change before the first":       {"down|H|enter|N", "no more changes above"},
		"newer than the newest":             {"down|H|K", "this is the newest version"},
		"older than the oldest":             {"down|H|G|J", "no older version is known"},
		"to what is missing, from its tree": {"r|down|down|down|enter", "api-settings␛[2J is not there"},
		"to what is hidden":                 {"r|down|down|down|down|enter", "db-password may not be read"},
		"to what is missing, from why":      {"W|down|down|down|enter", "api-settings␛[2J is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newPagesScreen(t, 120, 40)
			s.backend.pages.answer = newWhyScreen(t, 120, 40).backend.pages.answer
			s.backend.pages.related = newRelationsScreen(t, 120, 40).backend.pages.related
			keys := strings.Split(test.keys, "|")
			s.press(keys[:len(keys)-1]...)
			s.settle()
			before := s.withoutBottom()
			s.press(keys[len(keys)-1])
			if !strings.Contains(s.bottom(), test.says) {
				t.Errorf("says %q, want %q in it", s.bottom(), test.says)
			}
			if after := s.withoutBottom(); after != before {
				t.Errorf("it does something:\n%s\nwas\n%s", after, before)
			}
		})
	}
}

// What is muted is shown, or hidden, only where something is muted.
func TestNothingIsMutedYet(t *testing.T) {
	s, r := newSignalsScreen(t, 120, 24)
	s.press("S")
	s.frame()
	s.press("v")
	if !strings.Contains(s.bottom(), "nothing is muted") {
		t.Errorf("says %q", s.bottom())
	}
	s.press("m")
	s.told(r, func(w sig.Window) bool { return w.Counts.Muted == 1 })
	s.press("v")
	if strings.Contains(s.bottom(), "nothing is muted") {
		t.Errorf("says %q where one is muted", s.bottom())
	}
}

func TestCommandsAreTakenOnEachPage(t *testing.T) {
	for name, page := range map[string]string{"A": " activity", "P": " problems", "S": " signals"} {
		t.Run(page, func(t *testing.T) {
			s := newProblemsScreen(t, 120, 40)
			s.listed(func(w problems.Window) bool { return w.Len > 0 })
			s.press(name, ":retry", "enter")
			s.mustHaveCalled("retry")
			s.mustShow(page)
			s.press(":"+strings.TrimSpace(page), "enter") // no switch
			s.mustShow(page)
			s.press(":deploy", "enter")
			s.mustHaveCalled(`open deploy in ""`)
			s.mustShow("NAMESPACE ↑1")
		})
	}
}
