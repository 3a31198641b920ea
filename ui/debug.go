package ui

import (
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/ui/stats"
	"github.com/dogwatch/dogwatch/ui/text"
)

// readStats makes the figures of --debug-stats anew when it is time.
func (a *App) readStats(now time.Time) {
	if a.stats == nil {
		return
	}
	counts := stats.Counts{History: a.snapshot.History}
	for _, tab := range a.snapshot.Tabs {
		if tab.View != nil {
			counts.Changes += tab.View.Changes()
			counts.Merged += tab.View.Merged()
		}
	}
	a.stats.Read(now, counts)
}

// overlayStats lays the figures over the upper right of the body.
func (a *App) overlayStats(lines []string) {
	left := a.layout.width - stats.Width
	for i, line := range a.stats.View() {
		if i >= len(lines) {
			return
		}
		under := ansi.Truncate(lines[i], left, "")
		lines[i] = under + text.Spaces(left-ansi.StringWidth(under)) + line
	}
}
