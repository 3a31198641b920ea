package signals

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/faults"
	"github.com/dogwatch/dogwatch/informers"
	found "github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/replay/recorder"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/signals"
	"github.com/dogwatch/dogwatch/signals/recorded"
	"github.com/dogwatch/dogwatch/workspace"
)

// judged are all types that the built-in rules name, watched and judged as the dashboard has it done: through a recording in a pipe.
type judged struct {
	*faults.Dogwatch
	held *workspace.Held

	mu    sync.Mutex
	ready bool
	told  []found.Signal
	wrong []string
}

// faster is by how much what has to last lasts shorter in these tests than it is to.
const faster = 10

// rules are those that dogwatch comes with, and the types that they name.
func rules(t *testing.T, faster time.Duration) (all []*signals.Rule, types []string) {
	t.Helper()
	all, err := signals.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		r.For, r.Keep = r.For/faster, r.Keep/faster
		for _, gr := range slices.Concat(r.Types, r.Related) {
			if !slices.Contains(types, gr.String()) {
				types = append(types, gr.String())
			}
		}
	}
	return all, types
}

// judge begins to watch what the built-in rules name and to apply them, until the test is over, and returns when all is judged that was there
// before.
func judge(t *testing.T, faster time.Duration) *judged {
	t.Helper()
	all, types := rules(t, faster)
	return judgeBy(t, recorded.Rules{Builtin: all}, types)
}

// judgeBy is judge with other rules, and types that are watched besides those that these want.
func judgeBy(t *testing.T, by recorded.Rules, types []string) *judged {
	t.Helper()
	kubeconfig, err := cluster.Kubeconfig(controlplane.Reader, "")
	if err != nil {
		t.Fatal(err)
	}
	j := &judged{Dogwatch: faults.Start(t, faults.Options{Kubeconfig: kubeconfig, Types: types, Watching: informers.Options{ManagedFields: true}})}
	j.held = j.Workspace.Hold()
	wake := make(chan struct{}, 1)
	await.Success(t, patience, "all types to be watched", func(context.Context) error {
		if n := len(j.Watches()); n < len(types) {
			return fmt.Errorf("%d of %d types are watched", n, len(types))
		}
		for _, watch := range j.Watches() {
			if s := watch.State(); s.Phase != informers.Live {
				return fmt.Errorf("%s is %s: %s", watch.Identity(), s.Phase, s.Reason)
			}
		}
		return nil
	})
	from, to := io.Pipe()
	writer, err := recording.NewWriter(to)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		defer to.Close()
		r := recorder.New(writer, recorder.Options{
			Version: func() string { return "" }, Wake: wake, Live: true,
			Sources: func() []recorder.Source { return setup.Sources(j.Workspace) },
		})
		if err := r.Run(ctx); err != nil {
			t.Errorf("recording: %v", err)
		}
	})
	running.Go(func() {
		_ = recorded.Follow(context.Background(), from, by, nil, j.take) // the pipe ends in the middle
		_, _ = io.Copy(io.Discard, from)
	})
	looking := time.NewTicker(100 * time.Millisecond) // for new watches
	running.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-looking.C:
				select {
				case wake <- struct{}{}:
				default:
				}
			}
		}
	})
	t.Cleanup(func() { cancel(); looking.Stop(); running.Wait() })
	await.Success(t, patience, "all to be judged that is there", func(context.Context) error {
		j.mu.Lock()
		defer j.mu.Unlock()
		if !j.ready {
			return fmt.Errorf("it is not")
		}
		return nil
	})
	return j
}

func (j *judged) take(m found.Message) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case m.Signal != nil:
		j.told = append(j.told, *m.Signal)
	case m.Wanted != nil:
		return j.held.Set(m.Wanted.Types(false))
	case m.Fault != nil:
		j.wrong = append(j.wrong, fmt.Sprintf("rule %s cannot be applied to %s: %s", m.Fault.Rule, m.Fault.Object, m.Fault.Error))
	}
	j.ready = j.ready || m.Ready
	return nil
}

// faults are the rules that could not be applied, a line each.
func (j *judged) faults() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.wrong)
}

// count is how many signals were told, each time that they were.
func (j *judged) count() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.told)
}

// of are the signals of a rule and of an object whose name begins so, and how often each opened and was over.
func (j *judged) of(rule, object string) (opened, over map[string]int, last string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	opened, over = map[string]int{}, map[string]int{}
	for i := range j.told {
		s := &j.told[i]
		if s.Rule != rule || !strings.HasPrefix(s.Subject.String(), object) {
			continue
		}
		last = s.Title + ": " + s.Message
		if s.IsOpen() || s.Moment {
			opened[s.Fingerprint]++
		}
		if !s.IsOpen() {
			over[s.Fingerprint]++
		}
	}
	return opened, over, last
}

// alarms are what was told of some objects that somebody may have to do something about.
func (j *judged) alarms(of string) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	alarms := slices.Clone(j.wrong)
	for i := range j.told {
		if s := &j.told[i]; s.Severity != found.Info && strings.HasPrefix(s.Subject.String(), of) {
			alarms = append(alarms, fmt.Sprintf("%s %s of %s: %s", s.Severity, s.Type, s.Subject, s.Message))
		}
	}
	return alarms
}
