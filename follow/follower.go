package follow

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/dogwatch/dogwatch/config"
)

const (
	// quiet is how long nothing is to change before it is read: who saves a file does so in several steps. longest is how long that is waited for.
	quiet   = 100 * time.Millisecond
	longest = time.Second
	// firstTry is after how long it is tried again to bring about what could not be, and longestTry the most that this becomes.
	firstTry   = 500 * time.Millisecond
	longestTry = 30 * time.Second
)

// Source is where a configuration is.
type Source interface {
	// Name stands in what is said of it.
	Name() string
	// Changes begins to look for changes until ctx ends, and gives a channel that has a token whenever Read may give something else than before.
	Changes(ctx context.Context) <-chan struct{}
	// Read gives what it holds now. The error says in words what is missing.
	Read() ([]byte, error)
	// Beside gives what reads what has these names beside it, as of the last Read where that can be. Changes of them, and of no others, are looked for
	// from then on.
	Beside(names []string) (read func(name string) ([]byte, error))
	// Wait waits until what Changes began has ended, after its ctx.
	Wait()
}

// ErrPending is Read's where it is not known yet what there is.
var ErrPending = errors.New("it is not known yet")

// errEmpty and errNoRules are of a file that holds nothing any more, as while it is being written: to watch nothing, or have no rules, is not what was meant.
var (
	errEmpty   = errors.New("it is empty: write {} to watch nothing")
	errNoRules = errors.New("it is empty: write rules: [] to have none in it")
)

// State is what has become of a configuration.
type State struct {
	// Problem says why what the source holds now is not followed; empty where it is.
	Problem string
	// Applied is when it was followed last, and Good and Bad count what was and was not.
	Applied   time.Time
	Good, Bad uint64
}

// Options are what is followed, and how.
type Options struct {
	Source Source
	// Apply is given each configuration that is right. Where it fails, as for what is missing elsewhere, it is given the same again, later and later.
	Apply func(config.Config) error
	// Changed is called when the State is another.
	Changed func(State)
}

// Follower follows a configuration. Its State may be asked at any time.
type Follower struct {
	opts  Options
	last  *version // what was read last; nil before, or where nothing could be
	mu    sync.Mutex
	state State
}

// New makes a Follower.
func New(opts Options) *Follower {
	if opts.Changed == nil {
		opts.Changed = func(State) {}
	}
	return &Follower{opts: opts}
}

// State tells what has become of the configuration.
func (f *Follower) State() State {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}

// Run follows until ctx ends. Call it once.
func (f *Follower) Run(ctx context.Context) {
	defer f.opts.Source.Wait()
	changes := f.opts.Source.Changes(ctx)
	pace := tries()
	for {
		var again <-chan time.Time
		if isRefused := f.look(); isRefused {
			again = time.After(pace.Step())
		}
		select {
		case <-ctx.Done():
			return
		case <-again:
			continue
		case <-changes:
		}
		pace = tries()
		if !settle(ctx, changes) {
			return
		}
	}
}

// tries says after how long it is tried again.
func tries() wait.Backoff {
	const steps, factor, jitter = 1 << 30, 2, 0.5
	return wait.Backoff{Duration: firstTry, Factor: factor, Jitter: jitter, Steps: steps, Cap: longestTry}
}

// Begin follows until stop is called, which waits for its end. Only ctx's values are taken.
func (f *Follower) Begin(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer runtime.HandleCrash()
		f.Run(ctx)
	}()
	return func() { cancel(); <-done }
}

// settle waits until nothing has changed for a while. It is false where ctx ends before.
func settle(ctx context.Context, changes <-chan struct{}) bool {
	calm, late := time.NewTimer(quiet), time.NewTimer(longest)
	defer calm.Stop()
	defer late.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-changes:
			calm.Reset(quiet)
		case <-calm.C:
			return true
		case <-late.C:
			return true
		}
	}
}

// look reads what the source holds, and applies it if it is something else than before. It tells whether that was refused, and is to be tried again.
func (f *Follower) look() (isRefused bool) {
	content, err := f.opts.Source.Read()
	if errors.Is(err, ErrPending) {
		return false
	}
	if err == nil && f.State().Good > 0 && config.IsEmpty(content) {
		err = errEmpty
	}
	if err != nil {
		f.last = nil
		f.note(fmt.Sprintf("%s: %v", f.opts.Source.Name(), err))
		return false
	}
	now := f.version(content)
	if now.isAs(f.last) {
		return false
	}
	f.last = now
	if len(now.problems) > 0 {
		f.note(inWords(now.problems))
		return false
	}
	if err := f.opts.Apply(now.config); err != nil {
		f.last = nil // what was missing elsewhere may be there the next time
		f.note(fmt.Sprintf("%s: %v", f.opts.Source.Name(), err))
		return true
	}
	f.note("")
	return false
}

// version is what was read at once: the configuration, and what it names beside it.
type version struct {
	content  []byte
	config   config.Config
	problems []config.Problem
}

// version reads what a configuration says, and what it names.
func (f *Follower) version(content []byte) *version {
	v := &version{content: bytes.Clone(content)}
	name := f.opts.Source.Name()
	v.config, v.problems = config.Parse(name, content)
	read := f.opts.Source.Beside(v.config.RuleNames())
	isBegun := f.State().Good > 0
	v.problems = append(v.problems, v.config.ReadRules(name, func(file string) ([]byte, error) {
		rules, err := read(file)
		if err == nil && isBegun && config.IsEmpty(rules) {
			err = errNoRules
		}
		return rules, err
	})...)
	return v
}

// isAs tells that all that was read is as before; nothing was where that is nil.
func (v *version) isAs(before *version) bool {
	return before != nil && bytes.Equal(v.content, before.content) && slices.Equal(v.problems, before.problems) &&
		slices.EqualFunc(v.config.Rules, before.config.Rules, config.File.IsAs)
}

// inWords tells the first problem, and how many more there are.
func inWords(problems []config.Problem) string {
	if len(problems) == 1 {
		return problems[0].Error()
	}
	return fmt.Sprintf("%v (and %d more: dogwatch config check)", problems[0], len(problems)-1)
}

// note notes what has become of what was read.
func (f *Follower) note(problem string) {
	f.mu.Lock()
	if problem != "" && problem == f.state.Problem {
		f.mu.Unlock()
		return // it is known
	}
	f.state.Problem = problem
	if problem == "" {
		f.state.Good++
		f.state.Applied = time.Now()
	} else {
		f.state.Bad++
	}
	now := f.state
	f.mu.Unlock()
	f.opts.Changed(now)
}
