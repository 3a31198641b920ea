package ui_test

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/workspace"
)

// lineWith is the number of the first line that holds a word, and the word's place in it.
func (s *screen) lineWith(word string) (x, y int) {
	s.t.Helper()
	for y, line := range strings.Split(s.view(), "\n") {
		if before, _, ok := strings.Cut(line, word); ok {
			return len([]rune(before)), y
		}
	}
	s.t.Fatalf("no %q on the screen:\n%s", word, s.view())
	return 0, 0
}

func (s *screen) click(word string) {
	s.t.Helper()
	x, y := s.lineWith(word)
	s.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
}

func TestMouseSelectsARow(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.click("batch-28841")
	s.mustShow("▌ shop", "3 of 4")
	if _, y := s.lineWith("▌"); !strings.Contains(strings.Split(s.view(), "\n")[y], "batch-28841") {
		t.Errorf("the cursor is elsewhere:\n%s", s.view())
	}
}

func TestMouseSortsByAHead(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.click("RESTARTS")
	s.await(func(w model.Window) bool { return !w.Rebuilding })
	s.mustShow("RESTARTS ↑")
}

func TestMouseSwitchesTabs(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.send(ui.FrameMsg{Snapshot: workspace.Snapshot{Context: s.context, Tabs: []workspace.Tab{s.tab, {ID: 2, Title: "services"}}}})
	s.click("services")
	s.mustHaveCalled("prioritize 2")
}

func TestWheelScrolls(t *testing.T) {
	s := newScreen(t, 60, 15)
	s.press("?")
	before := s.view()
	s.send(tea.MouseWheelMsg{X: 5, Y: 6, Button: tea.MouseWheelDown})
	if s.view() == before {
		t.Error("the help stays where it is")
	}
	s.send(tea.MouseWheelMsg{X: 5, Y: 6, Button: tea.MouseWheelUp})
	if got := s.view(); got != before {
		t.Errorf("back up the help differs:\n%s", got)
	}
}

// A screen that is too small hears no mouse: what is under it cannot be seen.
func TestMouseOnAScreenThatIsTooSmall(t *testing.T) {
	s := newScreen(t, 120, 40)
	x, y := s.lineWith("a add")
	s.send(tea.WindowSizeMsg{Width: 120, Height: 10})
	s.backend.mu.Lock()
	before := slices.Clone(s.backend.calls)
	s.backend.mu.Unlock()
	s.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	s.send(tea.WindowSizeMsg{Width: 120, Height: 40})
	if strings.Contains(s.view(), "add or drop types") || !slices.Equal(before, s.backend.calls) {
		t.Errorf("the click did something: %q\n%s", s.backend.calls, s.view())
	}
}
