package ui_test

import (
	"regexp"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

var outOfSight = map[string]*regexp.Regexp{"above": regexp.MustCompile(`↑\d+`), "below": regexp.MustCompile(`↓\d+`)}

// paneHead is the line above the page of a pane that stands below the list.
func (s *screen) paneHead() string {
	rules := 0
	for line := range strings.SplitSeq(s.view(), "\n") {
		if rules == 2 {
			return line
		}
		if strings.HasPrefix(line, "──") {
			rules++
		}
	}
	s.t.Fatalf("there is no pane:\n%s", s.view())
	return ""
}

// Each page of the pane says how much of it is out of sight, and only then.
func TestAPageThatIsCutSaysSo(t *testing.T) {
	for name, keys := range map[string][]string{
		"YAML": {"y", "enter"}, "Events": {"e", "enter"}, "versions": {"H"}, "a difference": {"H", "enter", "d", "d"}, "relations": {"r"}, "why": {"W"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newPagesScreen(t, 80, 15)
			s.backend.pages.answer = newWhyScreen(t, 80, 15).backend.pages.answer
			s.backend.pages.related = newRelationsScreen(t, 80, 15).backend.pages.related
			shows := func(where string, want bool) {
				t.Helper()
				if outOfSight[where].MatchString(s.paneHead()) != want {
					t.Errorf("that there is more %s is said: %v, want %v:\n%s", where, !want, want, s.view())
				}
			}
			s.press(append([]string{"down"}, keys...)...)
			s.settle()
			s.press("g")
			shows("below", true)
			s.press("G")
			shows("below", false)
			shows("above", true)
			s.send(tea.WindowSizeMsg{Width: 80, Height: 150})
			shows("below", false)
			shows("above", false)
		})
	}
}
