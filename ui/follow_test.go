package ui_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/workspace"
)

// The pane holds a deleted object, is emptied as nothing is selected, and is
// filled again by the frame that has a row to select.
func TestPaneIsFilledAgainAfterADeletedObject(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press("/batch", "enter")
	s.settle()
	version := s.tab.View.Window(0, 0).Version
	s.store.Delete(model.Key{Namespace: "shop", Name: creating}, nil)
	s.await(func(w model.Window) bool { return w.Version != version && !w.Rebuilding })
	s.press("y")
	s.mustShow("deleted")
	s.press("/nothing", "enter")
	s.settle()
	s.press("down")
	s.mustShow("nothing is selected")
	s.press("esc")
	s.settle()
	s.mustNotShow("nothing is selected")
	s.mustShow("Pod ")
}

// A tab that opens while the pane has the focus has no bright cursor beside it.
func TestNewTabDoesNotTakeTheFocusFromThePane(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press("enter")
	before := cursorLine(s)
	second := s.tab
	second.ID = 2
	s.press(":svc", "enter")
	s.send(ui.FrameMsg{Snapshot: workspace.Snapshot{Context: s.context, Tabs: []workspace.Tab{s.tab, second}}})
	s.mustHaveCalled("prioritize 2")
	if got := cursorLine(s); got != before {
		t.Errorf("the list's cursor is drawn\n%q\nwant\n%q", got, before)
	}
}

// cursorLine is the list's line under the cursor, with its styles.
func cursorLine(s *screen) string {
	lines := strings.Split(s.app.View().Content, "\n")
	at := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(ansi.Strip(line), "▌") })
	if at < 0 {
		s.t.Fatalf("no cursor:\n%s", s.view())
	}
	list, _, _ := strings.Cut(lines[at], "│")
	return list
}
