package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
)

// The corner is there when it is asked for, changes nothing of the screen's size, and is nowhere else.
func TestDebugStatsStandInTheCorner(t *testing.T) {
	for _, asked := range []bool{false, true} {
		now := time.Date(2026, 11, 23, 14, 2, 31, 0, time.UTC)
		a := New(Options{
			Context: t.Context(), Keys: keymap.Default(), Log: logbuffer.New(1, 10, func() {}), DebugStats: asked,
			Now: func() time.Time { return now },
		})
		a.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
		a.Update(FrameMsg{Marks: 5})
		now = now.Add(time.Second)
		a.Update(tickMsg{now})
		content := a.View().Content
		for _, want := range []string{"frame time", "queue       5 marks", "goroutines"} {
			if strings.Contains(content, want) != asked {
				t.Errorf("asked for: %v, but as to %q the screen is\n%s", asked, want, ansi.Strip(content))
			}
		}
		for _, line := range strings.Split(content, "\n") {
			if width := ansi.StringWidth(line); width > 80 {
				t.Errorf("%d wide: %q", width, ansi.Strip(line))
			}
		}
	}
}
