package faults

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/workspace"
)

// Options say what a Dogwatch watches.
type Options struct {
	// Kubeconfig is the path of a kubeconfig, whose current context is used.
	Kubeconfig string
	// Flags change the flags of kubectl's that were read, such as --as. Nil: none.
	Flags func(*cluster.Flags)
	// Types are as on the command line; each becomes a tab.
	Types []string
	// Namespace limits the tabs. Empty: all namespaces.
	Namespace string
	// LabelSelector limits the tabs as well.
	LabelSelector string
	// Watching is how the program watches, but for the pace where a test changes it.
	Watching informers.Options
	// History is where changes are remembered; nil remembers none.
	History *timeline.Timeline
	// Past is a recording that is watched; nil is the present.
	Past Past
}

// Past is a recording that is being played.
type Past interface {
	workspace.Recorded
	Now() time.Time
}

// Dogwatch is the program without its screen: cluster, watches and tabs. Its methods may be called from any goroutine.
type Dogwatch struct {
	tb      testing.TB
	manager *informers.Manager
	// Workspace holds the tabs.
	Workspace *workspace.Workspace
	// types is how many types it was started for.
	types int
	seen  chan struct{} // holds a token when there may be new watches

	mu      sync.Mutex
	watches map[*informers.Watch]func() // what forgets them
	log     []Transition
	changed chan struct{} // closed with each transition
}

// Transition is a state that a watch came into.
type Transition struct {
	// At is when it could be seen.
	At time.Time
	// Resource is the plural name of the watch's type.
	Resource string
	informers.State
}

// String is the transition on one line of a log.
func (t Transition) String() string {
	text := fmt.Sprintf("%s %s %s", t.At.Format("15:04:05.000"), t.Resource, t.Phase)
	if t.Reason != "" {
		text += ": " + t.Reason
	}
	if !t.NextTry.IsZero() {
		text += fmt.Sprintf(" (next try in %s)", t.NextTry.Sub(t.At).Round(time.Millisecond))
	}
	return text
}

// Start runs a dogwatch until the end of the test. A failed test logs the states that its watches have shown.
func Start(tb testing.TB, options Options) *Dogwatch {
	tb.Helper()
	rules, err := health.Builtin()
	if err != nil {
		tb.Fatal(err)
	}
	var now func() time.Time
	var recorded workspace.Recorded
	if options.Past != nil {
		now, recorded = options.Past.Now, options.Past
		rules = rules.At(now)
	}
	if options.Watching.Marks, err = informers.NewMarks(); err != nil {
		tb.Fatal(err)
	}
	options.Watching.ManagedFields = options.History != nil
	options.Watching.Health = func(gk schema.GroupKind) model.Judge { return rules.For(gk) }
	flags := cluster.NewFlags()
	flags.Kubeconfig = options.Kubeconfig
	if options.Flags != nil {
		options.Flags(flags)
	}
	d := &Dogwatch{
		tb: tb, types: len(options.Types), manager: informers.NewManager(tb.Context(), options.Watching),
		seen: make(chan struct{}, 1), watches: map[*informers.Watch]func(){}, changed: make(chan struct{}),
	}
	d.Workspace, err = workspace.New(tb.Context(), workspace.Options{
		Open: func(name string) (*cluster.Cluster, error) {
			return cluster.Open(flags, name, cluster.Options{UserAgent: "dogwatch/e2e-faults"})
		},
		Manager:       d.manager,
		Namespace:     options.Namespace,
		AllNamespaces: options.Namespace == "",
		LabelSelector: options.LabelSelector,
		History:       options.History,
		HistoryNow:    now,
		Recorded:      recorded,
		Health:        func() (*health.Rules, error) { return rules, nil },
		Changed:       d.wake,
	})
	if err != nil {
		tb.Fatal(err)
	}
	d.run(options.Types)
	return d
}

// run opens the tabs, and has all ended after the test.
func (d *Dogwatch) run(types []string) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(d.tb.Context()))
	var looking sync.WaitGroup
	looking.Go(func() { d.look(ctx) })
	d.tb.Cleanup(func() {
		if err := d.Workspace.Close(ctx); err != nil {
			d.tb.Errorf("closing the workspace: %v", err)
		}
		cancel()
		looking.Wait()
		if d.tb.Failed() {
			d.tb.Logf("the states were:\n%s", d)
		}
	})
	for _, t := range types {
		if _, err := d.Workspace.Open(workspace.Target{Types: []string{t}}); err != nil {
			d.tb.Fatal(err)
		}
	}
}

// wake is told that something changed. It does not block.
func (d *Dogwatch) wake() {
	select {
	case d.seen <- struct{}{}:
	default:
	}
}

// look begins to log each new watch, until ctx ends.
func (d *Dogwatch) look(ctx context.Context) {
	for {
		for _, w := range d.manager.Watches() {
			d.follow(w)
		}
		select {
		case <-d.seen:
		case <-ctx.Done():
			return
		}
	}
}

// follow logs the states of a watch.
func (d *Dogwatch) follow(w *informers.Watch) {
	d.mu.Lock()
	_, known := d.watches[w]
	d.mu.Unlock()
	if known {
		return
	}
	note := func() { d.note(w) }
	forget := w.OnChange(note)
	d.mu.Lock()
	d.watches[w] = forget
	d.mu.Unlock()
	note()
}

// note logs the present state, if it is another than the last of that watch. That a list comes in further is none.
func (d *Dogwatch) note(w *informers.Watch) {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := Transition{time.Now(), w.Identity().GVR.Resource, w.State()}
	for _, last := range slices.Backward(d.log) {
		if last.Resource != next.Resource {
			continue
		}
		if last.Phase == next.Phase && last.Reason == next.Reason && last.NextTry.Equal(next.NextTry) {
			return
		}
		break
	}
	d.log = append(d.log, next)
	close(d.changed)
	d.changed = make(chan struct{})
}

// Watches are those that run.
func (d *Dogwatch) Watches() []*informers.Watch { return d.manager.Watches() }

// Watch returns the watch of a type by its plural name, when there is one.
func (d *Dogwatch) Watch(resource string) *informers.Watch {
	d.tb.Helper()
	timeout := time.After(Patience)
	for {
		d.mu.Lock()
		changed := d.changed
		d.mu.Unlock()
		for _, w := range d.Watches() {
			if w.Identity().GVR.Resource == resource {
				return w
			}
		}
		select {
		case <-changed:
		case <-timeout:
			d.tb.Fatalf("there is no watch of %s", resource)
		}
	}
}

// Log is what the watches of a type have shown from a moment on, in order; of all types for "".
func (d *Dogwatch) Log(resource string, from time.Time) []Transition {
	d.mu.Lock()
	defer d.mu.Unlock()
	var log []Transition
	for _, t := range d.log {
		if (resource == "" || t.Resource == resource) && !t.At.Before(from) {
			log = append(log, t)
		}
	}
	return log
}

// String is the whole log, a line for each transition.
func (d *Dogwatch) String() string {
	var text strings.Builder
	for _, t := range d.Log("", time.Time{}) {
		text.WriteString(t.String() + "\n")
	}
	return text.String()
}

// Await waits for the first transition of a type's watch, from a moment on, that is as it should be, and returns it: what
// the watch showed already at that moment is none. It fails the test when patience is at its end.
func (d *Dogwatch) Await(resource string, from time.Time, what string, good func(informers.State) bool) Transition {
	d.tb.Helper()
	timeout := time.After(Patience)
	for {
		d.mu.Lock()
		changed := d.changed
		d.mu.Unlock()
		for _, t := range d.Log(resource, from) {
			if good(t.State) {
				return t
			}
		}
		select {
		case <-changed:
		case <-timeout:
			d.tb.Fatalf("%s never became %s", resource, what)
		}
	}
}

// AwaitPhase waits for a phase as Await does.
func (d *Dogwatch) AwaitPhase(resource string, from time.Time, phase informers.Phase) Transition {
	d.tb.Helper()
	return d.Await(resource, from, phase.String(), func(s informers.State) bool { return s.Phase == phase })
}
