package main

import (
	"context"
	"sync"
	"time"

	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/replay/recorder"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/signals/recorded"
	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/workspace"
)

const (
	// signalsLag is how far behind time is let go on: what happened until then has come.
	signalsLag = 2 * time.Second
	// mostFound is how many signals may wait to be taken before nothing more is judged.
	mostFound = 1000
)

// finder has rules applied to what is watched, and keeps what they find for the stream. It is where a recorder writes to.
type finder struct {
	ctx     context.Context // ends with the recorder
	cluster func() string
	stderr  *speaker
	counts  *foundCounts
	judge   *recorded.Judge
	faults  map[string]bool // rules that are known to fail
	// held are the types that are watched for the rules: of all of them, or of the user's only.
	held    *workspace.Held
	all     bool
	wanted  signal.Wanted
	refused map[string]bool
	wake    func()
	taken   chan struct{} // has a value when signals were taken

	mu    sync.Mutex
	found []stream.Event
}

var _ recording.Sink = (*finder)(nil)

// find begins to apply rules. The signals are for take.
func (r *streamRun) find(ctx context.Context, rules recorded.Rules) (*finder, error) {
	f := &finder{
		ctx: ctx, stderr: r.stderr, counts: &r.found, faults: map[string]bool{}, refused: map[string]bool{}, held: r.ws.Hold(), all: r.allTypes, wake: r.changed, taken: make(chan struct{}, 1),
		cluster: func() string {
			if r.cluster != "" {
				return r.cluster
			}
			return r.ws.Snapshot().Context
		},
	}
	var err error
	if f.judge, err = recorded.NewJudge(rules, f.keep); err == nil {
		f.hold()
	}
	return f, err
}

// judge judges what is watched until ctx ends.
func (r *streamRun) judge(ctx context.Context, f *finder) error {
	return recorder.New(f, recorder.Options{
		Context: f.cluster(), Version: func() string { return "" }, Wake: r.recorderWake, Live: true,
		Sources: func() []recorder.Source { return setup.Sources(r.ws) },
	}).Run(ctx)
}

// keep keeps a signal until it is taken.
func (f *finder) keep(s signal.Signal) {
	f.counts.take(&s)
	f.mu.Lock()
	f.found = append(f.found, stream.NewSignal(&s, f.cluster()))
	f.mu.Unlock()
	f.wake()
}

// take gives what was found since the last time.
func (f *finder) take() []stream.Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.found
	f.found = nil
	if all != nil {
		select {
		case f.taken <- struct{}{}:
		default:
		}
	}
	return all
}

// Begin implements recording.Sink.
func (f *finder) Begin(h recording.Header) error { return f.judge.Begin(h) }

// Write implements recording.Sink. It waits while too much is found and not taken.
func (f *finder) Write(e recording.Entry) error {
	for f.isFull() {
		select {
		case <-f.ctx.Done():
			return f.judge.Write(e)
		case <-f.taken:
		}
	}
	return f.judge.Write(e)
}

func (f *finder) isFull() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.found) >= mostFound
}

// Flush implements recording.Sink: it comes once a second, and lets time go on.
func (f *finder) Flush() error {
	f.judge.Tick(time.Now().Add(-signalsLag))
	f.hold()
	for _, fault := range f.judge.Faults() {
		if f.faults[fault.Rule] || fault.IsWaiting { // more of the same is no news, and what it waits for is on its way
			continue
		}
		f.faults[fault.Rule] = true
		f.stderr.say("%s", faulty(&fault))
	}
	return nil
}

// hold has the types watched that the rules are about.
func (f *finder) hold() {
	if wanted := f.judge.Wanted(); !wanted.Equal(f.wanted) {
		f.wanted = wanted
		if err := f.held.Set(wanted.Types(f.all)); err != nil {
			f.stderr.say("watching the types of rules: %v", err)
		}
	}
	for _, name := range f.held.Refused() {
		if !f.refused[name] {
			f.refused[name] = true
			f.stderr.say("%s may not be watched: rules about it find nothing", name)
		}
	}
}
