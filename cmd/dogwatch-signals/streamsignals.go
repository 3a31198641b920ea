package main

import (
	"context"
	"slices"
	"sync"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/replay/recorder"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/stream"
)

// finder has rules applied to what is watched, and gives what they find to who tells it. It is where a recorder writes to.
type finder struct {
	*liveRules
	ctx     context.Context // ends with the recorder
	cluster func() string
	counts  *foundCounts
	taken   chan struct{} // has a value when signals were taken

	mu      sync.Mutex
	inboxes []*inbox
	waiting []chan struct{} // for the end of a Flush that has not begun
}

var _ recording.Sink = (*finder)(nil)

// startFinding begins to apply rules.
func (d *deliveries) startFinding(inboxes []*inbox) {
	ctx, stop := context.WithCancel(context.Background())
	f := &finder{ctx: ctx, counts: &d.r.found, taken: make(chan struct{}, 1), cluster: d.r.clusterName}
	f.counts.begin()
	f.serve(inboxes)
	for _, b := range inboxes {
		b.begin() // nothing is open yet
	}
	running := &finding{finder: f, stop: stop, done: make(chan error, 1)}
	d.finding = running
	go func() {
		defer utilruntime.HandleCrash()
		err := d.r.judge(ctx, f)
		if err != nil && ctx.Err() == nil {
			wake(d.over)
		}
		running.done <- err
	}()
}

// stopFinding ends to apply rules, where they are.
func (d *deliveries) stopFinding() error {
	if d.finding == nil {
		return nil
	}
	d.finding.stop()
	err := <-d.finding.done
	d.finding = nil
	d.r.found.end()
	return err
}

// judge judges what is watched until ctx ends.
func (r *streamRun) judge(ctx context.Context, f *finder) (err error) {
	if f.liveRules, err = newLiveRules(r.ws, r.rules, r.allTypes, r.stderr.say, f.keep); err != nil {
		return err
	}
	defer f.held.Close()
	return recorder.New(f, recorder.Options{
		Context: f.cluster(), Version: func() string { return "" }, Wake: r.recorderWake, Live: true,
		Sources: func() []recorder.Source { return setup.Sources(r.ws) },
	}).Run(ctx)
}

// serve says who tells what is found.
func (f *finder) serve(inboxes []*inbox) {
	for _, b := range inboxes {
		b.mu.Lock()
		b.taken = func() { wake(f.taken) }
		b.mu.Unlock()
	}
	f.mu.Lock()
	f.inboxes = inboxes
	f.mu.Unlock()
	wake(f.taken)
}

func (f *finder) served() []*inbox {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.inboxes
}

// keep gives a signal to who tells it, but to those that begin: they are told all that is open. It waits while too much is found that nobody takes.
func (f *finder) keep(s signal.Signal) {
	for f.isFull() && f.ctx.Err() == nil {
		select {
		case <-f.ctx.Done():
		case <-f.taken:
		}
	}
	f.counts.take(&s)
	e := stream.NewSignal(&s, f.cluster())
	for _, b := range f.served() {
		if b.hasBegun() {
			b.put(&s, e)
		}
	}
}

// flushed is closed when all that there is at the time of the call is applied, and what that ends is told.
func (f *finder) flushed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	done := make(chan struct{})
	f.waiting = append(f.waiting, done)
	return done
}

// Flush implements recording.Sink. Who tells signals since then is told what is open.
func (f *finder) Flush() error {
	f.mu.Lock()
	waiting := f.waiting
	f.waiting = nil
	f.mu.Unlock()
	defer func() {
		for _, done := range waiting {
			close(done)
		}
	}()
	err := f.liveRules.Flush()
	for _, b := range f.served() {
		if b.begin() {
			continue
		}
		b.putOpen(f.Open(), f.cluster())
	}
	return err
}

// isFull tells that none of those who tell signals takes any: one that is slow does not hold up the others.
func (f *finder) isFull() bool {
	open := slices.DeleteFunc(slices.Clone(f.served()), (*inbox).isShut)
	return len(open) > 0 && !slices.ContainsFunc(open, func(b *inbox) bool { return !b.isFull() })
}
