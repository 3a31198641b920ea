package ui

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/ui/phase"
	"github.com/dogwatch/dogwatch/ui/prompt"
	"github.com/dogwatch/dogwatch/ui/signals"
)

// Signals has rules applied to what the tabs watch. List and State are cheap and are called while drawing; the others are called in commands. All
// are safe for concurrent use.
type Signals interface {
	// List is what the rules tell. It is the same all the time.
	List() *signal.List
	State() SignalsState
	// Start begins to apply rules, or tries that again now where it does not succeed, as State tells. Where they are applied it does nothing.
	Start(ctx context.Context)
	// Mute hides a signal from now on, or all of its rule, or shows them again. What it says is for the user.
	Mute(s *signal.Signal, rule bool) (said string, err error)
	// ToggleTypes has the types watched that the rules are about that dogwatch comes with, or no longer. What it says is for the user.
	ToggleTypes() (said string, err error)
}

// SignalsState is how it goes.
type SignalsState struct {
	// Since is when rules began to be applied, by the local clock; zero before.
	Since time.Time
	// Err is why they are not, until they are again. NextTry is when that is tried again, zero while it is.
	Err     error
	NextTry time.Time
	// Behind is for how long nothing more has been judged, though rules are applied; 0 where that goes on.
	Behind time.Duration
	// Faults are rules that cannot be applied to some objects.
	Faults []signal.Fault
	// Unwatched are the types that rules are about and nobody watches, Refused those that may not be watched, Unserved those of the user's rules that the
	// server does not have, with what may be meant.
	Unwatched, Refused, Unserved []string
	// SeesNothing tells that no watch has brought a list yet, so that rules have nothing to be applied to.
	SeesNothing bool
}

// toastTime is how long a signal is told of on the line of messages.
const toastTime = 10 * time.Second

// listOf is what there is to list, nil where no rules can be applied.
func listOf(s Signals) *signal.List {
	if s == nil {
		return nil
	}
	return s.List()
}

// toggleSignals shows what rules tell, or the list again.
func (a *App) toggleSignals() tea.Cmd {
	a.under = nothing
	if a.over == overSignals {
		a.over = nothing
		return nil
	}
	a.over = overSignals
	return a.startSignals()
}

// startSignals has rules be applied from now on.
func (a *App) startSignals() tea.Cmd {
	if a.opts.Signals == nil {
		return nil
	}
	ctx := a.opts.Context
	return func() tea.Msg {
		a.opts.Signals.Start(ctx)
		return nil
	}
}

// signalsAction does what is done on the page.
func (a *App) signalsAction(action keymap.Action) tea.Cmd {
	surprised := a.signals.Surprises(a.opts.Now())
	switch action {
	case keymap.OpenFilter:
		a.prompt.Start(prompt.Signals, a.signals.Filter(), nil)
		return nil
	case keymap.Accept, keymap.Mute, keymap.MuteRule:
		s, ok := a.signals.Selected()
		switch {
		case !ok:
			return nil
		case surprised:
			a.status.Info("another signal has just come under the cursor: press " + a.keys.KeyOf(keymap.Signals, action) + " again")
			return nil
		case action == keymap.Accept:
			return a.goToSignal(s)
		}
		mute := a.opts.Signals.Mute
		return saying(func() (string, error) { return mute(s, action == keymap.MuteRule) })
	case keymap.ToggleTypes:
		if a.opts.Signals == nil {
			return nil
		}
		return saying(a.opts.Signals.ToggleTypes)
	}
	if a.signals.Do(action) {
		a.over = nothing
	}
	return nil
}

// saying tells the user what comes of an action.
func saying(do func() (string, error)) tea.Cmd {
	return func() tea.Msg {
		said, err := do()
		if err != nil {
			return failedMsg{err}
		}
		return saidMsg(said)
	}
}

// goToSignal shows the subject of a signal at the instant that it opened, where nothing is remembered as it is. Where no tab has its type, one is opened in
// the scope in which types are watched for rules, so that it shares that watch, and has its past.
func (a *App) goToSignal(s *signal.Signal) tea.Cmd {
	a.over = nothing
	there := func() tea.Cmd {
		id := problems.ID{Cluster: a.snapshot.Context, Type: s.Subject.Type, Key: s.Subject.Key}
		cmd, shown := a.goTo(id, s.Subject.UID)
		if !shown {
			cmd = a.openFor(id, s.Subject.UID, a.scopeOf(id.Namespace))
		}
		return cmd
	}
	then := func() tea.Cmd {
		a.past.steering = true
		return tea.Batch(there(), a.setPaused(true), a.seek(seekTo(s.Opened)))
	}
	if a.past.player == nil && a.opts.Rewinder == nil {
		return there()
	}
	return a.ofPast(then)
}

// scopeOf is the namespace that a tab needs of its own to have what is in a namespace: none where all tabs have that.
func (a *App) scopeOf(namespace string) string {
	if a.snapshot.Namespace == "" || a.snapshot.Namespace == namespace {
		return ""
	}
	return namespace
}

// signalsView draws the page at a moment of the local clock.
func (a *App) signalsView(now time.Time) []string {
	if a.opts.Signals != nil {
		state := a.opts.Signals.State()
		a.signals.SetJudging(state.judging(now))
	}
	a.signals.SetAhead(a.changesAhead())
	return strings.Split(a.signals.View(now), "\n")
}

// judging is it in the words of the page, at a moment of the local clock.
func (s *SignalsState) judging(now time.Time) signals.Judging {
	j := signals.Judging{Since: s.Since, Unwatched: s.Unwatched, Refused: s.Refused, Unserved: s.Unserved, SeesNothing: s.SeesNothing}
	j.Behind = s.Behind
	if s.Err != nil {
		j.Trouble = s.Err.Error() + "   that is tried again now"
		if s.NextTry.After(now) {
			j.Trouble = s.Err.Error() + "   that is tried again " + phase.Countdown(s.NextTry, now)
		}
	}
	for i := range s.Faults {
		j.Faults = append(j.Faults, s.Faults[i].String())
	}
	return j
}

// tellJudging says at once when rules are not applied, or nothing more is judged, and when that goes on.
func (a *App) tellJudging() {
	if a.opts.Signals == nil {
		return
	}
	state := a.opts.Signals.State()
	problem, was := state.problem(), a.toldJudging
	if problem == was {
		return
	}
	a.toldJudging = problem
	switch {
	case problem == "" && was == isBehind:
		a.toastJudging("rules are applied again to what happens")
	case problem == "":
		a.toastJudging("rules are applied again; of what was open it is not known what has become")
	default:
		if key := a.globalKey(keymap.ShowSignals); key != "" && a.over != overSignals {
			problem = strings.Replace(problem, ":", " ("+key+" says more):", 1)
		}
		a.status.Error(problem)
	}
}

// toastJudging says in place of signals how it goes with rules.
func (a *App) toastJudging(words string) {
	a.told = signal.News{} // whose place this takes
	a.status.Toast(words, a.opts.Now().Add(toastTime))
}

// isBehind is said where rules are applied, and nothing more is judged.
const isBehind = "rules do not go on: what is new is missing among signals, and what is listed may be over"

// problem says in words why nothing more is told; empty where all goes on.
func (s *SignalsState) problem() string {
	switch {
	case s.Err != nil:
		return "rules are not applied: " + s.Err.Error()
	case s.Behind > 0:
		return isBehind
	}
	return ""
}

// turnSignals shows the signals of the time that is shown.
func (a *App) turnSignals() {
	var clock func() time.Time
	if player := a.past.player; player != nil {
		clock = func() time.Time { return player.State().Now }
	}
	a.signals.SetClock(clock)
}

// tellSignals says on the line of messages what has just been found, once what the user asked for has been read there. While that is to be seen, what is
// found then is told with it. The page of signals shows it anyway, but not while it shows the past of what is watched.
func (a *App) tellSignals() {
	l := listOf(a.opts.Signals)
	if l == nil || a.status.Answers() {
		return
	}
	news, when := l.TakeNews(), ""
	if a.past.isRewind { // what the time goes past there is no news
		news, when = l.TakeArrived(), "now: "
	} else if a.over == overSignals {
		return
	}
	if news.Count == 0 {
		return
	}
	now := a.opts.Now()
	if a.status.Toasts(now) {
		news.Add(a.told)
	}
	a.told = news
	s := news.Worst
	words := when + string(s.Severity) + ": " + s.Subject.String() + ": " + s.Title
	if more := news.Count - 1; more > 0 {
		words += "   and " + phase.Count(more) + " more"
	}
	if key := a.globalKey(keymap.ShowSignals); key != "" {
		words += "   " + key + " signals"
	}
	a.status.Toast(words, now.Add(toastTime))
}
