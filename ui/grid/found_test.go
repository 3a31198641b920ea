package grid

import (
	"slices"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
)

func TestEachWordOfAFilterIsMarked(t *testing.T) {
	columns := podColumns()
	view := &fakeView{}
	view.set(pods{columns}.row("api-7c9d", "1/1", "Running", "0", 0))
	tab := podTab(columns)
	tab.Namespace = "" // so that there is a column of namespaces
	m := shown(t, tab, view, 80, 4)
	for filter, want := range map[string][]string{
		"api run":       {"api", "Run"},
		"shop/api run":  {"shop", "api", "Run"},
		"op/a !web":     {"op", "a"},
		"^shop/.*9d$":   {"shop", "api-7c9d"},
		"!crash":        nil,
		"-f a9 running": {"a", "9", "Running"},
	} {
		m.SetFilter(model.ParseFilter(filter))
		if got := marked(m); !slices.Equal(got, want) {
			t.Errorf("%q marks %q, want %q", filter, got, want)
		}
	}
}

// A cell without width may have any number of characters, each of them a match.
func TestWhatIsDrawnOfACellIsBounded(t *testing.T) {
	const marks = 20_000
	for name, text := range map[string]string{
		"apart":    "a" + strings.Repeat("\u0301\u0302", marks),
		"touching": "a" + strings.Repeat("\u0301", marks),
	} {
		t.Run(name, func(t *testing.T) {
			view, columns := &fakeView{}, podColumns()
			row := pods{columns}.row("api-"+text, "1/1", text, "0", 0)
			row.Object.Namespace = text
			view.set(row)
			tab := podTab(columns)
			tab.Namespace = ""
			m := shown(t, tab, view, 80, 4)
			m.SetFilter(model.ParseFilter("\u0301"))
			if got := len(m.View(now)); got > 20_000 {
				t.Errorf("a screen of 80x4 takes %d bytes", got)
			}
		})
	}
}

// marked lists what the row marks as found.
func marked(m *Model) []string {
	match := strings.TrimSuffix(strings.TrimPrefix(m.look.theme.Match.Open(), "\x1b["), "m")
	row := strings.Split(m.View(now), "\n")[1]
	var found []string
	for piece := range strings.SplitSeq(row, "\x1b[") {
		if style, text, _ := strings.Cut(piece, "m"); strings.Contains(style, match) {
			found = append(found, text)
		}
	}
	return found
}

// Who looks at the first rows sees them as they are found; a cursor further
// down waits for its object.
func TestAFilterShowsItsFirstRowsAtOnceOnlyToACursorOnTop(t *testing.T) {
	view := &fakeView{rows: pods{podColumns()}.many(20)}
	m := shown(t, podTab(podColumns()), view, 80, 11)
	m.View(now)
	m.SetFilter(model.ParseFilter("a"))
	if !view.spec.Eager {
		t.Error("the cursor is on the first row, and the filter waits until all is found")
	}
	m.Do(keymap.Down)
	m.SetFilter(model.ParseFilter("ap"))
	if view.spec.Eager {
		t.Error("the cursor's object may be among the last that the filter finds")
	}
}
