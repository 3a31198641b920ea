package ui

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/workspace"
)

// Rewinder shows the past of a live cluster. Its methods are called in commands, off the program loop.
type Rewinder interface {
	// Begin has all tabs show the past, paused at the present moment. It gives what steers it, and what was unhealthy in it.
	Begin(ctx context.Context) (Playback, *problems.List, error)
	// End has them show the present again.
	End()
}

// rewoundMsg tells that the tabs show the past, in which then is to be done; or why they don't.
type rewoundMsg struct {
	player   Playback
	problems *problems.List
	then     func() tea.Cmd
	err      error
}

// presentMsg tells that the tabs are asked for the present again.
type presentMsg struct{}

// beginRewind goes into the past of a live cluster, and does something there; nil is nothing.
func (a *App) beginRewind(then func() tea.Cmd) tea.Cmd {
	rewinder, ctx := a.opts.Rewinder, a.opts.Context
	if rewinder == nil {
		a.status.Error("this has no past to go to: no changes are remembered (--history-memory is 0)")
		return nil
	}
	return func() tea.Msg {
		player, unhealthy, err := rewinder.Begin(ctx)
		return rewoundMsg{player, unhealthy, then, err}
	}
}

// rewound gives the keys to the time.
func (a *App) rewound(msg rewoundMsg) tea.Cmd {
	if msg.err != nil {
		a.status.Error(msg.err.Error())
		return nil
	}
	a.past = past{player: msg.player, steering: true, isRewind: true}
	a.problems.SetList(msg.problems)
	a.turnSignals()
	cmds := []tea.Cmd{a.turnTime()}
	if msg.then != nil {
		cmds = append(cmds, msg.then())
	}
	return tea.Batch(cmds...)
}

// endRewind asks for the present again. Until it is there the screen goes on to say that it shows the past.
func (a *App) endRewind() tea.Cmd {
	a.past.steering, a.past.isEnding = false, true
	end := a.opts.Rewinder.End
	return func() tea.Msg {
		end()
		return presentMsg{}
	}
}

// returned takes the screen to the present once the snapshot is of it.
func (a *App) returned() tea.Cmd {
	if !a.past.isEnding || a.snapshot.IsPast {
		return nil
	}
	a.past = past{}
	a.problems.SetList(a.opts.Problems)
	a.turnSignals()
	return a.turnTime()
}

// moment is the one that is shown of a live cluster's past, zero in the present. Of a recording all that is remembered has happened.
func (a *App) moment() time.Time {
	if !a.past.isRewind {
		return time.Time{}
	}
	return a.past.player.State().Now
}

// turnTime lays the screen out anew, which has a line more in the past, and has the pane tell of the other time.
func (a *App) turnTime() tea.Cmd {
	a.layout = a.newLayout(a.layout.width, a.layout.height)
	a.place()
	a.pane.history.SetMoment(a.moment()) // which reads the same of either time, so that a difference stays open
	return tea.Batch(a.pane.events.Hide(), a.pane.relations.Hide(), a.pane.why.Hide(), a.followChange())
}

// datedRewind is a tab whose watches' times the screen shows by the clock of the past.
func datedRewind(tab workspace.Tab, ago time.Duration) workspace.Tab {
	for i := range tab.Sources {
		s := &tab.Sources[i].State
		if s.Phase == informers.Live || s.LastHeard.IsZero() {
			continue
		}
		s.Since, s.LastHeard = s.Since.Add(ago), s.LastHeard.Add(ago)
	}
	return tab
}
