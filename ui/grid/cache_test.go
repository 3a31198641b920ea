package grid

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestAStateOfTheTabThatLooksTheSameIsNotDrawn(t *testing.T) {
	p := pods{podColumns()}
	view := &fakeView{rows: []model.Row{p.row("old", "1/1", "Running", "0", 90*24*time.Hour)}}
	live := podTab(p.columns)
	m := shown(t, live, view, 80, 11)
	m.View(now)
	reads := view.reads
	live = podTab(p.columns)
	live.Sources[0].Count, live.Sources[0].State.LastHeard = 7, now
	m.setSource(live, view)
	m.View(now)
	if view.reads != reads {
		t.Error("drawn again though nothing that is shown has changed")
	}
	for name, test := range map[string]struct {
		change func(*workspace.Tab)
		want   string
	}{
		"state": {func(tab *workspace.Tab) { tab.Sources[0].State.Phase = informers.Stale }, "stale"},
		"columns": {func(tab *workspace.Tab) {
			tab.Sources[0].Columns = &model.Columns{List: []model.Column{{Name: "Other"}}}
		}, "OTHER"},
		"scope": {func(tab *workspace.Tab) { tab.Namespace = "" }, "NAMESPACE"},
	} {
		m.setSource(podTab(p.columns), view)
		m.View(now)
		tab := podTab(p.columns)
		test.change(&tab)
		m.setSource(tab, view)
		if got := ansi.Strip(m.View(now)); !strings.Contains(got, test.want) {
			t.Errorf("another %s, and there is no %q in\n%s", name, test.want, got)
		}
	}
}
