package stats

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestFiguresAreThoseSinceTheLastReading(t *testing.T) {
	m := New(theme.New(theme.Options{Dark: true, Colors: theme.TrueColor}))
	now := time.Date(2026, 11, 23, 14, 2, 31, 0, time.UTC)
	m.Drew(time.Hour)
	m.Read(now, Counts{Changes: 500})
	if len(m.View()) != 0 {
		t.Errorf("figures of no time at all: %q", m.View())
	}
	m.Drew(time.Millisecond)
	m.Drew(3 * time.Millisecond)
	m.Waited(2)
	m.Waited(7)
	m.Waited(1)
	m.Read(now.Add(Interval-1), Counts{Changes: 600})
	if len(m.View()) != 0 {
		t.Errorf("figures of less than the interval: %q", m.View())
	}
	m.Read(now.Add(2*time.Second), Counts{Changes: 900, Merged: 7, History: workspace.History{
		Changes: 1_167_389, Oldest: now.Add(-time.Hour), Bytes: 61_500_000, Limit: 64 << 20, Merged: 12345,
	}})
	screen := strings.Join(m.View(), "\n")
	for _, want := range []string{
		"frames      1/s", "frame time  2.00 ms, worst 3.00 ms", "changes     200/s", "queue       7 marks at most", "heap ", "goroutines ",
		"history     1,167,389 since 13:02:31", "  takes     61.5 of 67 MB", "merged      12,345 of it, 7 of rows",
	} {
		if !strings.Contains(screen, want) {
			t.Errorf("no %q in\n%s", want, screen)
		}
	}
	for _, line := range m.View() {
		if width := ansi.StringWidth(line); width != Width {
			t.Errorf("%q is %d wide", line, width)
		}
	}
	m.Read(now.Add(3*time.Second), Counts{Changes: 10})
	if screen := strings.Join(m.View(), "\n"); !strings.Contains(screen, "changes     0/s") || !strings.Contains(screen, "frames      0/s") || !strings.Contains(screen, "history     no changes") {
		t.Errorf("a view that is gone counts:\n%s", screen)
	}
}
