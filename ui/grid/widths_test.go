package grid

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
)

func headOf(m *Model, at time.Time) string {
	head, _, _ := strings.Cut(ansi.Strip(m.View(at)), "\n")
	return head
}

// TestColumnsStandStillUnderChurn shows what a busy namespace shows: a pod that
// comes now and then, with another name, another status and some restarts, and
// between that seconds in which only ages tick.
func TestColumnsStandStillUnderChurn(t *testing.T) {
	p := pods{podColumns()}
	steady := p.many(5)
	guests := []model.Row{
		p.row("batch-28840-lq9fp", "0/1", "ContainerCreating", "0", time.Second),
		p.row("a", "1/1", "Running", "12 (3h12m ago)", time.Second),
		p.row("cart-5f6b9d7c4-m2v7x-with-a-name-that-is-longer-than-there-is-room", "1/1", "Running", "0", time.Second),
		p.row("b", "1/1", "CrashLoopBackOff", "0", time.Second),
	}
	view := &fakeView{rows: steady}
	tab := podTab(p.columns)
	m := shown(t, tab, view, 80, 11)
	heads := map[string]bool{}
	at := now
	second := func(n int) {
		if n%8 == 0 {
			view.set(append(steady[:5:5], guests[n/8%len(guests)])...)
		}
		if n%8 == 6 {
			view.set(steady...)
		}
		m.setSource(tab, view) // as each frame does
		heads[headOf(m, at)] = true
		at = at.Add(time.Second)
	}
	for n := range 8 * len(guests) {
		second(n)
	}
	last := headOf(m, at)
	clear(heads)
	for n := range 10 * 8 * len(guests) {
		second(n)
	}
	if len(heads) != 1 || !heads[last] {
		t.Errorf("the columns moved from\n%q to one of\n%v", last, heads)
	}
	if d, ok := m.NeedsTick(at); !ok || d > shrinkAfter {
		t.Errorf("next tick in %v, %v: the columns will not shrink", d, ok)
	}
	for range int(shrinkAfter / time.Second) {
		at = at.Add(time.Second)
		m.View(at)
	}
	narrow := headOf(m, at)
	if narrow == last {
		t.Errorf("an idle list keeps widths that nothing needs: %q", narrow)
	}
	if got := headOf(m, at.Add(time.Hour)); got != narrow {
		t.Errorf("the columns moved again:\n%q\nthen\n%q", narrow, got)
	}
}

func TestColumnsStandStillWhileTheUserScrolls(t *testing.T) {
	p := pods{podColumns()}
	rows := p.many(100)
	rows[3] = p.row("api-00003", "1/1", "ContainerCreating", "7 (12s ago)", time.Minute)
	m := shown(t, podTab(p.columns), &fakeView{rows: rows}, 80, 11)
	head := headOf(m, now)
	m.View(now.Add(time.Minute))
	m.Do(keymap.PageDown)
	m.Do(keymap.PageDown)
	if got := headOf(m, now.Add(time.Minute)); got != head {
		t.Errorf("the columns moved:\n%q\nthen\n%q", head, got)
	}
	if got := headOf(m, now.Add(time.Minute+shrinkAfter)); got == head {
		t.Error("the columns keep widths that nothing in sight needs")
	}
}

func TestColumnsStandStillWhileAFilterIsTyped(t *testing.T) {
	p := pods{podColumns()}
	view := &fakeView{rows: p.shop()}
	m := shown(t, podTab(p.columns), view, 80, 11)
	head := headOf(m, now)
	m.SetFilter(model.ParseFilter("web"))
	view.set(p.shop()[7])
	if got := headOf(m, now); got != head {
		t.Errorf("the columns moved:\n%q\nthen\n%q", head, got)
	}
}

func TestHeadTellsOfColumnsThatAreLeftOut(t *testing.T) {
	p := pods{podColumns()}
	for width := 30; width <= 220; width++ {
		m := shown(t, podTab(p.columns), &fakeView{rows: p.shop()}, width, 11)
		m.Do(keymap.ToggleWide)
		for scrolled := range len(m.columns) {
			head := headOf(m, now)
			last := m.placed[len(m.placed)-1]
			whole := last.column == len(m.columns)-1 && last.width >= m.columns[last.column].width
			if got := strings.HasSuffix(head, " ›"); got == whole {
				t.Fatalf("%d cells, scrolled by %d: all is in sight: %v, and the head is %q", width, scrolled, whole, head)
			}
			if got := strings.HasPrefix(head, "‹"); got != (m.scroll > 0) {
				t.Fatalf("%d cells, scrolled by %d: the head is %q", width, m.scroll, head)
			}
			if w := ansi.StringWidth(head); w != width {
				t.Fatalf("the head is %d cells wide, want %d: %q", w, width, head)
			}
			m.Do(keymap.ScrollRight)
		}
	}
}
