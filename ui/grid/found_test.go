package grid

import (
	"slices"
	"strings"
	"testing"

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
