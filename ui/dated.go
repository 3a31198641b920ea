package ui

import (
	"slices"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/workspace"
)

// dated is the snapshot as it is at a moment of the local clock. In a recording the watches are those of its server, which is
// always there: that a type was not watched at the time, so that its rows are older, says the recording.
func (a *App) dated(now time.Time) workspace.Snapshot {
	s := a.snapshot
	if a.past.player == nil {
		return s
	}
	state := a.past.player.State()
	s.Tabs = slices.Clone(s.Tabs)
	for i := range s.Tabs {
		s.Tabs[i].Sources = slices.Clone(s.Tabs[i].Sources)
		if a.past.isRewind {
			s.Tabs[i] = datedRewind(s.Tabs[i], now.Sub(state.Now))
		} else {
			s.Tabs[i] = datedTab(s.Tabs[i], state, now)
		}
	}
	return s
}

func datedTab(tab workspace.Tab, state playback.State, now time.Time) workspace.Tab {
	for i := range tab.Sources {
		source := &tab.Sources[i]
		if source.State.Phase != informers.Live { // when that began, by the local clock, is no time of the recording
			source.State.Since, source.State.LastHeard = time.Time{}, time.Time{}
		}
		if source.State.Phase > informers.Live {
			continue
		}
		gap, ok := state.GapOf(source.Watch.GVR)
		if !ok {
			continue
		}
		// The screen shows local times by the recording's clock.
		from := now.Add(gap.From.Sub(state.Now))
		source.State = informers.State{
			Phase: informers.Stale, Type: source.State.Type, Synced: source.State.Synced,
			Since: from, LastHeard: from, Reason: "the recording has a gap: " + gap.Reason,
		}
	}
	return tab
}
