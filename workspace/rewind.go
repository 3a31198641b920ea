package workspace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/heat"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/model/rewind"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// errRewound says that the past is not shown any more.
var errRewound = errors.New("the past is not shown any more")

// Rewind shows the past of all tabs, up to the moment at which it was begun, while the watches go on. It is steered as a recording is.
// Its methods are safe for concurrent use.
type Rewind struct {
	ws      *Workspace
	past    *rewind.Past
	changes *timeline.Timeline
	places  map[*informers.Watch]int // among the sources of past
	opening sync.Mutex               // of who opens a tab, or ends it all
	// gaps are those of each source, since is since when its changes are remembered, ids are what the timeline calls it.
	gaps  [][]gap
	since []time.Time
	ids   []timeline.SourceID
	heats *heat.Rows
	// problems are what was unhealthy.
	problems *problems.List
	turn     chan struct{}
	ahead    time.Duration // of the server's clock
	wake     chan struct{}
	moves    atomic.Uint64 // counts what has changed what is shown
	ctx      context.Context
	cancel   context.CancelCauseFunc
	wg       sync.WaitGroup

	mu    sync.Mutex // guards what follows
	tabs  map[TabID]pastTab
	state playback.State // Now is where it was at settled
	// settled is when, by the local clock, time began to go by as it does.
	settled time.Time
	era     context.Context // ends with the next Seek
	endEra  context.CancelCauseFunc
}

// pastTab is what a tab shows of the past.
type pastTab struct {
	watches []*informers.Watch
	view    *model.View
}

// isOf tells whether it is of these watches.
func (p *pastTab) isOf(watches []shown) bool {
	return slices.EqualFunc(p.watches, watches, func(w *informers.Watch, s shown) bool { return w == s.lease.Watch() })
}

// BeginRewind shows the past of all tabs, paused at the present moment, until EndRewind. Where it is shown already, that goes on. Its cost grows
// with the number of objects. Errors are ErrNoHistory, ErrClosed and that of ctx.
func (w *Workspace) BeginRewind(ctx context.Context) (*Rewind, error) {
	if w.history == nil || w.history.recorded != nil { // a recording's time is steered by who plays it
		return nil, ErrNoHistory
	}
	if r := w.rewind.Load(); r != nil {
		return r, nil
	}
	c, err := w.takeCut(ctx)
	if err != nil {
		return nil, err
	}
	r := newRewind(w, c)
	if !w.showPast(r) {
		return w.BeginRewind(ctx)
	}
	w.mu.Lock()
	closed := w.closed
	w.mu.Unlock()
	if closed {
		w.EndRewind()
		return nil, ErrClosed
	}
	w.opts.Changed()
	return r, nil
}

// takeCut asks the history for what the watches hold, and what led there.
func (w *Workspace) takeCut(ctx context.Context) (cut, error) {
	answer := make(chan cut, 1)
	select {
	case w.history.cuts <- answer:
	case <-w.ctx.Done():
		return cut{}, ErrClosed
	case <-ctx.Done():
		return cut{}, fmt.Errorf("going into the past: %w", context.Cause(ctx))
	}
	select {
	case c := <-answer:
		return c, nil
	case <-w.ctx.Done():
		return cut{}, ErrClosed
	case <-ctx.Done():
		return cut{}, fmt.Errorf("going into the past: %w", context.Cause(ctx))
	}
}

// showPast has all tabs show a past. Where they show another it ends this one, and is false.
func (w *Workspace) showPast(r *Rewind) bool {
	if !w.rewind.CompareAndSwap(nil, r) {
		r.close()
		return false
	}
	r.openTabs() // those that have come since, and did not see yet that there is a past
	return true
}

// EndRewind shows the present again, and frees what the past took.
func (w *Workspace) EndRewind() {
	if r := w.rewind.Swap(nil); r != nil {
		w.opts.Changed()
		r.close()
	}
}

func newRewind(w *Workspace, c cut) *Rewind {
	r := &Rewind{
		ws: w, changes: c.timeline, places: map[*informers.Watch]int{}, tabs: map[TabID]pastTab{},
		turn: make(chan struct{}, 1), wake: make(chan struct{}, 1), ahead: time.Until(w.ServerNow()),
	}
	r.ctx, r.cancel = context.WithCancelCause(w.ctx)
	r.era, r.endEra = context.WithCancelCause(r.ctx)
	sources := make([]rewind.Source, len(c.watches))
	for i, watched := range c.watches {
		r.places[watched.watch] = i
		r.gaps = append(r.gaps, watched.gaps)
		sources[i] = watched.source
		if !watched.listed {
			sources[i].Since = c.at
		}
		sources[i].Judge, sources[i].Ahead = w.judge(watched.watch), r.ahead
	}
	r.past = rewind.New(c.timeline, c.at, sources)
	for i := range c.watches {
		r.ids, r.since = append(r.ids, sources[i].ID), append(r.since, r.knownSince(&c.watches[i], c.at))
	}
	r.heats = r.newHeats(w.noise)
	r.state = playback.State{Begin: r.past.Begin(), End: c.at, Now: c.at, Speed: 1, Paused: true, Counted: r.past.Begin()}
	r.state.Gaps = r.gapsOf(c)
	r.problems = problems.New(problems.Options{Sources: r.judged, Now: r.serverNow, Moments: true, Changed: w.opts.Changed})
	r.openTabs()
	for _, run := range []func(){r.play, r.count, func() { r.problems.Run(r.ctx) }, func() { r.heats.Run(r.ctx) }} {
		r.wg.Go(func() {
			defer runtime.HandleCrash()
			run()
		})
	}
	return r
}

// judge is how the health of a watch's objects is told by a clock.
func (w *Workspace) judge(watch *informers.Watch) func(func() time.Time) func(jsonscan.Object, uint32) model.Health {
	typ := watch.State().Type
	gk := schema.GroupKind{Group: typ.GVR.Group, Kind: typ.Kind}
	rules, err := w.opts.Health()
	if err != nil || gk.Kind == "" {
		return nil
	}
	return func(now func() time.Time) func(jsonscan.Object, uint32) model.Health { return rules.At(now).For(gk).Of }
}

// faults say in words what is wrong with the past.
func (r *Rewind) faults() []string {
	if n := r.past.Lost(); n > 0 {
		return []string{fmt.Sprintf("%d objects are left out: what is remembered of them does not fit together, see the log", n)}
	}
	return nil
}

// gapsOf are the times of which the watches know nothing, for the line of the time.
func (r *Rewind) gapsOf(c cut) []playback.Gap {
	var gaps []playback.Gap
	for i, w := range c.watches {
		name := string(recording.NameOf(w.watch.Identity().GVR))
		if since := w.source.Since; since.After(r.past.Begin()) {
			gaps = append(gaps, playback.Gap{From: r.past.Begin(), To: since, Type: name, Reason: beganLater})
		}
		for _, g := range r.gaps[i] {
			gaps = append(gaps, playback.Gap{From: g.from, To: g.to, Type: name, Reason: g.reason()})
		}
	}
	return gaps
}

// openTabs makes the past's view of each tab.
func (r *Rewind) openTabs() {
	r.ws.mu.Lock()
	tabs := slices.Clone(r.ws.tabs)
	r.ws.mu.Unlock()
	for _, t := range tabs {
		r.openTab(t)
	}
}

// openTab makes the past's view of a tab as it is now, which may have come later: the past has what anybody watched, as for rules.
func (r *Rewind) openTab(t *tab) {
	r.opening.Lock()
	defer r.opening.Unlock()
	watches := t.shownNow()
	r.mu.Lock()
	old := r.tabs[t.id]
	r.mu.Unlock()
	if r.ctx.Err() != nil || old.isOf(watches) {
		return
	}
	p, ok := r.open(watches, t.wanted().target.Filter)
	if !ok {
		return
	}
	r.mu.Lock()
	r.tabs[t.id] = p
	r.mu.Unlock()
	if old.view != nil {
		old.view.Close()
	}
}

// open makes the view of watches; not ok is that one of them is not among the past's.
func (r *Rewind) open(watches []shown, filter string) (pastTab, bool) {
	var p pastTab
	var sources []model.Source
	for _, s := range watches {
		watch := s.lease.Watch()
		place, ok := r.places[watch]
		if !ok {
			return p, false
		}
		p.watches = append(p.watches, watch)
		sources = append(sources, model.Source{
			Store: r.past.Store(place), Name: s.resource.GVR.Resource, Kind: s.resource.Kind, Cluster: watch.Identity().Cluster,
		})
	}
	if len(sources) == 0 {
		return p, false
	}
	p.view = model.NewView(r.ctx, sources, model.Spec{Filter: model.ParseFilter(filter)}, r.ws.opts.Changed)
	return p, true
}

// close ends it, and waits until nothing is left of it.
func (r *Rewind) close() {
	r.cancel(errRewound)
	r.wg.Wait()
	r.turn <- struct{}{} // nobody moves any more
	r.opening.Lock()     // nor opens
	defer r.opening.Unlock()
	for _, p := range r.tabs {
		p.view.Close()
	}
	r.past.Close()
}

// notWatched is said of tabs that the past does not have.
const notWatched = "this was not watched when you went into the past; esc goes back to the present"

// show makes the snapshot of a tab that of the past.
func (r *Rewind) show(out *Tab, watches []shown) {
	r.mu.Lock()
	p := r.tabs[out.ID]
	r.mu.Unlock()
	if !p.isOf(watches) {
		out.View, out.Sources, out.Problem = nil, nil, notWatched
		return
	}
	now := r.State().Now
	out.View = p.view
	for i := range out.Sources {
		source := &out.Sources[i]
		place := r.places[p.watches[i]]
		store := r.past.Store(place)
		source.Columns, source.Count, source.Unhealthy = store.Columns(), store.Len(), store.Unhealthy()
		source.Heat = r.heatAt(place, model.Key{})
		if present := source.State; present.Phase != informers.Forbidden || present.Synced { // else nothing was ever known
			source.State = r.stateOf(place, present.Type, now)
		} else {
			source.State.NextTry = time.Time{} // the past is not asked
		}
	}
}

// judged are the watches as the list of problems reads them.
func (r *Rewind) judged() []problems.Source {
	rules, err := r.ws.opts.Health()
	if err != nil {
		return nil
	}
	rules = rules.At(r.serverNow)
	sources := make([]problems.Source, 0, len(r.places))
	for watch, place := range r.places {
		sources = append(sources, problemsOf(watch, watch.State().Type.Kind, r.past.Store(place), rules))
	}
	return sources
}

// serverNow is the moment that is shown, by the server's clock.
func (r *Rewind) serverNow() time.Time { return r.past.Now().Add(r.ahead) }

// Problems is the list of what was unhealthy.
func (r *Rewind) Problems() *problems.List { return r.problems }

// beganLater is said of what was before a watch knew all of its objects. It may have been watched earlier, too: dropped, and added again.
const beganLater = "its watch began later"

// stateOf is what a watch was doing then.
func (r *Rewind) stateOf(place int, typ informers.Type, now time.Time) informers.State {
	if !r.past.Known(place) {
		return informers.State{Phase: informers.Stale, Type: typ, Reason: beganLater}
	}
	heard := time.Time{} // when nothing was missed last
	for i, g := range r.gaps[place] {
		if i == 0 || g.from.After(r.gaps[place][i-1].to) {
			heard = g.from
		}
		if !now.Before(g.from) && now.Before(g.to) {
			s := informers.State{Phase: informers.Stale, Type: typ, Synced: true, Since: g.from, LastHeard: heard, Reason: g.reason()}
			if g.gone {
				s.Phase = informers.Gone
			}
			return s
		}
	}
	return informers.State{Phase: informers.Live, Type: typ, Synced: true}
}
