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
	var changes uint64
	for _, tab := range a.snapshot.Tabs {
		if tab.View != nil {
			changes += tab.View.Changes()
		}
	}
	a.stats.Read(now, changes)
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
