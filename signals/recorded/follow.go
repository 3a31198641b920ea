package recorded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/signals"
)

const (
	// tick is how often it is looked what time alone has brought about.
	tick = time.Second
	// lag is how far behind time is let go on: what happened until then has come.
	lag = 2 * time.Second
)

// Follow applies rules to a recording while it is being written, as from a pipe, and tells what they find, when all is judged that was there at
// the beginning, and which rules cannot be applied. It ends with the recording, with an error of tell or, as soon as something is read, of ctx.
// tell is called by one goroutine at a time.
func Follow(ctx context.Context, from io.Reader, rules Rules, tell func(signal.Message) error) error {
	f := &follower{ctx: ctx, tell: tell, faults: map[string]bool{}}
	var err error
	if f.judge, err = NewJudge(rules, func(s signals.Signal) { f.say(signal.Message{Signal: &s}) }); err != nil {
		return err
	}
	f.want(f.judge.Wanted())
	ticking, stop := context.WithCancel(ctx)
	var ticker sync.WaitGroup
	ticker.Go(func() { f.tick(ticking) })
	err = recording.Stream(from, f)
	stop()
	ticker.Wait()
	return errors.Join(err, f.err)
}

// follower is one run of Follow. It is a recording.Sink.
type follower struct {
	ctx  context.Context
	tell func(signal.Message) error

	mu     sync.Mutex // guards what follows: lines and time go on in two goroutines
	judge  *Judge
	err    error // of tell
	ready  bool
	wanted signal.Wanted
	faults map[string]bool // rules that are known to fail
}

// tick lets time go on until ctx ends.
func (f *follower) tick(ctx context.Context) {
	defer utilruntime.HandleCrash()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			f.mu.Lock()
			f.judge.Tick(now.Add(-lag))
			f.sayMore()
			f.mu.Unlock()
		}
	}
}

// Begin implements recording.Sink.
func (f *follower) Begin(h recording.Header) error {
	return f.step(func() error { return f.judge.Begin(h) })
}

// Write implements recording.Sink.
func (f *follower) Write(e recording.Entry) error {
	return f.step(func() error { return f.judge.Write(e) })
}

// Flush implements recording.Sink.
func (f *follower) Flush() error { return nil }

func (f *follower) step(judge func() error) error {
	if err := f.ctx.Err(); err != nil {
		return fmt.Errorf("stopped: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := judge(); err != nil {
		return err
	}
	f.sayMore()
	return f.err
}

func (f *follower) say(m signal.Message) {
	if f.err == nil {
		f.err = f.tell(m)
	}
}

// want tells which types the rules are about.
func (f *follower) want(types signal.Wanted) {
	f.wanted = types
	f.say(signal.Message{Wanted: &types})
}

// sayMore tells what no rule does.
func (f *follower) sayMore() {
	if wanted := f.judge.Wanted(); !wanted.Equal(f.wanted) {
		f.want(wanted)
	}
	if !f.ready && f.judge.Complete() {
		f.ready = true
		f.say(signal.Message{Ready: true})
	}
	for _, fault := range f.judge.Faults() {
		if f.faults[fault.Rule] || fault.IsWaiting { // more of the same is no news, and what it waits for is on its way
			continue
		}
		f.faults[fault.Rule] = true
		f.say(signal.Message{Fault: &signal.Fault{Rule: fault.Rule, Count: fault.Count, Object: fault.Object(), Error: fault.Err.Error()}})
	}
}
