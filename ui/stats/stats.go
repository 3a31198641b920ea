// Package stats is the corner of the screen that --debug-stats asks for: what dogwatch itself takes, second by second.
package stats

import (
	"fmt"
	"math"
	"runtime/metrics"
	"time"

	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/phase"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// Width is how many cells the corner is wide.
const Width = 40

// Interval is the least time between two readings.
const Interval = time.Second

// Counts are what the rest of dogwatch has counted so far.
type Counts struct {
	// Changes is how many changes all views have taken, and Merged how many more they have not, as newer ones came at once.
	Changes, Merged uint64
	History         workspace.History
}

// Model collects and shows figures. It belongs to the program loop.
type Model struct {
	theme *theme.Theme
	// since the last reading
	read   time.Time
	frames int
	spent  time.Duration
	worst  time.Duration
	marks  int
	// changes is the count at the last reading.
	changes uint64
	lines   []string
}

// New makes a corner without figures.
func New(t *theme.Theme) *Model { return &Model{theme: t} }

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// Drew counts a frame that took so long to draw, without Bubble Tea's share.
func (m *Model) Drew(took time.Duration) {
	m.frames++
	m.spent += took
	m.worst = max(m.worst, took)
}

// Waited notes how many marks a frame has taken at once: they had waited for it.
func (m *Model) Waited(marks int) { m.marks = max(m.marks, marks) }

// Read makes the figures anew, unless it did less than Interval before. A number of changes below the last one counts as none.
func (m *Model) Read(now time.Time, counts Counts) {
	passed := now.Sub(m.read)
	if passed < Interval {
		return
	}
	if !m.read.IsZero() {
		m.lines = m.describe(passed.Seconds(), counts)
	}
	m.read, m.changes = now, counts.Changes
	m.frames, m.spent, m.worst, m.marks = 0, 0, 0, 0
}

func (m *Model) describe(seconds float64, counts Counts) []string {
	taken := uint64(0)
	if counts.Changes > m.changes {
		taken = counts.Changes - m.changes
	}
	each := time.Duration(0)
	if m.frames > 0 {
		each = m.spent / time.Duration(m.frames)
	}
	heap, goroutines := process()
	return []string{
		fmt.Sprintf("frames      %.0f/s", float64(m.frames)/seconds),
		fmt.Sprintf("frame time  %s, worst %s", short(each), short(m.worst)),
		fmt.Sprintf("changes     %.0f/s", float64(taken)/seconds),
		fmt.Sprintf("queue       %d marks at most", m.marks),
		fmt.Sprintf("heap        %.1f MB", float64(heap)/1e6),
		fmt.Sprintf("goroutines  %d", goroutines),
		"history     " + reach(counts.History),
		fmt.Sprintf("  takes     %.1f of %.0f MB", float64(counts.History.Bytes)/1e6, float64(counts.History.Limit)/1e6),
		fmt.Sprintf("merged      %s of it, %s of rows", phase.Count(int(counts.History.Merged)), phase.Count(int(counts.Merged))),
	}
}

// reach says how many changes are remembered, and since when by this machine's clock.
func reach(h workspace.History) string {
	if h.Oldest.IsZero() {
		return "no changes"
	}
	return phase.Count(h.Changes) + " since " + h.Oldest.Format(time.TimeOnly)
}

func short(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

// process asks the runtime for the bytes of live and dead objects and for the number of goroutines, without stopping anything.
func process() (heap, goroutines uint64) {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/sched/goroutines:goroutines"}}
	metrics.Read(samples)
	value := func(s metrics.Sample) uint64 {
		if s.Value.Kind() != metrics.KindUint64 {
			return math.MaxUint64 // a runtime that does not know it
		}
		return s.Value.Uint64()
	}
	return value(samples[0]), value(samples[1])
}

// View gives the corner's lines, each Width cells wide; none before the second reading.
func (m *Model) View() []string {
	lines := make([]string, len(m.lines))
	for i, line := range m.lines {
		lines[i] = m.theme.Dim.Render(text.Fit(" "+line, Width))
	}
	return lines
}
