package workspace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/activity"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// ErrClosed is what commands return once Close has been called.
var ErrClosed = errors.New("the workspace is closed")

// Options configure a Workspace.
type Options struct {
	// Open reads the kubeconfig for a context; "" is the current one. It must
	// not use the network.
	Open func(contextName string) (*cluster.Cluster, error)
	// Manager owns the watches. The workspace closes it.
	Manager *informers.Manager
	// Namespace and AllNamespaces are the scope at the start; an empty
	// Namespace is the context's own.
	Namespace     string
	AllNamespaces bool
	// LabelSelector and FieldSelector limit every tab that names none itself.
	LabelSelector string
	FieldSelector string
	// ShardSelector asks servers that know it for a part of the objects of every tab.
	ShardSelector string
	// History is where changes are remembered; nil remembers none. The Manager is to have informers.Options.ManagedFields then.
	History *timeline.Timeline
	// HistoryNow tells the time of changes where it is not the present; nil is the present.
	HistoryNow func() time.Time
	// Recorded is the recording that is played, whose changes up to the place that is shown are remembered; nil where what watches tell is.
	Recorded Recorded
	// Health gives the rules that tell how objects are, once they are read; nil is the built-in ones.
	Health func() (*health.Rules, error)
	// Noise tells which changes mean nothing; nil is the built-in rules.
	Noise *noise.Rules
	// Changed is called whenever the screen may have to be drawn again, from
	// any goroutine. It must not block.
	Changed func()
}

// Workspace holds the tabs and the connections they use. Its methods are safe
// for concurrent use. Commands may read the kubeconfig from disk or wait for a
// watch to stop, so the program loop must not call them itself.
type Workspace struct {
	opts   Options
	ctx    context.Context // parent of every tab and connection
	cancel context.CancelFunc
	wg     sync.WaitGroup
	// history is nil where nothing is remembered.
	history *history
	// activity is nil where nothing is remembered.
	activity *activity.Feed
	// noise are the rules, nil where nothing is remembered.
	noise *noise.Rules
	// rowHeat is nil where nothing is remembered.
	rowHeat  *RowHeat
	problems *problems.List
	// rewind is the past that is shown, nil for the present.
	rewind atomic.Pointer[Rewind]
	// tabsChanged wakes who follows the watches of all tabs.
	tabsChanged wakes
	// clock is the current connection's cluster, for who must not wait for mu.
	clock atomic.Pointer[cluster.Cluster]

	mu          sync.Mutex
	closed      bool
	connections map[string]*connection
	current     *connection
	namespace   string // in force; "" is all
	lastNS      string // what AllNamespaces goes back to
	tabs        []*tab
	held        []*tab // those that nobody sees
	singles     []*Single
	nextID      TabID
	generation  uint64
}

// New opens the context that opts name and starts its upkeep. It uses no
// network itself, so an error is about the kubeconfig.
func New(ctx context.Context, opts Options) (*Workspace, error) {
	ctx, cancel := context.WithCancel(ctx)
	if opts.Health == nil {
		opts.Health = sync.OnceValues(health.Builtin)
	}
	w := &Workspace{opts: opts, ctx: ctx, cancel: cancel, connections: map[string]*connection{}}
	conn, err := w.connectLocked("")
	if err != nil {
		cancel()
		return nil, err
	}
	w.useLocked(conn)
	w.lastNS = opts.Namespace
	if w.lastNS == "" {
		w.lastNS = conn.cluster.Namespace()
	}
	if !opts.AllNamespaces {
		w.namespace = w.lastNS
	}
	w.startProblems()
	w.history = newHistory(w)
	if err := w.startActivity(); err != nil {
		cancel()
		return nil, err
	}
	w.startHistory()
	return w, nil
}

// ServerNow is the time by the clock of the current cluster's server.
func (w *Workspace) ServerNow() time.Time { return w.clock.Load().Now() }

// useLocked makes a connection the current one.
func (w *Workspace) useLocked(conn *connection) {
	w.current = conn
	w.clock.Store(conn.cluster)
}

// Close ends every tab, watch and connection and waits for them, within ctx.
func (w *Workspace) Close(ctx context.Context) error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.cancel()
	w.EndRewind()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer runtime.HandleCrash()
		w.wg.Wait()
	}()
	err := w.opts.Manager.Close(ctx)
	select {
	case <-done:
		return err
	case <-ctx.Done():
		return errors.Join(err, fmt.Errorf("waiting for tabs and connections to end: %w", ctx.Err()))
	}
}

// Open adds a tab at the end, or finds the one that shows the same already, in
// whatever spelling. The tab is there at once; its types are resolved when the
// catalog knows them.
func (w *Workspace) Open(target Target) (TabID, error) {
	id, _, err := w.open(target, false)
	return id, err
}

// OpenNew is Open that tells, too, whether the tab was not there before.
func (w *Workspace) OpenNew(target Target) (id TabID, isNew bool, err error) {
	return w.open(target, false)
}

// OpenKnown is Open for types that must exist: where the catalog is known and
// has no such type it returns an error that names the nearest.
func (w *Workspace) OpenKnown(target Target) (TabID, error) {
	w.mu.Lock()
	conn := w.current
	w.mu.Unlock()
	if snapshot := conn.cluster.Catalog().Snapshot(); target.Context == "" && !snapshot.Fetched.IsZero() {
		for _, arg := range target.Types {
			if _, err := snapshot.Resolve(arg); err != nil && !errors.Is(err, cluster.ErrNotDiscovered) {
				return 0, err
			}
		}
	}
	return w.Open(target)
}

func (w *Workspace) open(target Target, optional bool) (id TabID, isNew bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return 0, false, ErrClosed
	}
	conn := w.current
	if target.Context != "" {
		if conn, err = w.connectLocked(target.Context); err != nil {
			return 0, false, err
		}
	}
	wish := want{target, conn, w.scopeLocked(target, conn), optional}
	if i := w.sameLocked(wish); i >= 0 {
		return w.tabs[i].id, false, nil
	}
	w.nextID++
	t := newTab(w, w.nextID, wish)
	w.tabs = append(w.tabs, t)
	w.runLocked(t)
	w.changedLocked()
	return t.id, true, nil
}

// sameLocked finds the tab that shows what a wish would: the same watches, or,
// before the types are resolved, the same words.
func (w *Workspace) sameLocked(wish want) int {
	probe := &tab{ws: w, wish: wish}
	plan, err := probe.plan(wish, wish.conn.cluster.Catalog().Snapshot())
	resolved := err == nil && len(plan) > 0
	return slices.IndexFunc(w.tabs, func(t *tab) bool {
		if t.wanted().target.sameAs(wish.target) {
			return true
		}
		return resolved && samePlan(t.shownNow(), plan)
	})
}

// scopeLocked is the namespace that a tab of target is limited to.
func (w *Workspace) scopeLocked(target Target, conn *connection) string {
	switch {
	case target.AllNamespaces:
		return ""
	case target.Namespace != "":
		return target.Namespace
	case conn == w.current:
		return w.namespace
	default:
		return conn.cluster.Namespace()
	}
}

// CloseTab drops a tab and its watches. An id that is gone is no error.
func (w *Workspace) CloseTab(id TabID) {
	w.mu.Lock()
	i := slices.IndexFunc(w.tabs, func(t *tab) bool { return t.id == id })
	if i < 0 {
		w.mu.Unlock()
		return
	}
	t := w.tabs[i]
	w.tabs = slices.Delete(w.tabs, i, i+1)
	w.changedLocked()
	w.mu.Unlock()
	t.stop()
}

// SetNamespace limits every tab without a namespace of its own to namespace;
// "" is all namespaces.
func (w *Workspace) SetNamespace(namespace string) {
	w.mu.Lock()
	if w.closed || w.namespace == namespace {
		w.mu.Unlock()
		return
	}
	if namespace != "" {
		w.lastNS = namespace
	}
	w.namespace = namespace
	w.rescopeLocked()
	w.mu.Unlock()
}

// ToggleAllNamespaces goes to all namespaces, or back to the one before.
func (w *Workspace) ToggleAllNamespaces() {
	w.mu.Lock()
	namespace := ""
	if w.namespace == "" {
		namespace = w.lastNS
	}
	w.mu.Unlock()
	w.SetNamespace(namespace)
}

// ShowAllNamespaces goes to all namespaces, or back to the one before.
func (w *Workspace) ShowAllNamespaces(all bool) {
	w.mu.Lock()
	isAll := w.namespace == ""
	w.mu.Unlock()
	if isAll != all {
		w.ToggleAllNamespaces()
	}
}

// SetContext moves every tab without a context of its own to another cluster,
// in that context's namespace.
func (w *Workspace) SetContext(name string) error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return ErrClosed
	}
	conn, err := w.connectLocked(name)
	if err != nil || conn == w.current {
		w.mu.Unlock()
		return err
	}
	w.useLocked(conn)
	w.lastNS = conn.cluster.Namespace()
	if w.namespace != "" {
		w.namespace = w.lastNS
	}
	w.rescopeLocked()
	w.dropUnusedLocked()
	w.mu.Unlock()
	return nil
}

// Limit limits a tab by other selectors, in its place. It is false where the tab is gone, or another shows the same already.
func (w *Workspace) Limit(id TabID, labelSelector, fieldSelector string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.tabs, func(t *tab) bool { return t.id == id })
	if i < 0 {
		return false
	}
	wish := w.tabs[i].wanted()
	wish.target.LabelSelector, wish.target.FieldSelector = labelSelector, fieldSelector
	if other := w.sameLocked(wish); other >= 0 && other != i {
		return false
	}
	w.tabs[i].change(func(next *want) {
		next.target.LabelSelector, next.target.FieldSelector = labelSelector, fieldSelector
	})
	w.changedLocked()
	return true
}

// rescopeLocked tells every tab the cluster and namespace that are now in
// force for it.
func (w *Workspace) rescopeLocked() {
	for _, t := range w.allLocked() {
		t.change(func(next *want) {
			if next.target.Context == "" {
				next.conn = w.current
			}
			next.namespace = w.scopeLocked(next.target, next.conn)
			next.optional = false
		})
	}
	w.changedLocked()
}

// Apply adds and drops types, as the picker asks: each added type becomes a
// tab, or all of them one; a dropped type leaves every tab that shows it.
func (w *Workspace) Apply(add, drop []string, oneTab bool) (TabID, error) {
	for _, arg := range drop {
		w.DropType(arg)
	}
	if oneTab && len(add) > 1 {
		return w.Open(Target{Types: add})
	}
	var last TabID
	var errs []error
	for _, arg := range add {
		id, err := w.Open(Target{Types: []string{arg}})
		if err != nil {
			errs = append(errs, err)
			continue
		}
		last = id
	}
	return last, errors.Join(errs...)
}

// Prioritize tells that a tab is the one being looked at, so that its watches
// go before others that wait.
func (w *Workspace) Prioritize(id TabID) {
	if t := w.find(id); t != nil {
		for _, s := range t.shownNow() {
			s.lease.Prioritize()
		}
	}
}

func (w *Workspace) find(id TabID) *tab {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.tabs {
		if t.id == id {
			return t
		}
	}
	return nil
}

// forget takes a tab that has ended off the list, and ends the connection that
// it was the last to use.
func (w *Workspace) forget(t *tab) {
	w.mu.Lock()
	defer w.mu.Unlock()
	isIt := func(other *tab) bool { return other == t }
	w.tabs, w.held = slices.DeleteFunc(w.tabs, isIt), slices.DeleteFunc(w.held, isIt)
	w.dropUnusedLocked()
	w.changedLocked()
}

func (w *Workspace) changedLocked() {
	w.generation++
	w.opts.Changed()
}
