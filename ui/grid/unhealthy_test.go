package grid

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
)

func TestNextUnhealthyGoesRound(t *testing.T) {
	p := pods{podColumns()}
	rows := p.many(2000)
	for _, i := range []int{3, 1500} {
		rows[i].Object.Health = model.Health{Level: model.Unhealthy}
	}
	m := shown(t, podTab(p.columns), &fakeView{rows: rows}, 80, 11)
	for _, want := range []string{"api-00003", "api-01500", "api-00003"} {
		m.Found(m.Do(keymap.NextUnhealthy)().(FoundMsg))
		if got := selected(t, m); got != want {
			t.Errorf("on %s, want %s", got, want)
		}
	}
	healthy := shown(t, podTab(p.columns), &fakeView{rows: p.many(10)}, 80, 11)
	if msg := healthy.Do(keymap.NextUnhealthy)().(FoundMsg); msg.OK {
		t.Errorf("found %v", msg.Row)
	}
}

func TestNextUnhealthyPassesOverWhatIsDeletedOrOnItsWay(t *testing.T) {
	p := pods{podColumns()}
	rows := p.many(6)
	for i, row := range map[int]model.Row{
		1: {Mark: model.Gone, Object: &model.Object{Health: model.Health{Level: model.Unhealthy}}},
		2: {Object: &model.Object{Health: model.Health{Level: model.Progressing}}},
		4: {Object: &model.Object{Health: model.Health{Level: model.Unhealthy}}},
	} {
		rows[i].Mark, rows[i].Object.Health = row.Mark, row.Object.Health
	}
	m := shown(t, podTab(p.columns), &fakeView{rows: rows}, 80, 11)
	for _, from := range []keymap.Action{keymap.Top, keymap.Bottom, keymap.Up} {
		m.Do(from)
		m.Found(m.Do(keymap.NextUnhealthy)().(FoundMsg))
		if got := selected(t, m); got != "api-00004" {
			t.Errorf("from %s to %s, want api-00004", from, got)
		}
	}
}

func TestNextUnhealthyWhereNoneIsToBeFound(t *testing.T) {
	p := pods{podColumns()}
	empty := shown(t, podTab(p.columns), &fakeView{}, 80, 11)
	if msg := empty.Do(keymap.NextUnhealthy)().(FoundMsg); msg.OK || msg.Hidden != 0 {
		t.Errorf("an empty list answers %+v", msg)
	}
	if cmd := shown(t, podTab(p.columns), nil, 80, 11).Do(keymap.NextUnhealthy); cmd != nil {
		t.Error("a tab without a view searches")
	}
	view := &fakeView{rows: p.many(3)}
	m := shown(t, podTab(p.columns), view, 80, 11)
	m.Do(keymap.Bottom)
	view.rows[0].Object.Health.Level = model.Unhealthy
	msg := m.Do(keymap.NextUnhealthy)().(FoundMsg)
	view.remove(0)
	m.Found(msg)
	if got := selected(t, m); got != "api-00002" {
		t.Errorf("what was found has gone, and the cursor went to %s", got)
	}
	m.Found(FoundMsg{Tab: 99, Row: view.rows[0].ID(), OK: true})
	if got := selected(t, m); got != "api-00002" {
		t.Errorf("the answer was for another tab, and the cursor went to %s", got)
	}
}

// That an object is in trouble is said as long as it is, also while it changes: its cells show that.
func TestAnUnhealthyRowKeepsItsMarkWhileItChanges(t *testing.T) {
	p := pods{podColumns()}
	first, ill := p.row("0", "1/1", "Running", "0", time.Hour), p.row("a", "0/1", "Error", "1", time.Hour)
	ill.Object.Health.Level = model.Unhealthy
	ill.Mark, ill.MarkedAt = model.Changed, now
	m := shown(t, podTab(p.columns), &fakeView{rows: []model.Row{first, ill}}, 80, 11)
	if got := ansi.Strip(strings.Split(m.View(now), "\n")[2]); !strings.HasPrefix(got, "!") {
		t.Errorf("the row is %q", got)
	}
}
