package help_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/golden"
	"github.com/dogwatch/dogwatch/ui/help"
)

func screen(width, height int) *help.Model {
	m := help.New(theme.New(theme.Options{Dark: true}), keymap.Default())
	m.SetSize(width, height)
	return m
}

func TestHelp(t *testing.T) {
	for _, s := range []struct{ width, height int }{{60, 10}, {80, 19}, {120, 35}, {200, 45}} {
		m := screen(s.width, s.height)
		golden.Screen(t, fmt.Sprintf("list-%dx%d", s.width, s.height), m.View(), s.width, s.height)
		m.SetScope(keymap.Detail)
		golden.Screen(t, fmt.Sprintf("pane-%dx%d", s.width, s.height), m.View(), s.width, s.height)
		m.Do(keymap.Bottom)
		golden.Screen(t, fmt.Sprintf("end-%dx%d", s.width, s.height), m.View(), s.width, s.height)
	}
}

func TestHelpWithoutColors(t *testing.T) {
	m := screen(80, 12)
	m.SetTheme(theme.New(theme.Options{Colors: theme.None}))
	golden.Styled(t, "no-color", m.View(), 80, 12)
}

func TestEveryBindingIsThere(t *testing.T) {
	keys := keymap.Default()
	for _, width := range []int{60, 120, 200} {
		view := ansi.Strip(screen(width, 400).View())
		for _, scope := range keymap.Scopes() {
			for _, b := range keys.Bindings(scope) {
				start := b.Help[:min(len(b.Help), 20)]
				if !strings.Contains(view, start) {
					t.Errorf("width %d: %q of %q is not there", width, b.Help, scope)
				}
			}
		}
	}
}

func TestScrollingStaysWithinTheText(t *testing.T) {
	m := screen(60, 10)
	first := m.View()
	m.Do(keymap.Up)
	if m.View() != first {
		t.Error("scrolled above the first line")
	}
	m.Do(keymap.Bottom)
	last := m.View()
	if last == first || strings.Contains(last, "more lines") {
		t.Errorf("not at the end:\n%s", last)
	}
	m.Do(keymap.PageDown)
	if m.View() != last {
		t.Error("scrolled below the last line")
	}
	m.Do(keymap.Top)
	if m.View() != first {
		t.Error("not back at the top")
	}
}
