package tabs_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model/heat"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/tabs"
)

func TestHeatIsDrawnWhereThereIsRoomForThatOfAllTabs(t *testing.T) {
	m := tabs.New(theme.New(theme.Options{Colors: theme.None}), keymap.Default())
	list := []tabs.Tab{
		{ID: 1, Title: "po", Count: 3, State: informers.State{Phase: informers.Live}, IsWarm: true, Heat: heat.Minutes{0, 1, 5, 20, 80, 300, 1000, 1 << 31}},
		{ID: 2, Title: "no", Count: 1, State: informers.State{Phase: informers.Live}, IsWarm: true, Heat: heat.Minutes{-1, -1, -1, -1, -1, 0, 0, 0}},
		{ID: 3, Title: "ev", Count: 1, State: informers.State{Phase: informers.Live}},
	}
	shown := func(width int) string {
		m.SetSize(width, 1)
		m.SetTabs(list, 1, now)
		line := ansi.Strip(m.View())
		if got := ansi.StringWidth(line); got != width {
			t.Errorf("%d cells, want %d", got, width)
		}
		return line
	}
	if line := shown(60); !strings.Contains(line, "1 po 3 ▁▂▃▅▆▇██") || !strings.Contains(line, "2 no 1      ▁▁▁") || strings.Contains(line, "ev 1 ▁") {
		t.Errorf("shown is %q", line)
	}
	if line := shown(45); !strings.Contains(line, "1 po 3 ▆▇██ ") || !strings.Contains(line, "2 no 1  ▁▁▁ ") {
		t.Errorf("shown with little room is %q", line)
	}
	if line := shown(35); strings.Contains(line, "▁") || !strings.Contains(line, "3 ev 1") {
		t.Errorf("shown without room is %q", line)
	}
}
