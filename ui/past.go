package ui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/replay/playback"
)

// mostSteers is how many keys may wait while the player is on its way: holding one down must not go on for minutes.
const mostSteers = 8

// past is what the screen knows of the recording that it shows, where it shows one.
type past struct {
	player Playback
	// steering tells that keys go to the time first.
	steering bool
	// steers wait, the first is under way since a moment of the local clock.
	steers []steer
	since  time.Time
	// row numbers the steers that belong together: a seek begins a new row, and what comes of an older one is old.
	row int
	// told is how many of the recording's problems the user was told of.
	told int
	// at is the moment that was shown last, wentBack when, by the local clock, it went back last.
	at, wentBack time.Time
	// isRewind tells that it is a live cluster's past, isEnding that the present is asked for.
	isRewind, isEnding bool
}

// steer asks something of the player.
type steer func(context.Context, Playback) error

// steeredMsg tells that the player has done what it was asked, or why not.
type steeredMsg struct {
	row int
	err error
}

// ahead is how far the clock of what is shown is ahead of the local one.
func (a *App) ahead(now time.Time) time.Duration {
	switch {
	case a.past.player == nil:
		return a.changesAhead()
	case a.past.isRewind:
		return a.back(now) + a.changesAhead()
	}
	return a.past.player.State().Now.Sub(now)
}

// changesAhead is how far the clock by which times are told is ahead of the one by which changes are dated. Of a live cluster the former is the
// server's, and the latter the local one; a recording has one for both.
func (a *App) changesAhead() time.Duration {
	if a.past.player != nil && !a.past.isRewind {
		return 0
	}
	return a.snapshot.Ahead
}

// back is how far the moment that is shown of a live cluster's past is behind the local clock, as a time that is below 0.
func (a *App) back(now time.Time) time.Duration { return a.past.player.State().Now.Sub(now) }

// receivedAhead is ahead where cells are dated by the recording's time as they come, not by the local clock.
func (a *App) receivedAhead(now time.Time, ahead time.Duration) time.Duration {
	switch {
	case a.past.player == nil:
		return 0
	case a.past.isRewind:
		return a.back(now)
	}
	return ahead
}

// turned is how long it takes until the watches have noticed that time went back.
const turned = 2 * time.Second

// passOver takes for seen what differs because time went back, as at the end of a recording that begins anew: it is no news.
func (a *App) passOver() {
	if a.past.player == nil {
		return
	}
	now, state := a.opts.Now(), a.past.player.State()
	if state.Now.Before(a.past.at) {
		a.past.wentBack = now
		a.calm(now.Add(turned), &state)
	}
	a.past.at = state.Now
	if a.past.wentBack.IsZero() {
		return
	}
	for _, p := range a.pages {
		if now.Sub(a.past.wentBack) < turned || p.isListing() {
			p.look()
		}
	}
}

// calm has no rows marked until a moment where a recording has begun anew. Where the user has gone back, the marks say what differs.
func (a *App) calm(until time.Time, state *playback.State) {
	played := time.Duration(float64(turned) * max(state.Speed, 1))
	if a.past.isRewind || state.Paused || len(a.past.steers) > 0 || state.Now.Sub(state.Begin) > played {
		return
	}
	for _, p := range a.pages {
		if p.view != nil {
			p.view.Calm(until)
		}
	}
}

// steerTime gives the keys to the time, that of a live cluster's past if it is live.
func (a *App) steerTime() tea.Cmd {
	if a.past.player == nil {
		return a.beginRewind(nil)
	}
	a.past.steering = true
	return nil
}

// leaveTime takes the keys from the time. Of a live cluster it goes back to the present.
func (a *App) leaveTime() tea.Cmd {
	if a.past.isRewind {
		return a.endRewind()
	}
	a.past.steering = false
	return nil
}

// ofPast does what only the past can, and goes there first.
func (a *App) ofPast(do func() tea.Cmd) tea.Cmd {
	if a.past.player == nil {
		return a.beginRewind(do)
	}
	return do()
}

// steer has the player do something once it has done what it was asked before.
func (a *App) steer(do steer) tea.Cmd {
	if a.past.player == nil {
		return nil
	}
	if len(a.past.steers) >= mostSteers {
		return nil
	}
	a.past.steers = append(a.past.steers, do)
	if len(a.past.steers) > 1 {
		return nil
	}
	return a.nextSteer()
}

func (a *App) nextSteer() tea.Cmd {
	if len(a.past.steers) == 0 {
		return nil
	}
	a.past.since = a.opts.Now()
	do, row, ctx, player := a.past.steers[0], a.past.row, a.opts.Context, a.past.player
	return func() tea.Msg { return steeredMsg{row, do(ctx, player)} }
}

// seek goes to another place at once: what is under way or waits was meant from where the player was.
func (a *App) seek(do steer) tea.Cmd {
	a.past.steers = nil
	a.past.row++
	return a.steer(do)
}

// steered takes what came of it. Where one failed, those that wait are not what was meant any more.
func (a *App) steered(msg steeredMsg) tea.Cmd {
	if msg.row != a.past.row || len(a.past.steers) == 0 {
		return nil
	}
	a.past.steers = a.past.steers[1:]
	switch {
	case errors.Is(msg.err, playback.ErrNoMoment):
		a.status.Info("nothing more in that direction")
	case msg.err != nil:
		a.status.Error(msg.err.Error())
	default:
		return a.nextSteer()
	}
	a.past.steers = nil
	return nil
}

// timeAction does what steers the time. done tells whether it was such an action.
func (a *App) timeAction(action keymap.Action) (cmd tea.Cmd, done bool) {
	state := a.past.player.State()
	switch action {
	case keymap.Back:
		if a.focus() != keymap.Grid {
			return nil, false // the pane goes back first
		}
		return a.leaveTime(), true
	case keymap.LeaveTime:
		return a.leaveTime(), true
	case keymap.JumpToMoment:
		return a.startCommand("at "), true
	case keymap.ObjectBack:
		return a.steerToObject(playback.Back), true
	case keymap.ObjectForward:
		return a.steerToObject(playback.Forward), true
	case keymap.ToBegin:
		return a.seek(seekTo(state.Begin)), true
	case keymap.ToEnd:
		return a.seek(seekTo(state.End)), true
	case keymap.PlayPause:
		return a.setPaused(!state.Paused), true
	case keymap.Slower:
		return a.setSpeed(state.Speed / 2), true
	case keymap.Faster:
		return a.setSpeed(state.Speed * 2), true
	}
	do, ok := map[keymap.Action]steer{
		keymap.ChangeBack:    func(ctx context.Context, p Playback) error { return p.Step(ctx, playback.Back) },
		keymap.ChangeForward: func(ctx context.Context, p Playback) error { return p.Step(ctx, playback.Forward) },
		keymap.BusyBack:      func(ctx context.Context, p Playback) error { return p.SeekBusy(ctx, playback.Back) },
		keymap.BusyForward:   func(ctx context.Context, p Playback) error { return p.SeekBusy(ctx, playback.Forward) },
	}[action]
	if !ok {
		return nil, false
	}
	return a.steer(do), true
}

// setPaused and setSpeed wait for nothing that is under way: the player does them at once.
func (a *App) setPaused(paused bool) tea.Cmd {
	ctx, player := a.opts.Context, a.past.player
	return a.try(func() error {
		if err := player.SetPaused(ctx, paused); !errors.Is(err, playback.ErrSuperseded) {
			return err
		}
		return nil // playing from the beginning was overtaken by a seek
	})
}

func (a *App) setSpeed(times float64) tea.Cmd {
	ctx, player := a.opts.Context, a.past.player
	return a.try(func() error { return player.SetSpeed(ctx, times) })
}

func seekTo(at time.Time) steer {
	return func(ctx context.Context, p Playback) error { return p.Seek(ctx, at) }
}

// steerToObject goes to a change of the object under the cursor.
func (a *App) steerToObject(to playback.Direction) tea.Cmd {
	p := a.currentPage()
	if p == nil {
		return nil
	}
	row, _, ok := p.grid.Selected()
	if !ok || row.Source >= len(p.tab.Sources) {
		a.status.Info("no object is chosen")
		return nil
	}
	object := playback.Object{
		Resource:  p.tab.Sources[row.Source].Watch.GVR,
		Namespace: row.Object.Namespace, Name: row.Object.Name,
	}
	return a.steer(func(ctx context.Context, p Playback) error { return p.SeekChange(ctx, object, to) })
}

// jump goes to a moment that the user has named.
func (a *App) jump(to playback.Moment) tea.Cmd {
	zone, ahead := a.opts.Now().Location(), a.changesAhead()
	return a.seek(func(ctx context.Context, p Playback) error {
		s := p.State()
		s.Begin, s.Now, s.End = s.Begin.Add(ahead), s.Now.Add(ahead), s.End.Add(ahead)
		at := to.In(s, zone)
		if at.Before(s.Begin) || at.After(s.End) {
			return outsideError{at.In(zone), s.Begin.In(zone), s.End.In(zone)}
		}
		return p.Seek(ctx, at.Add(-ahead))
	})
}

// outsideError is a moment that is not known.
type outsideError struct{ at, begin, end time.Time }

func (e outsideError) Error() string {
	return e.at.Format(time.DateTime) + " is not known: what is goes from " +
		e.begin.Format(time.DateTime) + " to " + e.end.Format(time.DateTime)
}

// patience is how long the player may be on its way before the screen says so.
const patience = 200 * time.Millisecond

// refreshTime gives the line of the time what it shows, at a moment of the local clock.
func (a *App) refreshTime(now time.Time) {
	state := a.past.player.State()
	a.timebar.SetState(state, now.Location(), a.changesAhead())
	a.timebar.SetFocused(a.scope() == keymap.Time)
	a.timebar.SetSeeking(len(a.past.steers) > 0 && now.Sub(a.past.since) >= patience)
}

// timeNeedsTick tells how soon the line of the time looks different by itself.
func (a *App) timeNeedsTick(now time.Time) (time.Duration, bool) {
	if len(a.past.steers) > 0 && now.Sub(a.past.since) < patience {
		return patience - now.Sub(a.past.since), true
	}
	return a.timebar.NeedsTick()
}

// tellProblems says once what is wrong with the recording.
func (a *App) tellProblems() {
	if a.past.player == nil {
		return
	}
	problems := a.past.player.State().Problems
	switch n := len(problems) - a.past.told; {
	case n > 1:
		a.status.Error(fmt.Sprintf("%d problems, see dogwatch recording info; the last: %s", n, problems[len(problems)-1]))
	case n == 1:
		a.status.Error(problems[len(problems)-1])
	}
	a.past.told = len(problems)
}
