package recorded

import (
	"context"
	"encoding/json"
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

// Configured reads the user's rules anew, of which some stand in files that a configuration names now. If it gives an error, they stay as they are; what is
// wrong with some is no reason for that, and said.
type Configured func(signal.Rules) (own []*signals.Rule, wrong []error, err error)

// Follow applies rules to a recording while it is being written, as from a pipe, and tells what they find, when all is judged that was there at
// the beginning, and which rules cannot be applied. It ends with the recording, with an error of tell or, as soon as something is read, of ctx.
// tell is called by one goroutine at a time. If configured is not nil, the rules of a configuration come with the lines, which nothing is there before, and change
// with it.
func Follow(ctx context.Context, from io.Reader, rules Rules, configured Configured, tell func(signal.Message) error) error {
	f := &follower{ctx: ctx, tell: tell, faults: map[string]bool{}, configured: configured, awaits: configured != nil}
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
	ctx        context.Context
	tell       func(signal.Message) error
	configured Configured

	mu     sync.Mutex // guards what follows: lines and time go on in two goroutines
	judge  *Judge
	err    error // of tell
	ready  bool
	wanted signal.Wanted
	faults map[string]bool // rules that are known to fail
	awaits bool            // the first rules of the configuration are to come
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
	switch {
	case e.Kind == signal.BeatEvent:
		return f.step(func() error { f.say(signal.Message{Judged: true}); return nil })
	case e.Kind == signal.RulesEvent && f.configured != nil:
		return f.step(func() error { return f.configure(&e) })
	}
	return f.step(func() error { return f.judge.Write(e) })
}

// configure has the rules of the configuration applied that are in a line.
func (f *follower) configure(e *recording.Entry) error {
	var rules signal.Rules
	if err := json.Unmarshal(e.Object, &rules); err != nil {
		return fmt.Errorf("reading the rules of the configuration: %w", err)
	}
	f.awaits = false
	own, wrong, err := f.configured(rules)
	if err != nil {
		wrong = append(wrong, fmt.Errorf("the rules of the configuration stay as they are: %w", err))
	} else {
		f.judge.SetOwn(own, e.At)
	}
	clear(f.faults) // they are told again of rules that are there yet
	for _, err := range wrong {
		f.say(signal.Message{Fault: &signal.Fault{Error: err.Error()}})
	}
	return nil
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
	if !f.ready && !f.awaits && f.judge.Complete() {
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
