package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/state"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// steady is how long rules have to be applied for a failure to be the first again.
const steady = time.Minute

// liveSignals has rules applied to what the dashboard watches, by the program that knows them: what is watched goes there as a recording, and
// what the rules find comes back. Of a recording all is found at once. Nothing is begun before Start.
type liveSignals struct {
	ws      *workspace.Workspace
	changed func()
	wake    chan struct{}
	list    *signal.List
	mutes   *state.Mutes
	// args are those of the program: the user's rules, and the recording that is played.
	args []string
	// follows tells that there is a configuration that is followed, whose rules come by SetRules.
	follows  bool
	isPlayed bool
	find     func() (string, error)
	// pace is that of tries, and again has the next one be made at once.
	pace  wait.Backoff
	again chan struct{}
	// held are the types that are watched for the rules.
	held    *workspace.Held
	holding sync.Mutex // of who changes them
	// pulse is how long it is from one look whether the program goes on to the next.
	pulse time.Duration

	mu      sync.Mutex // guards what follows
	begun   time.Time  // zero before
	of      string     // the context whose signals these are
	err     error      // why none come, until they do again
	nextTry time.Time  // zero while one is under way
	// answers counts what the program has answered, seen what of it the last look has seen, and late the looks since it was more.
	answers, seen, late int
	faults              []signal.Fault
	wanted              signal.Wanted
	// unserved are the types of the user's rules that the server does not have, with what may be meant.
	unserved []string
	all      bool // hold the types of all rules, not of the user's only
	cancel   context.CancelFunc
	wg       sync.WaitGroup
	// configured are the rules of the configuration that is followed, if one is.
	configured configuredRules
}

// newLiveSignals is told the program's arguments, whether a recording is played, and whether the types of all rules are watched from the start.
func newLiveSignals(args []string, isPlayed, all bool, changed func()) *liveSignals {
	mutes, err := state.OpenMutes()
	if err != nil {
		klog.Warningf("signals: %v", err)
	}
	l := &liveSignals{changed: changed, wake: make(chan struct{}, 1), mutes: mutes, args: args, isPlayed: isPlayed, all: all, find: findSignalsProgram, pulse: time.Second}
	l.pace, l.again = wait.Backoff{Duration: time.Second, Factor: 2, Cap: 30 * time.Second, Steps: math.MaxInt32}, make(chan struct{}, 1)
	l.list = signal.NewList(signal.ListOptions{Muted: l.muting, Changed: changed})
	return l
}

// use gives it the workspace to look at, before anything else.
func (l *liveSignals) use(ws *workspace.Workspace) { l.ws, l.held = ws, ws.Hold() }

// mark tells that the workspace has changed.
func (l *liveSignals) mark() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// List implements ui.Signals.
func (l *liveSignals) List() *signal.List { return l.list }

// State implements ui.Signals.
func (l *liveSignals) State() ui.SignalsState {
	l.mu.Lock()
	state := ui.SignalsState{Since: l.begun, Err: l.err, NextTry: l.nextTry, Behind: l.behind(), Faults: l.faults}
	wanted, all, unserved := l.wanted, l.all, l.unserved
	l.mu.Unlock()
	if l.ws == nil || l.isPlayed {
		return state
	}
	state.Refused, state.Unserved, state.SeesNothing = l.held.Refused(), unserved, true
	watched := map[string]bool{}
	for _, w := range l.ws.Watches() {
		watched[w.Resource.GVR.GroupResource().String()] = true
		state.SeesNothing = state.SeesNothing && !w.Watch.State().Synced
	}
	if all { // what is not watched now is not served
		return state
	}
	for _, name := range wanted.Builtin {
		if !watched[name] {
			state.Unwatched = append(state.Unwatched, name)
		}
	}
	return state
}

// errRecorded says why a recording has no further types.
var errRecorded = errors.New("what was not recorded cannot be watched")

// ToggleTypes implements ui.Signals.
func (l *liveSignals) ToggleTypes() (said string, err error) {
	if l.isPlayed {
		return "", errRecorded
	}
	l.mu.Lock()
	l.all = !l.all
	said = "the types of rules that dogwatch comes with are no longer watched for them"
	if l.all {
		said = "watching the types of all rules"
	}
	l.mu.Unlock()
	return said, l.hold()
}

// hold has the types watched that are to be watched for the rules.
func (l *liveSignals) hold() error {
	if l.isPlayed {
		return nil
	}
	l.holding.Lock()
	defer l.holding.Unlock()
	l.mu.Lock()
	types := l.wanted.Types(l.all)
	l.mu.Unlock()
	if err := l.held.Set(types); err != nil {
		return fmt.Errorf("watching the types of rules: %w", err)
	}
	return nil
}

// open counts the signals that are open, by severity; nil while nobody judges.
func (l *liveSignals) open() map[signal.Severity]int {
	l.mu.Lock()
	isBehind := l.behind() > 0
	l.mu.Unlock()
	if isBehind {
		return nil
	}
	return l.list.Open()
}

// Start implements ui.Signals.
func (l *liveSignals) Start(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.begun.IsZero() {
		select {
		case l.again <- struct{}{}:
		default:
		}
		return
	}
	// close ends it, which also waits for it; the end of ctx does not.
	ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	l.begun = time.Now()
	l.wg.Go(func() { defer runtime.HandleCrash(); l.list.Run(ctx) })
	l.wg.Go(func() { defer runtime.HandleCrash(); l.run(ctx) })
}

// close ends all of it, and waits for it as long as ctx allows.
func (l *liveSignals) close(ctx context.Context) {
	l.mu.Lock()
	if l.cancel != nil {
		l.cancel()
	}
	l.mu.Unlock()
	done := make(chan struct{})
	go func() { defer close(done); defer runtime.HandleCrash(); l.wg.Wait() }()
	select {
	case <-done:
		l.held.Close()
	case <-ctx.Done():
	}
}

// run has rules applied until ctx ends, in one context after the other. Where that ends by itself it is tried again, more and more rarely.
func (l *liveSignals) run(ctx context.Context) {
	pace := l.pace
	for {
		began := time.Now()
		err := l.judge(ctx)
		switch {
		case ctx.Err() != nil, err == nil && l.isPlayed:
			return
		case errors.Is(err, errOtherContext):
			l.list.Clear()
			continue
		case err == nil:
			err = errors.New("it ended by itself")
		}
		if time.Since(began) > steady {
			pace = l.pace
		}
		if !l.rest(ctx, err, pace.Step()) {
			return
		}
	}
}

// rest says why no rules are applied, and waits until that is to be tried again. It is false where ctx ends before.
func (l *liveSignals) rest(ctx context.Context, why error, after time.Duration) bool {
	klog.Warningf("rules are not applied: %v; that is tried again in %s", why, after.Round(time.Second))
	select {
	case <-l.again: // somebody asked while it was under way
	default:
	}
	now := time.Now()
	l.list.EndAll(now)
	l.mu.Lock()
	l.err, l.nextTry = why, now.Add(after)
	l.mu.Unlock()
	l.changed()
	timer := time.NewTimer(after)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return true
		case <-l.again:
			return true
		case <-l.wake:
			if l.isElsewhere() { // what is listed is of another cluster
				return true
			}
		}
	}
}

// enter begins anew in the context that the workspace is in, and gives its name. Of another one nothing is kept.
func (l *liveSignals) enter() string {
	of := l.ws.Snapshot().Context
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of != of {
		l.list.Clear()
	}
	l.begun, l.of, l.faults, l.nextTry = time.Now(), of, nil, time.Time{}
	l.answers, l.seen, l.late = 0, 0, 0
	return of
}

// isElsewhere tells that the workspace has gone to another context.
func (l *liveSignals) isElsewhere() bool {
	l.mu.Lock()
	of := l.of
	l.mu.Unlock()
	return !l.isPlayed && l.ws.Snapshot().Context != of
}

// muting tells whether a signal is not to be shown, and why.
func (l *liveSignals) muting(s *signal.Signal) signal.Muting {
	switch {
	case l.mutes.Has(l.muteOf(s, true)), l.mutes.Has(everywhere(s)):
		return signal.MutedByRule
	case l.mutes.Has(l.muteOf(s, false)):
		return signal.MutedItself
	}
	return signal.NotMuted
}

// muteOf mutes a signal, or all of its rule, in the cluster that is looked at.
func (l *liveSignals) muteOf(s *signal.Signal, rule bool) state.Mute {
	l.mu.Lock()
	defer l.mu.Unlock()
	if rule {
		return state.Mute{Context: l.of, Rule: s.Rule}
	}
	return state.Mute{Context: l.of, Fingerprint: s.Fingerprint}
}

// everywhere mutes all of a signal's rule in all clusters, as M did once. It is only taken back.
func everywhere(s *signal.Signal) state.Mute { return state.Mute{Rule: s.Rule} }

// Mute implements ui.Signals. What it says names the signal: another may have come under the cursor.
func (l *liveSignals) Mute(s *signal.Signal, rule bool) (said string, err error) {
	muting := l.muting(s)
	name := s.Type + " of " + text.Clean(s.Subject.String())
	if rule {
		name = "all signals of the rule " + s.Rule
	}
	switch {
	case rule && muting == signal.MutedByRule:
		for _, mute := range []state.Mute{l.muteOf(s, true), everywhere(s)} {
			if l.mutes.Has(mute) {
				err = errors.Join(err, l.mutes.Set(mute, false))
			}
		}
	case muting == signal.MutedByRule:
		return "", fmt.Errorf("all signals of the rule %s are muted: unmute the rule", s.Rule)
	default:
		err = l.mutes.Set(l.muteOf(s, rule), rule || muting == signal.NotMuted)
	}
	l.list.Notice()
	if l.muting(s) == signal.NotMuted {
		return "no longer muted: " + name, err
	}
	return "muted: " + name, err
}
