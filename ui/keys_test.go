package ui_test

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/model"
)

// quits tells whether a key press ends the program.
func (s *screen) quits(key tea.KeyPressMsg) bool {
	s.t.Helper()
	_, cmd := s.app.Update(key)
	queue := s.run(cmd)
	for len(queue) > 0 {
		msg := queue[0]
		queue = queue[1:]
		switch msg := msg.(type) {
		case tea.QuitMsg:
			return true
		case tea.BatchMsg:
			for _, cmd := range msg {
				queue = append(queue, s.run(cmd)...)
			}
		}
	}
	return false
}

// withoutBottom is the screen but for its last line.
func (s *screen) withoutBottom() string {
	view := s.view()
	return view[:strings.LastIndexByte(view, '\n')]
}

// asked is all that was asked of the backend so far.
func (s *screen) asked() []string {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	return slices.Clone(s.backend.calls)
}

var (
	q     = tea.KeyPressMsg{Code: 'q', Text: "q"}
	ctrlC = tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl}
	ctrlZ = tea.KeyPressMsg{Code: 'z', Mod: tea.ModCtrl}
)

func TestHelpAndLogLeaveTheHiddenScreenAlone(t *testing.T) {
	for name, open := range map[string][]string{"help": {"?"}, "log": {":logs", "enter"}} {
		t.Run(name, func(t *testing.T) {
			s := newScreen(t, 120, 40)
			s.press(open...)
			before := s.withoutBottom()
			s.press("x", "0", "a", ":", "N", "C", "tab", "1")
			s.mustShow("1 is a key of the list: esc goes back there")
			s.mustNotHaveCalled("close 1")
			s.mustNotHaveCalled("toggle namespaces")
			if got := s.withoutBottom(); got != before {
				t.Errorf("the screen has become\n%s\nfrom\n%s", got, before)
			}
			if !s.quits(ctrlC) {
				t.Error("ctrl+c does not quit")
			}
			s.press("q", "x") // closed: the list hears again
			s.mustHaveCalled("close 1")
		})
	}
}

func TestHelpAndLogOpenFromEachOther(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press("?")
	help := s.view()
	s.send(tea.KeyPressMsg{Code: 'l', Mod: tea.ModCtrl})
	if s.view() == help {
		t.Error("ctrl+l does not open the log over help")
	}
	s.press("?")
	s.mustShow(" Keys ")
	s.press("?")
	s.mustShow(crashing)
}

func TestTooSmallAScreenHearsOnlyWhatEndsOrStops(t *testing.T) {
	for name, open := range map[string][]string{
		"list": nil, "pane": {"enter"}, "help": {"?"}, "picker": {"a"}, "prompt": {":"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScreen(t, 120, 40)
			s.press(open...)
			before, asked := s.view(), s.asked()
			s.send(tea.WindowSizeMsg{Width: 59, Height: 14})
			s.mustShow("q quits")
			for _, key := range []tea.KeyPressMsg{q, ctrlC} {
				if !s.quits(key) {
					t.Errorf("%s does not quit", key)
				}
			}
			if s.send(ctrlZ); s.stops != 1 {
				t.Errorf("ctrl+z stops %d times", s.stops)
			}
			s.send(tea.PasteMsg{Content: "pods"})
			s.press("x", "0", "y", "enter", "esc", "down", "space")
			s.send(tea.WindowSizeMsg{Width: 120, Height: 40})
			if got := s.asked(); len(got) > len(asked) {
				t.Errorf("unseen keys asked for %q", got[len(asked):])
			}
			if got := s.view(); got != before {
				t.Errorf("unseen keys made\n%s\nof\n%s", got, before)
			}
		})
	}
}

// A key that comes right behind esc, as over a slow line, is read as that key with alt.
func TestKeyBehindEscapeIsHeard(t *testing.T) {
	s := newProblemsScreen(t, 120, 40)
	s.press("S")
	s.mustNotShow("node-3")
	s.send(tea.KeyPressMsg{Code: 'P', Mod: tea.ModAlt})
	s.mustShow("node-3", "in 6 types that are watched")
	s.send(tea.KeyPressMsg{Code: ':', Mod: tea.ModAlt})
	s.send(tea.KeyPressMsg{Code: 'x', Mod: tea.ModAlt}) // in a line that is typed it means nothing
	s.press("ctx")
	s.mustNotShow("node-3")
	s.mustShow(":ctx")
}

// Two presses of esc that come at once, as of a key that is held, are read as alt+esc.
func TestEscThatIsHeldGoesBack(t *testing.T) {
	s := newScreen(t, 120, 40)
	all := s.view()
	held := tea.KeyPressMsg{Code: tea.KeyEscape, Mod: tea.ModAlt}
	s.press("/", "api-7c9d8b6f5-2", "enter")
	s.await(func(w model.Window) bool { return w.Len == 1 })
	filtered := s.view()
	s.press("/", "x")
	for _, want := range []string{filtered, all} {
		s.send(held)
		s.await(func(w model.Window) bool { return (w.Len == 4) == (want == all) && !w.Rebuilding })
		if got := s.view(); got != want {
			t.Errorf("the screen is\n%s\nnot as before:\n%s", got, want)
		}
	}
}

// Keys come faster than commands do their work: esc leaves the filter as it was before it was typed, and the next esc clears that.
func TestKeysBehindAPromptFindItDoneWith(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press("/batch", "enter", "/x")
	var late tea.BatchMsg
	for range 2 {
		_, cmd := s.app.Update(tea.KeyPressMsg{Code: tea.KeyEscape})
		late = append(late, cmd)
	}
	s.send(late)
	s.settle()
	s.mustShow("1 of 4")
}
