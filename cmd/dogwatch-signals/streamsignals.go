package main

import (
	"context"
	"sync"

	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/replay/recorder"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/stream"
)

// mostFound is how many signals may wait to be taken before nothing more is judged.
const mostFound = 1000

// finder has rules applied to what is watched, and keeps what they find for the stream. It is where a recorder writes to.
type finder struct {
	*liveRules
	ctx     context.Context // ends with the recorder
	cluster func() string
	counts  *foundCounts
	wake    func()
	taken   chan struct{} // has a value when signals were taken

	mu    sync.Mutex
	found []stream.Event
}

var _ recording.Sink = (*finder)(nil)

// find begins to apply rules. The signals are for take.
func (r *streamRun) find(ctx context.Context, rules *ownRules) (*finder, error) {
	f := &finder{
		ctx: ctx, counts: &r.found, wake: r.changed, taken: make(chan struct{}, 1),
		cluster: func() string {
			if r.cluster != "" {
				return r.cluster
			}
			return r.ws.Snapshot().Context
		},
	}
	var err error
	f.liveRules, err = newLiveRules(r.ws, rules, r.allTypes, r.stderr.say, f.keep)
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

// Write implements recording.Sink. It waits while too much is found and not taken.
func (f *finder) Write(e recording.Entry) error {
	for f.isFull() {
		select {
		case <-f.ctx.Done():
			return f.liveRules.Write(e)
		case <-f.taken:
		}
	}
	return f.liveRules.Write(e)
}

func (f *finder) isFull() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.found) >= mostFound
}
