package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/mcp"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/replay/recorder"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/signals/recorded"
	"github.com/dogwatch/dogwatch/workspace"
)

// judging has rules applied for those who ask what they find: to what is watched, or to all of a recording. Nothing is begun before Start, and
// close ends it.
type judging struct {
	ws *workspace.Workspace
	// recording is the one that is asked about, empty for a cluster, and until the moment of it.
	recording string
	until     func() time.Time
	rules     *ownRules
	// all has the types of all rules watched, not of the user's only.
	all  bool
	say  func(format string, args ...any)
	list *signal.List
	wake chan struct{}

	ctx    context.Context // ends with close
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu     sync.Mutex // guards what follows
	since  time.Time  // zero before it began
	err    error
	names  []string // of the rules
	faults []signal.Fault
	wanted signal.Wanted
}

var _ mcp.Signals = (*judging)(nil)

// newJudging applies nothing yet. It calls changed after each change of what is found.
func newJudging(ctx context.Context, o *mcpOptions, rules *ownRules, say func(format string, args ...any), changed func()) *judging {
	j := &judging{recording: o.recording, until: o.Played, rules: rules, all: o.signals, say: say, wake: make(chan struct{}, 1)}
	j.ctx, j.cancel = context.WithCancel(context.WithoutCancel(ctx))
	j.list = signal.NewList(signal.ListOptions{Changed: changed})
	return j
}

// mark tells that the workspace has changed.
func (j *judging) mark() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// Start implements mcp.Signals.
func (j *judging) Start() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.since.IsZero() {
		return nil
	}
	rules, err := j.rules.all()
	if err != nil {
		return err
	}
	j.since, j.names = time.Now(), rules.Names()
	apply := j.follow
	if j.recording != "" {
		apply = func() error { return j.read(rules) }
	}
	j.wg.Go(func() { defer utilruntime.HandleCrash(); j.list.Run(j.ctx) })
	j.wg.Go(func() {
		defer utilruntime.HandleCrash()
		if err := apply(); err != nil && j.ctx.Err() == nil {
			j.mu.Lock()
			j.err = err
			j.mu.Unlock()
			j.list.Notice()
			j.say("rules are not applied any more: %v", err)
		}
	})
	return nil
}

// close ends it, and waits for that.
func (j *judging) close() {
	j.cancel()
	j.wg.Wait()
}

// List implements mcp.Signals.
func (j *judging) List() *signal.List { return j.list }

// open counts the signals that are open: none before somebody has asked.
func (j *judging) open() map[signal.Severity]int { return j.list.Open() }

// State implements mcp.Signals.
func (j *judging) State() mcp.SignalsState {
	j.mu.Lock()
	state := mcp.SignalsState{Since: j.since, Err: j.err, Rules: j.names, Faults: slices.Clone(j.faults)}
	wanted := j.wanted
	j.mu.Unlock()
	watched := map[string]bool{}
	for _, w := range j.ws.Watches() {
		watched[w.Resource.GVR.GroupResource().String()] = true
	}
	for _, name := range wanted.Types(true) {
		if !watched[name] && !slices.Contains(state.NotWatched, name) {
			state.NotWatched = append(state.NotWatched, name)
		}
	}
	return state
}

func (j *judging) found(s signal.Signal) { j.list.Take(&s) }

// follow applies rules to what is watched until close.
func (j *judging) follow() error {
	live, err := newLiveRules(j.ws, j.rules, j.all, j.say, j.found)
	if err != nil {
		return err
	}
	j.note(live.Judge)
	return recorder.New(&judged{liveRules: live, to: j}, recorder.Options{
		Context: j.ws.Snapshot().Context, Version: func() string { return "" }, Wake: j.wake, Live: true,
		Sources: func() []recorder.Source { return setup.Sources(j.ws) },
	}).Run(j.ctx)
}

// read applies rules to the recording, as far as the moment that is asked about.
func (j *judging) read(rules recorded.Rules) (err error) {
	rec, err := recording.OpenPath(j.recording)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	begin, _ := rec.Span()
	j.mu.Lock()
	j.since = begin
	j.mu.Unlock()
	judge, err := recorded.RunUntil(j.ctx, rec, j.until(), rules, j.found)
	if err != nil {
		return err
	}
	j.note(judge)
	j.list.SetReady()
	return nil
}

// note keeps what is to be told of a judge.
func (j *judging) note(of *recorded.Judge) {
	var faults []signal.Fault
	for _, f := range of.Faults() {
		if !f.IsWaiting {
			faults = append(faults, signal.Fault{Rule: f.Rule, Count: f.Count, Object: f.Object(), Error: f.Err.Error()})
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.names, j.faults, j.wanted = of.RuleNames(), faults, of.Wanted()
}

// judged is where a recorder writes to: it tells when all is judged that was there at the beginning.
type judged struct {
	*liveRules
	to      *judging
	isReady bool
}

// Begin implements recording.Sink.
func (j *judged) Begin(h recording.Header) error {
	err := j.liveRules.Begin(h)
	j.lookWhetherReady()
	return err
}

// Write implements recording.Sink.
func (j *judged) Write(e recording.Entry) error {
	err := j.liveRules.Write(e)
	j.lookWhetherReady()
	return err
}

// Flush implements recording.Sink.
func (j *judged) Flush() error {
	err := j.liveRules.Flush()
	j.to.note(j.Judge)
	return err
}

func (j *judged) lookWhetherReady() {
	if !j.isReady && j.Complete() {
		j.isReady = true
		j.to.note(j.Judge)
		j.to.list.SetReady()
	}
}
