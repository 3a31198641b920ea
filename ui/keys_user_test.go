package ui_test

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui"
)

// newScreenFor is a screen of a user with other keys.
func newScreenFor(t *testing.T, change func(*ui.Options), overrides ...keymap.Override) *screen {
	t.Helper()
	keys, errs := keymap.Default().With(overrides)
	for i, err := range errs {
		if err != nil {
			t.Fatalf("%+v: %v", overrides[i], err)
		}
	}
	s := newScreen(t, 120, 40)
	opts := ui.Options{Context: t.Context(), Backend: s.backend, Keys: keys, Log: logbuffer.New(10, 1000, func() {}), Now: func() time.Time { return now }}
	change(&opts)
	s.app = ui.New(opts)
	s.send(tea.WindowSizeMsg{Width: s.width, Height: s.height})
	s.frame()
	return s
}

func TestHelpAndHintsFollowTheUsersKeys(t *testing.T) {
	s := newScreenFor(t, func(*ui.Options) {},
		keymap.Override{Action: keymap.Quit, Keys: []string{"Q"}},
		keymap.Override{Action: keymap.ShowHelp, Keys: []string{"f1"}},
		keymap.Override{Action: keymap.GoToTab, Keys: []string{"ctrl+o"}},
		keymap.Override{Scope: keymap.Picker, Action: keymap.Mark, Keys: []string{"insert"}},
		keymap.Override{Action: keymap.OpenPicker, Keys: []string{"b"}},
	)
	s.send(tea.WindowSizeMsg{Width: 160, Height: 40})
	s.mustShow("b add ", "f1 help", "Q quit")
	if first := strings.Split(s.view(), "\n")[1]; !strings.HasSuffix(first, " b add ") {
		t.Errorf("the line of tabs is %q", first)
	}
	s.press("b")
	s.mustShow("insert mark", "esc close")
	s.press("esc")
	s.send(tea.KeyPressMsg{Code: tea.KeyF1})
	s.mustShow("Keys")
	for range 300 { // lines of help, at most, above that one
		if strings.Contains(s.view(), "Q                    quit") {
			break
		}
		s.press("j")
	}
	s.mustShow("f1                   help", "Q                    quit")
	if s.quits(q) {
		t.Error("q quits still")
	}
	s.send(tea.WindowSizeMsg{Width: 20, Height: 5})
	s.mustShow("Q quits")
	if !s.quits(tea.KeyPressMsg{Code: 'Q', Text: "Q", Mod: tea.ModShift}) {
		t.Error("Q does not quit")
	}
}

func TestWarningOfTheStartStaysUntilAKey(t *testing.T) {
	s := newScreenFor(t, func(o *ui.Options) { o.Warning = "config.yaml:7: theme: \x1b[31mdrak" })
	s.mustShow("✖ config.yaml:7: theme: ")
	s.frame()
	s.mustShow("✖ config.yaml:7: theme: ")
	s.press("j")
	s.mustNotShow("config.yaml:7")
}

// What is wrong with the configuration that is followed is said once, and once that it is over.
func TestProblemOfTheConfigurationIsSaidOnce(t *testing.T) {
	problem := ""
	s := newScreenFor(t, func(o *ui.Options) { o.ConfigProblem = func() string { return problem } })
	s.frame()
	s.mustNotShow("config")
	problem = "config.yaml:7: theme: \x1b[31mdrak: what it said before goes on"
	s.frame()
	s.mustShow("✖ config.yaml:7: theme: ")
	s.press("j")
	s.frame()
	s.mustNotShow("config.yaml:7")
	problem = ""
	s.frame()
	s.mustShow("the configuration is followed again")
	s.press("j")
	s.frame()
	s.mustNotShow("the configuration")
}

func TestSkinWinsOverTheTerminal(t *testing.T) {
	s := newScreenFor(t, func(o *ui.Options) { o.Skin = theme.SkinNone })
	plain := s.app.View().Content
	s.send(tea.BackgroundColorMsg{})
	if got := s.app.View().Content; got != plain {
		t.Errorf("the background changes it to\n%q\nfrom\n%q", got, plain)
	}
	dark := newScreenFor(t, func(o *ui.Options) { o.Skin = theme.SkinDark }).app.View().Content
	if dark == plain {
		t.Error("without colours it looks as with them")
	}
}
