package workspace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
)

// want is what a tab is asked to show: the target, and the cluster and
// namespace that are in force for it.
type want struct {
	target    Target
	conn      *connection
	namespace string
	// optional tabs go away if their types may not be watched.
	optional bool
}

// tab brings about what is wanted of it: one goroutine looks at the catalog
// and the wish, and adds and drops watches until they agree.
type tab struct {
	id     TabID
	ws     *Workspace
	cancel context.CancelFunc
	ctx    context.Context
	done   chan struct{}
	wake   chan struct{} // one slot: look again
	// isHeld tells that nobody sees it: there is no view.
	isHeld bool
	// allowed is set once a tab that is optional turned out to be of use; under
	// the workspace's lock.
	allowed bool

	mu      sync.Mutex
	wish    want
	shown   []shown
	view    *model.View
	problem string
	// waits tells that the wish is for types that may come: none is there.
	waits bool
}

// shown is one watch of a tab with what it was asked for as.
type shown struct {
	arg      string
	conn     *connection // whose rows these are, whatever is wanted by now
	resource cluster.Resource
	lease    *informers.Lease
	forget   func() // ends the marks that its changes of state make
}

func newTab(w *Workspace, id TabID, wish want) *tab {
	ctx, cancel := context.WithCancel(w.ctx)
	return &tab{
		id: id, ws: w, ctx: ctx, cancel: cancel,
		done: make(chan struct{}), wake: make(chan struct{}, 1), wish: wish,
	}
}

// change edits the wish, in one step, so that no other edit is lost; the tab's
// goroutine sees to it.
func (t *tab) change(edit func(*want)) {
	t.mu.Lock()
	edit(&t.wish)
	t.mu.Unlock()
	t.nudge()
}

// nudge makes the tab's goroutine look again at what is wanted.
func (t *tab) nudge() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

func (t *tab) wanted() want {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wish
}

// stop ends the tab and waits until its watches are dropped.
func (t *tab) stop() {
	t.cancel()
	<-t.done
}

// run ends when the tab is stopped, or finds no reason to stay.
func (t *tab) run() {
	defer close(t.done)
	defer t.ws.forget(t)
	defer t.show(nil, "")
	for {
		wish := t.wanted()
		changed, unsubscribe := wish.conn.cluster.Catalog().Subscribe()
		again := t.follow(wish, changed)
		unsubscribe()
		if !again {
			return
		}
	}
}

// follow reconciles the tab with a wish at each change of the catalog. It
// returns true when the wish may have changed, false when the tab is to end.
func (t *tab) follow(wish want, changed <-chan struct{}) bool {
	for {
		if !t.reconcile(wish) {
			return false
		}
		select {
		case <-t.ctx.Done():
			return false
		case <-t.wake:
			return true
		case <-changed:
		}
	}
}

// reconcile makes the tab show what the catalog says the wish means now. It
// returns false when the tab has no reason to stay.
func (t *tab) reconcile(wish want) bool {
	// At once: what another connection delivers must not wait, under the new
	// name, for a catalog that may never come.
	if !allOf(t.shownNow(), wish.conn) {
		t.show(nil, "")
	}
	catalog := wish.conn.cluster.Catalog()
	snapshot := catalog.Snapshot()
	plan, err := t.plan(wish, snapshot)
	t.mu.Lock()
	t.waits = err == nil && len(plan) == 0
	t.mu.Unlock()
	if errors.Is(err, cluster.ErrNotDiscovered) || err != nil && snapshot.Fetched.IsZero() {
		if snapshot.CoreKnown() {
			catalog.Hurry()
		}
		return true // not all of them can be told yet
	}
	if wish.optional && !t.stays(wish, plan) {
		return false
	}
	t.show(plan, problemText(err))
	return true
}

func problemText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// planned is a watch that the tab ought to have.
type planned struct {
	arg      string
	conn     *connection
	resource cluster.Resource
	identity informers.Identity
}

// plan resolves the wish's types. A type that is not in the catalog, but that
// the tab shows already under its name, stays: its watch says that it is gone, and comes back
// by itself. Of a pattern or a category those are shown that there are.
func (t *tab) plan(wish want, snapshot *cluster.Snapshot) ([]planned, error) {
	var plan []planned
	var errs []error
	seen := map[informers.Identity]bool{}
	add := func(arg string, r cluster.Resource) {
		id := t.identity(wish, r)
		if !seen[id] {
			seen[id] = true
			plan = append(plan, planned{arg, wish.conn, r, id})
		}
	}
	for _, arg := range wish.target.Types {
		resources, err := snapshot.Resolve(arg)
		if err != nil {
			if resources = t.shownByName(arg); len(resources) == 0 {
				errs = append(errs, err)
			}
		}
		for _, r := range resources {
			add(arg, r)
		}
	}
	return plan, errors.Join(errs...)
}

func (t *tab) identity(wish want, r cluster.Resource) informers.Identity {
	id := informers.Identity{
		Cluster:       wish.conn.cluster.Name(),
		GVR:           r.GVR,
		LabelSelector: wish.target.LabelSelector,
		FieldSelector: wish.target.FieldSelector,
		ShardSelector: t.ws.opts.ShardSelector,
	}
	if id.LabelSelector == "" {
		id.LabelSelector = t.ws.opts.LabelSelector
	}
	if id.FieldSelector == "" {
		id.FieldSelector = t.ws.opts.FieldSelector
	}
	if r.Namespaced {
		id.Namespace = wish.namespace
	}
	return id
}

// shownByName are the types that the tab shows for an argument, without those that it shows because they were among what the argument stood for.
func (t *tab) shownByName(arg string) []cluster.Resource {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.DeleteFunc(t.shownAsLocked(arg), func(r cluster.Resource) bool { return r.Stands(arg) })
}

func (t *tab) shownAsLocked(arg string) []cluster.Resource {
	var resources []cluster.Resource
	for _, s := range t.shown {
		if s.arg == arg {
			resources = append(resources, s.resource)
		}
	}
	return resources
}

// show takes the tab from its present watches to the planned ones. What both
// need goes on untouched; new watches are added before old ones are dropped.
func (t *tab) show(plan []planned, problem string) {
	old := t.shownNow()
	if samePlan(old, plan) {
		t.publish(old, t.view, problem)
		return
	}
	var next []shown // nil, which is unresolved, without a plan
	for _, p := range plan {
		lease, err := t.ws.opts.Manager.Add(p.identity)
		if err != nil {
			problem = fmt.Sprintf("adding a watch of %s: %v", p.resource.GVR.Resource, err)
			continue
		}
		forget := lease.Watch().OnChange(t.ws.opts.Changed)
		next = append(next, shown{p.arg, p.conn, p.resource, lease, forget})
	}
	oldView := t.view
	t.publish(next, t.newView(next), problem)
	if oldView != nil {
		oldView.Close()
	}
	for _, s := range old {
		s.forget()
		s.lease.Drop()
	}
}

func samePlan(old []shown, plan []planned) bool {
	return slices.EqualFunc(old, plan, func(s shown, p planned) bool {
		// The identity has but the cluster's name, which a later connection may
		// have too.
		return s.conn == p.conn && s.lease.Watch().Identity() == p.identity
	})
}

// allOf tells whether all watches are of one connection.
func allOf(watches []shown, conn *connection) bool {
	return !slices.ContainsFunc(watches, func(s shown) bool { return s.conn != conn })
}

func (t *tab) newView(watches []shown) *model.View {
	if len(watches) == 0 || t.isHeld {
		return nil
	}
	sources := make([]model.Source, len(watches))
	for i, s := range watches {
		sources[i] = model.Source{
			Store:   s.lease.Watch().Store(),
			Name:    s.resource.GVR.Resource,
			Kind:    s.resource.Kind,
			Cluster: s.lease.Watch().Identity().Cluster,
		}
	}
	spec := model.Spec{Filter: model.ParseFilter(t.wanted().target.Filter)}
	return model.NewView(t.ctx, sources, spec, t.ws.opts.Changed)
}

func (t *tab) publish(watches []shown, view *model.View, problem string) {
	t.mu.Lock()
	t.shown, t.view, t.problem = watches, view, problem
	t.mu.Unlock()
	if past := t.ws.rewind.Load(); past != nil && !t.isHeld {
		past.openTab(t)
	}
	t.ws.history.notice()
	t.ws.tabsChanged.wake()
	t.ws.problems.Notice()
	t.ws.opts.Changed()
}

func (t *tab) shownNow() []shown {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.shown)
}
