package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/replay/recorder"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/state"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

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
	// held are the types that are watched for the rules.
	held    *workspace.Held
	holding sync.Mutex // of who changes them

	mu     sync.Mutex // guards what follows
	begun  time.Time  // zero before
	of     string     // the context whose signals these are
	err    error      // why none come any more
	faults []signal.Fault
	wanted signal.Wanted
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
	l := &liveSignals{changed: changed, wake: make(chan struct{}, 1), mutes: mutes, args: args, isPlayed: isPlayed, all: all, find: findSignalsProgram}
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
	state := ui.SignalsState{Since: l.begun, Err: l.err, Faults: l.faults}
	wanted, all, unserved := l.wanted, l.all, l.unserved
	l.mu.Unlock()
	if l.ws == nil || l.isPlayed {
		return state
	}
	state.Refused, state.Unserved = l.held.Refused(), unserved
	if all { // what is not watched now is not served
		return state
	}
	watched := map[string]bool{}
	for _, w := range l.ws.Watches() {
		watched[w.Resource.GVR.GroupResource().String()] = true
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

// open counts the signals that are open, by severity.
func (l *liveSignals) open() map[signal.Severity]int { return l.list.Window(0, 0).Counts.Open }

// Start implements ui.Signals. What runs already it leaves alone.
func (l *liveSignals) Start(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.begun.IsZero() && l.err == nil {
		return nil
	}
	program, err := l.find()
	if err != nil {
		return err
	}
	first := l.begun.IsZero()
	if first {
		// close ends it, which also waits for it; the end of ctx does not.
		ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
		l.wg.Go(func() { defer runtime.HandleCrash(); l.list.Run(ctx) })
	} else {
		l.list.Clear()
	}
	l.begun, l.err, l.faults = time.Now(), nil, nil
	l.wg.Go(func() { defer runtime.HandleCrash(); l.run(ctx, program) })
	return nil
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

// run has rules applied until ctx ends, in one context after the other.
func (l *liveSignals) run(ctx context.Context, program string) {
	for {
		err := l.judge(ctx, program)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, errOtherContext) {
			l.list.Clear()
			continue
		}
		if err == nil && l.isPlayed {
			return
		}
		l.mu.Lock()
		if l.err = err; err == nil {
			l.err = errors.New("it ended by itself")
		}
		l.mu.Unlock()
		l.changed()
		return
	}
}

// judge runs the program once.
func (l *liveSignals) judge(ctx context.Context, program string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	args := []string{"follow"}
	if l.follows {
		args = append(args, "--configured")
	}
	command := exec.CommandContext(ctx, program, append(args, l.args...)...)
	command.WaitDelay = time.Second
	said := &lastLine{}
	command.Stderr = said
	var out io.ReadCloser
	var in io.WriteCloser
	var err error
	if out, err = command.StdoutPipe(); err == nil && !l.isPlayed {
		in, err = command.StdinPipe()
	}
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		return fmt.Errorf("running %s: %w", signalsProgram, err)
	}
	var writing sync.WaitGroup
	if !l.isPlayed {
		writing.Go(func() {
			defer runtime.HandleCrash()
			defer in.Close()
			if err := l.record(ctx, cancel, in); err != nil && ctx.Err() == nil {
				klog.Warningf("signals: %v", err)
			}
		})
	}
	readErr := l.read(out)
	if readErr != nil {
		cancel(readErr) // what it says cannot be understood
	}
	err = command.Wait()
	cause := context.Cause(ctx)
	cancel(nil)
	writing.Wait()
	switch {
	case errors.Is(cause, errOtherContext):
		return errOtherContext
	case readErr != nil:
		return readErr
	case err != nil && said.text() != "":
		return errors.New(said.text())
	case err != nil:
		return fmt.Errorf("running %s: %w", signalsProgram, err)
	}
	return nil
}

// record writes what is watched to the program until ctx ends.
func (l *liveSignals) record(ctx context.Context, cancel context.CancelCauseFunc, to io.Writer) error {
	of := l.ws.Snapshot().Context
	l.mu.Lock()
	l.of = of
	l.mu.Unlock()
	writer, err := recording.NewWriter(to)
	if err != nil {
		return err
	}
	var sources []recorder.Source // those of the last time
	var unserved setup.Unserved
	r := recorder.New(l.withRules(writer), recorder.Options{
		Context: of, Version: func() string { return "" }, Wake: l.wake, Live: true,
		Sources: func() []recorder.Source {
			now := setup.Sources(l.ws)
			if l.ws.Snapshot().Context != of { // asked last: the watches are switched after it
				cancel(errOtherContext)
				return sources
			}
			sources = now
			l.noteUnserved(&unserved)
			return sources
		},
	})
	return r.Run(ctx)
}

// noteUnserved looks which types of the user's rules the server does not have.
func (l *liveSignals) noteUnserved(unserved *setup.Unserved) {
	l.mu.Lock()
	own := l.wanted.Own
	l.mu.Unlock()
	now := unserved.Of(l.ws, own)
	l.mu.Lock()
	isSame := slices.Equal(l.unserved, now)
	l.unserved = now
	l.mu.Unlock()
	if !isSame {
		l.changed()
	}
}

// read takes what the program says until it ends.
func (l *liveSignals) read(from io.Reader) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, 64<<10), signal.MaxMessage)
	for lines.Scan() {
		var m signal.Message
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			return fmt.Errorf("%s is of another version: %w", signalsProgram, err)
		}
		switch {
		case m.Signal != nil:
			l.list.Take(m.Signal)
		case m.Ready:
			l.list.SetReady()
		case m.Wanted != nil:
			l.mu.Lock()
			l.wanted = *m.Wanted
			l.mu.Unlock()
			if err := l.hold(); err != nil {
				klog.Warningf("signals: %v", err)
			}
			l.mark() // for who looks whether the server has them
			l.changed()
		case m.Fault != nil:
			l.mu.Lock()
			l.faults = append(l.faults[:len(l.faults):len(l.faults)], *m.Fault)
			l.mu.Unlock()
			klog.Warning(faultLine(m.Fault))
			l.changed()
		}
	}
	return lines.Err()
}

// faultLine says what is wrong with a rule.
func faultLine(f *signal.Fault) string {
	switch {
	case f.Rule == "":
		return "a rule is left out: " + f.Error
	case f.Object == "":
		return fmt.Sprintf("rule %s cannot be applied: %s", f.Rule, f.Error)
	}
	return fmt.Sprintf("rule %s cannot be applied, as to %s: %s", f.Rule, f.Object, f.Error)
}

// muting tells whether a signal is not to be shown, and why.
func (l *liveSignals) muting(s *signal.Signal) signal.Muting {
	switch {
	case l.mutes.Has(l.muteOf(s, true)):
		return signal.MutedByRule
	case l.mutes.Has(l.muteOf(s, false)):
		return signal.MutedItself
	}
	return signal.NotMuted
}

func (l *liveSignals) muteOf(s *signal.Signal, rule bool) state.Mute {
	if rule {
		return state.Mute{Rule: s.Rule}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return state.Mute{Context: l.of, Fingerprint: s.Fingerprint}
}

// Mute implements ui.Signals.
func (l *liveSignals) Mute(s *signal.Signal, rule bool) (said string, err error) {
	what := l.muteOf(s, rule)
	muted := !l.mutes.Has(what)
	if !rule && muted && l.mutes.Has(l.muteOf(s, true)) {
		return "", fmt.Errorf("all signals of the rule %s are muted: unmute the rule", s.Rule)
	}
	err = l.mutes.Set(what, muted)
	l.list.Notice()
	name := "this signal"
	if rule {
		name = "all signals of the rule " + s.Rule
	}
	if muted {
		return "muted: " + name, err
	}
	return "no longer muted: " + name, err
}

// lastLine keeps the last line that is written to it, and sends all of them to the log.
type lastLine struct {
	mu   sync.Mutex
	rest string
	last string
}

// Write implements io.Writer.
func (w *lastLine) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	const most = 64 << 10
	w.rest += string(b)
	for {
		line, rest, more := strings.Cut(w.rest, "\n")
		if !more && len(w.rest) < most {
			return len(b), nil
		}
		w.last, w.rest = text.Clean(line), rest
		klog.Warningf("%s: %s", signalsProgram, w.last)
	}
}

func (w *lastLine) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}
