package grid

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/model"
)

func TestPrintedAgesTick(t *testing.T) {
	const long = 90 * 24 * time.Hour
	columns := podColumns()
	columns.List[2].Kind = model.PrintedAge
	p := pods{columns}
	row := p.row("a", "1/1", "47h", "7 (118s ago)", long)
	row.Object.Received = now.Unix()
	unknown := p.row("b", "1/1", "<unknown>", "7 (2s ago)", long)
	m := shown(t, podTab(p.columns), &fakeView{rows: []model.Row{row, unknown}}, 80, 11)
	for _, step := range []struct {
		after time.Duration
		want  string
		next  time.Duration
	}{
		{-time.Minute, "47h 7 (118s ago)", time.Second}, // a clock that was put back
		{0, "47h 7 (118s ago)", time.Second},
		{2 * time.Second, "47h 7 (2m ago)", time.Second},
		{time.Hour, "2d 7 (61m ago)", 2 * time.Second},
		{6*time.Hour + 59*time.Minute, "2d5h 7 (7h ago)", 2 * time.Second},
		{13 * time.Hour, "2d12h 7 (13h ago)", time.Hour - 118*time.Second},
	} {
		at := now.Add(step.after)
		lines := strings.Split(ansi.Strip(m.View(at)), "\n")
		if got := strings.Join(strings.Fields(lines[1]), " "); !strings.Contains(got, step.want) {
			t.Errorf("after %v the row is %q, want %q in it", step.after, got, step.want)
		}
		if d, ok := m.NeedsTick(at); !ok || d > step.next {
			t.Errorf("after %v the next tick is in %v, %v; want %v at most", step.after, d, ok, step.next)
		}
		if got := strings.Join(strings.Fields(lines[2]), " "); !strings.Contains(got, "<unknown> 7 (2s ago)") {
			t.Errorf("after %v the row of unknown age is %q", step.after, got)
		}
	}
}

func TestAgesFollowTheServersClock(t *testing.T) {
	p := pods{podColumns()}
	m := shown(t, podTab(p.columns), &fakeView{rows: []model.Row{p.row("a", "1/1", "Running", "0", 10*time.Second)}}, 80, 11)
	m.SetClock(time.Minute, 0)
	if got := ansi.Strip(m.View(now)); !strings.Contains(got, "70s") {
		t.Errorf("no age of 70s in\n%s", got)
	}
}

// A row that went because time went back has no age: it was not made yet.
func TestWhatWasNotMadeYetHasNoAge(t *testing.T) {
	p := pods{podColumns()}
	row := p.row("a", "1/1", "Running", "0", 10*time.Second)
	row.Mark, row.MarkedAt = model.Gone, now
	m := shown(t, podTab(p.columns), &fakeView{rows: []model.Row{row}}, 80, 11)
	for back, want := range map[time.Duration]string{0: "10s", 40 * time.Second: "0"} {
		m.SetClock(-back, -back)
		fields := strings.Fields(strings.Split(ansi.Strip(m.View(now)), "\n")[1])
		if got := fields[len(fields)-1]; got != want {
			t.Errorf("%s back the row ends with %q, want %q", back, got, want)
		}
	}
}

// In a recording that stands still, an age in a cell stands still as well.
func TestAgesInCellsFollowTheClockThatDatesThem(t *testing.T) {
	p := pods{podColumns()}
	row := p.row("a", "1/1", "Running", "2 (12s ago)", time.Hour)
	row.Object.Received = now.Unix()
	m := shown(t, podTab(p.columns), &fakeView{rows: []model.Row{row}}, 80, 11)
	for passed, want := range map[time.Duration]string{0: "2 (12s ago)", 10 * time.Second: "2 (22s ago)"} {
		for local := range 3 {
			at := now.Add(time.Duration(local) * time.Minute)
			ahead := now.Add(passed).Sub(at)
			m.SetClock(ahead, ahead)
			if got := ansi.Strip(m.View(at)); !strings.Contains(got, want) {
				t.Errorf("%s later there, %s here: no %s in\n%s", passed, at.Sub(now), want, got)
			}
		}
	}
}
