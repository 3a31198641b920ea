package tabs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/golden"
	"github.com/dogwatch/dogwatch/ui/tabs"
	"github.com/dogwatch/dogwatch/workspace"
)

var now = time.Date(2026, 11, 23, 14, 2, 31, 0, time.UTC)

func line(width int, list []tabs.Tab, current workspace.TabID) *tabs.Model {
	m := tabs.New(theme.New(theme.Options{Dark: true}), keymap.Default())
	m.SetSize(width, 1)
	m.SetTabs(list, current, now)
	return m
}

func busy() []tabs.Tab {
	return []tabs.Tab{
		{ID: 11, Title: "pods", Count: 214, Changes: 3, State: informers.State{Phase: informers.Live}, Filter: "web"},
		{ID: 12, Title: "deployments", Count: 38, State: informers.State{Phase: informers.Live}},
		{ID: 13, Title: "po,svc,cm", Count: 402, State: informers.State{Phase: informers.Stale, LastHeard: now.Add(-41 * time.Second)}},
		{ID: 14, Title: "events", State: informers.State{Phase: informers.Listing, Listed: 12400}, Count: 12400},
		{ID: 15, Title: "secrets", State: informers.State{Phase: informers.Forbidden}},
		{ID: 16, Title: "gauges.acme.io", Count: 7, State: informers.State{Phase: informers.Gone}},
		{ID: 17, Title: "nodes", Count: 12, State: informers.State{Phase: informers.Retrying, NextTry: now.Add(8 * time.Second)}},
		{ID: 18, Title: "pdos", Broken: true},
	}
}

func TestTheKeyBesideAddOpensThePicker(t *testing.T) {
	m := tabs.New(theme.New(theme.Options{}), keymap.Default())
	m.SetSize(60, 1)
	shown := strings.Fields(ansi.Strip(m.View()))
	if action, _ := keymap.Default().Lookup(shown[0], keymap.Global); action != keymap.OpenPicker {
		t.Errorf("the key of %q is %q", shown, action)
	}
}

func TestTabs(t *testing.T) {
	for _, width := range []int{60, 80, 120, 200} {
		for _, current := range []workspace.TabID{11, 14, 18} {
			name := fmt.Sprintf("tabs-%d-at-%d", width, current)
			golden.Screen(t, name, line(width, busy(), current).View(), width, 1)
		}
	}
	golden.Screen(t, "none", line(60, nil, 0).View(), 60, 1)
}

func TestTabsWithoutColors(t *testing.T) {
	m := line(120, busy(), 12)
	m.SetTheme(theme.New(theme.Options{Colors: theme.None}))
	golden.Styled(t, "no-color", m.View(), 120, 1)
}

func TestHostileTitles(t *testing.T) {
	list := []tabs.Tab{{ID: 1, Title: "\x1b[31m日本語" + strings.Repeat("語", 1000)}, {ID: 2, Title: "\n\xff", Filter: "\u202e\x1b"}}
	golden.Screen(t, "hostile", line(60, list, 2).View(), 60, 1)
}

func TestTheCurrentTabIsAlwaysInSight(t *testing.T) {
	for width := 60; width <= 200; width += 7 {
		m := line(width, busy(), 11)
		for _, id := range []workspace.TabID{11, 18, 12, 17, 13, 15, 14} {
			m.SetTabs(busy(), id, now)
			view := m.View()
			if w := ansi.StringWidth(view); w != width {
				t.Errorf("the line is %d cells wide, want %d", w, width)
			}
			if !reaches(m, width, id) {
				t.Errorf("width %d: tab %d is out of sight: %q", width, id, ansi.Strip(view))
			}
		}
	}
}

// reaches reports whether a click somewhere hits the tab.
func reaches(m *tabs.Model, width int, id workspace.TabID) bool {
	for x := range width {
		if got, ok := m.Click(x); ok && got == id {
			return true
		}
	}
	return false
}

func TestClick(t *testing.T) {
	m := line(60, busy(), 11)
	view := ansi.Strip(m.View())
	for word, want := range map[string]workspace.TabID{"pods": 11, "deployments": 12, "›": 13} {
		x := ansi.StringWidth(view[:strings.Index(view, word)])
		if got, ok := m.Click(x); !ok || got != want {
			t.Errorf("a click on %q hits %v, %v; want %v", word, got, ok, want)
		}
	}
	if !m.ClickAdd(57) || m.ClickAdd(20) {
		t.Error("add is not where it is drawn")
	}
}

func TestOfAddsUpSources(t *testing.T) {
	tab := workspace.Tab{ID: 1, Title: "po,svc", Sources: []workspace.Source{
		{Count: 3, State: informers.State{Phase: informers.Live}}, {Count: 4, State: informers.State{Phase: informers.Gone}},
	}}
	got := tabs.Of(tab, 2, "x")
	if got.Count != 7 || got.State.Phase != informers.Gone || got.Changes != 2 || got.Filter != "x" {
		t.Errorf("%+v", got)
	}
	if got := tabs.Of(workspace.Tab{Problem: "no such type"}, 0, ""); !got.Broken {
		t.Errorf("%+v", got)
	}
}
