package grid

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
)

// selected is the name under the cursor.
func selected(t *testing.T, m *Model) string {
	t.Helper()
	row, _, ok := m.Selected()
	if !ok {
		return ""
	}
	return row.Object.Name
}

// cursorLine is the line of the screen that has the cursor's mark, -1 for none.
func cursorLine(m *Model) int {
	for i, line := range strings.Split(ansi.Strip(m.View(now)), "\n") {
		if strings.HasPrefix(line, "▌") {
			return i
		}
	}
	return -1
}

func TestCursorStaysOnItsObjectAndItsLine(t *testing.T) {
	p := pods{podColumns()}
	view := &fakeView{rows: p.many(100)}
	m := shown(t, podTab(p.columns), view, 80, 11)
	m.Do(keymap.PageDown)
	m.Do(keymap.Down)
	name, line := selected(t, m), cursorLine(m)
	if name != "api-00011" || line < 1 {
		t.Fatalf("on %s, line %d", name, line)
	}
	view.insert(0, p.row("a", "1/1", "Running", "0", 0), p.row("b", "1/1", "Running", "0", 0))
	view.remove(5)
	if got := selected(t, m); got != name {
		t.Errorf("rows came above the cursor and it went from %s to %s", name, got)
	}
	if got := cursorLine(m); got != line {
		t.Errorf("the cursor moved from line %d to %d", line, got)
	}
}

func TestNewRowsAtTheTopComeIntoSight(t *testing.T) {
	p := pods{podColumns()}
	view := &fakeView{rows: p.many(5)}
	m := shown(t, podTab(p.columns), view, 80, 11)
	m.View(now)
	view.insert(0, p.row("a-first", "1/1", "Running", "0", 0))
	if got := m.View(now); !strings.Contains(got, "a-first") {
		t.Errorf("the new first row is not shown:\n%s", got)
	}
	if got := selected(t, m); got != "api-00000" {
		t.Errorf("the cursor went to %s", got)
	}
}

func TestCursorStaysOnTopWhileTheListComesIn(t *testing.T) {
	p := pods{podColumns()}
	tab := podTab(p.columns)
	tab.Sources[0].State = informers.State{Phase: informers.Listing}
	view := &fakeView{rows: p.many(3)[1:]}
	m := shown(t, tab, view, 80, 11)
	m.View(now)
	view.insert(0, p.many(1)...)
	if got := selected(t, m); got != "api-00000" {
		t.Errorf("on %s, want the first row", got)
	}
	m.Do(keymap.Down)
	view.insert(0, p.row("a-first", "1/1", "Running", "0", 0))
	if got := selected(t, m); got != "api-00001" {
		t.Errorf("the user chose api-00001, and the cursor went to %s", got)
	}
}

// Lists are complete a moment before the view has taken all of them in.
func TestCursorStaysOnTopUntilTheViewHasAll(t *testing.T) {
	p := pods{podColumns()}
	tab := podTab(p.columns)
	tab.Sources[0].Count = 2
	view := &fakeView{rows: []model.Row{p.row("m", "1/1", "Running", "0", time.Hour)}}
	m := shown(t, tab, view, 80, 11)
	m.View(now)
	view.rows = []model.Row{p.row("a", "1/1", "Running", "0", time.Hour), view.rows[0]}
	view.version++
	m.setSource(tab, view)
	m.View(now)
	if row, _, ok := m.Selected(); !ok || row.Object.Name != "a" {
		t.Errorf("the cursor is on %q", row.Object.Name)
	}
}

func TestCursorGoesToTheRowThatTakesThePlace(t *testing.T) {
	p := pods{podColumns()}
	view := &fakeView{rows: p.many(5)}
	m := shown(t, podTab(p.columns), view, 80, 11)
	m.Do(keymap.Down)
	m.Do(keymap.Down)
	view.remove(2)
	if got := selected(t, m); got != "api-00003" {
		t.Errorf("on %s, want api-00003", got)
	}
	m.Do(keymap.Bottom)
	view.remove(3)
	if got := selected(t, m); got != "api-00003" {
		t.Errorf("the last row went: on %s, want the new last one", got)
	}
	view.set()
	if got := selected(t, m); got != "" {
		t.Errorf("on %s in an empty list", got)
	}
}

func TestMoving(t *testing.T) {
	p := pods{podColumns()}
	m := shown(t, podTab(p.columns), &fakeView{rows: p.many(100)}, 80, 11)
	for _, step := range []struct {
		action keymap.Action
		want   string
	}{
		{keymap.Down, "api-00001"},
		{keymap.Up, "api-00000"},
		{keymap.Up, "api-00000"},
		{keymap.PageDown, "api-00010"},
		{keymap.HalfDown, "api-00015"},
		{keymap.HalfUp, "api-00010"},
		{keymap.PageUp, "api-00000"},
		{keymap.Bottom, "api-00099"},
		{keymap.PageDown, "api-00099"},
		{keymap.Top, "api-00000"},
	} {
		m.Do(step.action)
		if got := selected(t, m); got != step.want {
			t.Errorf("after %s on %s, want %s", step.action, got, step.want)
		}
		if line := cursorLine(m); line < 1 {
			t.Errorf("after %s the cursor is out of sight", step.action)
		}
	}
	if at, of := m.Position(); at != 1 || of != 100 {
		t.Errorf("position %d of %d", at, of)
	}
}

func TestWheelKeepsTheCursorInSight(t *testing.T) {
	p := pods{podColumns()}
	m := shown(t, podTab(p.columns), &fakeView{rows: p.many(100)}, 80, 11)
	m.Scroll(3)
	if got, line := selected(t, m), cursorLine(m); got != "api-00003" || line != 1 {
		t.Errorf("on %s, line %d", got, line)
	}
	m.Scroll(-3)
	if got, line := selected(t, m), cursorLine(m); got != "api-00003" || line != 4 {
		t.Errorf("on %s, line %d", got, line)
	}
	m.Scroll(1000)
	if got := m.View(now); !strings.Contains(got, "api-00099") {
		t.Errorf("the end is not in sight:\n%s", got)
	}
}

func TestClickSelectsARowOrSortsByAHead(t *testing.T) {
	p := pods{podColumns()}
	view := &fakeView{rows: p.many(5)}
	m := shown(t, podTab(p.columns), view, 80, 11)
	m.View(now)
	if !m.Click(4, 3) || selected(t, m) != "api-00002" {
		t.Errorf("on %s, want api-00002", selected(t, m))
	}
	if m.Click(4, 9) {
		t.Error("a click below the rows hit one")
	}
	status := strings.Index(ansi.Strip(m.View(now)), "STATUS")
	m.Click(status+1, 0)
	if diff := cmp.Diff([]model.SortKey{{Column: "Status"}}, view.spec.Sort); diff != "" {
		t.Error(diff)
	}
	m.View(now)
	m.Click(status+1, 0)
	if diff := cmp.Diff([]model.SortKey{{Column: "Status", Descending: true}}, view.spec.Sort); diff != "" {
		t.Error(diff)
	}
}

func TestSorting(t *testing.T) {
	p := pods{podColumns()}
	view := &fakeView{rows: p.many(5)}
	m := shown(t, podTab(p.columns), view, 120, 11)
	for _, step := range []struct {
		action keymap.Action
		want   []model.SortKey
		head   string
	}{
		{keymap.SortReverse, []model.SortKey{{Column: "Name", Descending: true}}, "NAME ↓ "},
		{keymap.SortNext, []model.SortKey{{Column: "Ready"}}, "READY ↑ "},
		{keymap.SortNext, []model.SortKey{{Column: "Status"}}, "STATUS ↑ "},
		{keymap.SortAdd, []model.SortKey{{Column: "Status"}, {Column: "Restarts"}}, "STATUS ↑1   RESTARTS ↑2 "},
		{keymap.SortReverse, []model.SortKey{{Column: "Status"}, {Column: "Restarts", Descending: true}}, "RESTARTS ↓2 "},
		{keymap.SortPrev, []model.SortKey{{Column: "Status"}, {Column: "Ready"}}, "READY ↑2   STATUS ↑1 "},
		{keymap.SortPrev, []model.SortKey{{Column: "Status"}, {Column: "Name"}}, "NAME ↑2 "},
		{keymap.SortPrev, []model.SortKey{{Column: "Status"}, {Column: "Age"}}, " AGE ↑2"},
		{keymap.SortReset, nil, "NAME ↑ "},
	} {
		m.Do(step.action)
		if diff := cmp.Diff(step.want, view.spec.Sort); diff != "" {
			t.Errorf("%s: %s", step.action, diff)
		}
		head, _, _ := strings.Cut(ansi.Strip(m.View(now)), "\n")
		if !strings.Contains(head, step.head) {
			t.Errorf("%s: the head is %q, want %q in it", step.action, head, step.head)
		}
	}
}

func TestColumnsGrowAtOnceAndShrinkWhenIdle(t *testing.T) {
	p := pods{podColumns()}
	short, long := p.row("a", "1/1", "Running", "0", 100*24*time.Hour), p.row("a", "1/1", "ContainerCreating", "0", 100*24*time.Hour)
	view := &fakeView{}
	m := shown(t, podTab(p.columns), view, 80, 11)
	restarts := func(at time.Time) int { return strings.Index(ansi.Strip(m.View(at)), "RESTARTS") }

	view.set(short)
	narrow := restarts(now)
	view.set(long)
	wide := restarts(now)
	if wide <= narrow {
		t.Fatalf("RESTARTS at %d, then %d: the column did not grow", narrow, wide)
	}
	view.set(short)
	if got := restarts(now.Add(time.Minute)); got != wide {
		t.Errorf("RESTARTS jumped from %d to %d as a row changed", wide, got)
	}
	if got := restarts(now.Add(48 * time.Hour)); got != narrow {
		t.Errorf("RESTARTS at %d in an idle list, want %d", got, narrow)
	}
}

func TestCopyName(t *testing.T) {
	p := pods{podColumns()}
	m := shown(t, podTab(p.columns), &fakeView{rows: p.many(3)}, 80, 11)
	m.Do(keymap.Down)
	var copied string
	for _, cmd := range m.Do(keymap.CopyName)().(tea.BatchMsg) {
		if msg, ok := cmd().(CopiedMsg); ok {
			copied = msg.Name
		}
	}
	if copied != "api-00001" {
		t.Errorf("copied %q", copied)
	}
}

func TestNothingIsDrawnAgainUntilSomethingChanges(t *testing.T) {
	p := pods{podColumns()}
	view := &fakeView{rows: []model.Row{p.row("old", "1/1", "Running", "0", 90*24*time.Hour)}}
	m := shown(t, podTab(p.columns), view, 80, 11)
	m.View(now)
	reads := view.reads
	m.View(now.Add(time.Hour))
	if view.reads != reads {
		t.Error("an age in days was drawn again within the hour")
	}
	if d, ok := m.NeedsTick(now); !ok || d != 24*time.Hour {
		t.Errorf("next tick in %v, %v; want a day", d, ok)
	}
	view.set(p.row("young", "1/1", "Running", "0", 5*time.Second))
	m.View(now)
	if view.reads == reads {
		t.Error("the view changed and was not drawn")
	}
	if d, ok := m.NeedsTick(now); !ok || d != time.Second {
		t.Errorf("next tick in %v, %v; want a second", d, ok)
	}
	if got := m.View(now.Add(2 * time.Second)); !strings.Contains(got, "7s") {
		t.Errorf("the age did not tick:\n%s", ansi.Strip(got))
	}
}

func TestMarksAndFlashesEnd(t *testing.T) {
	p := pods{podColumns()}
	changed, added := p.row("a", "1/1", "Running", "0", 90*24*time.Hour), p.row("b", "1/1", "Running", "0", 90*24*time.Hour)
	changed.Mark, changed.MarkedAt, changed.ChangedCells = model.Changed, now, 1<<2
	added.Mark, added.MarkedAt = model.New, now
	first := p.row("0", "1/1", "Running", "0", 90*24*time.Hour)
	m := shown(t, podTab(p.columns), &fakeView{rows: []model.Row{first, changed, added}}, 80, 11)
	l := m.look
	for _, step := range []struct {
		after time.Duration
		next  time.Duration
		flash flash
		marks string
	}{
		{0, model.FlashFor, changedNow, "~+"},
		{model.FlashFor, model.NewFor - model.FlashFor, changedLately, "~+"},
		{model.NewFor, model.ChangedFor - model.NewFor, changedLately, "~ "},
		{model.ChangedFor, 24*time.Hour - model.ChangedFor, unchanged, "  "},
	} {
		at := now.Add(step.after)
		view := m.View(at)
		lines := strings.Split(ansi.Strip(view), "\n")
		if got := lines[2][:1] + lines[3][:1]; got != step.marks {
			t.Errorf("after %v the marks are %q, want %q", step.after, got, step.marks)
		}
		if want := l.ink[plainGround][fine][step.flash].Render("Running"); !strings.Contains(view, want) {
			t.Errorf("after %v there is no %q in\n%q", step.after, want, view)
		}
		if d, ok := m.NeedsTick(at); !ok || d != step.next {
			t.Errorf("after %v the next tick is in %v, want %v", step.after, d, step.next)
		}
	}
}

func TestARowThatRecoversSaysSoForAMoment(t *testing.T) {
	p := pods{podColumns()}
	first, well := p.row("0", "1/1", "Running", "0", 90*24*time.Hour), p.row("a", "1/1", "Running", "0", 90*24*time.Hour)
	well.Mark, well.MarkedAt, well.Recovered = model.Changed, now, true
	m := shown(t, podTab(p.columns), &fakeView{rows: []model.Row{first, well}}, 80, 11)
	for _, step := range []struct {
		after time.Duration
		tone  tone
		mark  string
	}{
		{0, recovered, "✓"},
		{model.FlashFor - 1, recovered, "✓"},
		{model.FlashFor, fine, "~"},
		{model.ChangedFor, fine, " "},
	} {
		line := strings.Split(m.View(now.Add(step.after)), "\n")[2]
		if got := ansi.Strip(line); !strings.HasPrefix(got, step.mark) {
			t.Errorf("after %v the row is %q, want the mark %q", step.after, got, step.mark)
		}
		if want := m.look.ink[plainGround][step.tone][unchanged].Render("Running"); !strings.Contains(line, want) {
			t.Errorf("after %v there is no %q in %q", step.after, want, line)
		}
	}
	m.Do(keymap.Down)
	if bar := m.look.bar[cursorGround][recovered].Render("▌"); !strings.Contains(m.View(now), bar) {
		t.Errorf("the cursor's bar is not %q", bar)
	}
	well.Object.Health.Level = model.Unhealthy
	if got := toneOf(&well, now); got != unhealthy {
		t.Errorf("an unhealthy row has tone %d", got)
	}
}

func TestRowsOfOtherColumnsFindTheirCells(t *testing.T) {
	before := &model.Columns{List: []model.Column{{Name: "Name", IsName: true}, {Name: "Value"}}}
	after := &model.Columns{List: []model.Column{{Name: "Name", IsName: true}, {Name: "Unit"}, {Name: "Value"}}}
	old := model.Row{Object: &model.Object{Key: model.Key{Name: "a"}, Columns: before, Cells: []string{"a", "42"}}}
	m := shown(t, podTab(after), &fakeView{rows: []model.Row{old}}, 80, 11)
	line := strings.Split(ansi.Strip(m.View(now)), "\n")
	if at := strings.Index(line[0], "VALUE"); !strings.HasPrefix(line[1][at:], "42") {
		t.Errorf("42 is not under VALUE:\n%s\n%s", line[0], line[1])
	}
}

func TestNewViewKeepsFilterAndOrder(t *testing.T) {
	p := pods{podColumns()}
	m := shown(t, podTab(p.columns), &fakeView{rows: p.many(3)}, 80, 11)
	m.SetFilter(model.ParseFilter("api"))
	m.Do(keymap.SortReverse)
	other := &fakeView{rows: p.many(3)}
	m.setSource(podTab(p.columns), other)
	if other.spec.Filter.String() != "api" || len(other.spec.Sort) != 1 {
		t.Errorf("the new view has %+v", other.spec)
	}
}
