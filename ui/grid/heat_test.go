package grid

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/heat"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/golden"
)

// fakeHeat has counts by name.
type fakeHeat struct {
	of      map[string]heat.Minutes
	version uint64
	reads   int
	moment  time.Time // of the last read
}

func (h *fakeHeat) Version() uint64 { return h.version }

func (h *fakeHeat) Of(_ informers.Identity, key model.Key, now time.Time) heat.Minutes {
	h.reads++
	h.moment = now
	return h.of[key.Name]
}

func shopHeat() *fakeHeat {
	return &fakeHeat{of: map[string]heat.Minutes{
		"api-7c9d8b6f5-2xk4p": {1, 2, 4, 8, 16, 32, 64, 128},
		"api-7c9d8b6f5-9qzrt": {-1, -1, -1, 3, 0, 7, 0, 1 << 30},
		"batch-28841-x7k2m":   {-1, -1, -1, -1, -1, -1, -1, 4},
	}}
}

func TestHeatOfRows(t *testing.T) {
	p := pods{podColumns()}
	for _, s := range []size{{60, 13}, {80, 21}, {120, 30}} {
		m := shown(t, podTab(p.columns), &fakeView{rows: p.shop()}, s.width, s.height)
		m.SetHeat(shopHeat())
		m.Do(keymap.Down)
		golden.Screen(t, "heat-"+s.String(), m.View(now), s.width, s.height)
	}
	for name, o := range map[string]theme.Options{"dark": {Dark: true}, "ansi16": {Dark: true, Colors: theme.ANSI16}, "none": {Colors: theme.None}} {
		m := shown(t, podTab(p.columns), &fakeView{rows: p.shop()}, 80, 12)
		m.SetTheme(theme.New(o))
		m.SetHeat(shopHeat())
		golden.Styled(t, "heat-"+name, m.View(now), 80, 12)
	}
}

func TestHeatIsReadAnewWhenItIsAnother(t *testing.T) {
	p, h := pods{podColumns()}, shopHeat()
	m := shown(t, podTab(p.columns), &fakeView{rows: p.many(5000)}, 80, 12)
	before := m.View(now)
	m.SetHeat(h)
	m.View(now)
	if visible := m.rows; h.reads != visible {
		t.Errorf("%d reads for %d rows in sight", h.reads, visible)
	}
	reads := h.reads
	if m.View(now); h.reads != reads {
		t.Error("nothing has changed, and it is read again")
	}
	h.of["api-00001"], h.version = heat.Minutes{7: 1}, 1
	if got := ansi.Strip(m.View(now)); !strings.Contains(got, "·······▁") {
		t.Errorf("no change in\n%s", got)
	}
	if wait, ok := m.NeedsTick(now); !ok || wait > 29*time.Second {
		t.Errorf("it is drawn again in %v (%v), and not with the next minute", wait, ok)
	}
	m.SetClock(0, -time.Hour)
	if m.View(now); !h.moment.Equal(now.Add(-time.Hour)) {
		t.Errorf("of a recording the moment is %v", h.moment)
	}
	m.SetClock(0, 0)
	m.SetHeat(nil)
	if got := m.View(now); got != before {
		t.Errorf("without heat it is\n%s", got)
	}
}

func TestRowsAreNotSortedByHeat(t *testing.T) {
	p := pods{podColumns()}
	view := &fakeView{rows: p.shop()}
	m := shown(t, podTab(p.columns), view, 120, 12)
	m.SetHeat(shopHeat())
	m.Do(keymap.SortNext)
	if got := fmt.Sprint(view.spec.Sort); got != "[{Ready false}]" {
		t.Errorf("sorted by %s", got)
	}
	head := strings.Split(ansi.Strip(m.View(now)), "\n")[0]
	m.clickHead(strings.Index(head, "HEAT"))
	if got := fmt.Sprint(view.spec.Sort); got != "[{Ready false}]" {
		t.Errorf("after a click sorted by %s", got)
	}
}
