package workspace

import (
	"context"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
)

const (
	// historyQueue is how many changes of one watch may wait, with their managedFields, before those of one object are merged,
	// and counted.
	historyQueue = 2048
	// historyPause is how long changes are let gather: one look at all watches is for all that came.
	historyPause = 10 * time.Millisecond
	// memoryPause is how often it is looked whether memory is short.
	memoryPause = time.Second
)

// History says what is remembered of the watches' changes. The zero History is of a workspace that remembers nothing.
type History struct {
	// Changes is how many there are, since Oldest.
	Changes int
	Oldest  time.Time
	// Bytes is what they take of Limit, which may be less than was asked for while memory is short.
	Bytes, Limit int64
	// Merged counts changes that were merged into later ones of the same object because they came too fast.
	Merged uint64
	// Reading tells that more is being read, of the time before.
	Reading bool
}

// history follows the watches of all tabs, and takes what changes into the timeline. It has one goroutine.
type history struct {
	watches  func() []Watched
	timeline *timeline.Timeline
	taker    *timeline.Taker
	guard    *timeline.Guard
	memory   func() timeline.Reading
	now      func() time.Time // nil for the present
	recorded *recorded        // nil where watches tell what changes
	redraw   func()
	wake     chan struct{}
	changed  atomic.Bool // tabs have other watches
	followed []*followed
	known    atomic.Pointer[[]*followed]                      // what is followed, for others
	places   atomic.Pointer[map[informers.Identity]*followed] // the same, to be found
	merged   atomic.Uint64
	gone     uint64 // merged of watches that are no longer followed
	batch    []heard
	cuts     chan chan<- cut
}

// followed is a watch whose changes are taken.
type followed struct {
	watch   *informers.Watch
	id      timeline.SourceID
	changes *model.Subscription // nil where a recording tells them
	forget  func()              // ends being told of its states
	knowledge
}

// heard is a change that has been delivered.
type heard struct {
	from  *followed
	delta model.Delta
}

// newHistory makes the history of a workspace, nil if it is to have none.
func newHistory(w *Workspace) *history {
	if w.opts.History == nil {
		return nil
	}
	h := &history{
		watches: w.Watches, timeline: w.opts.History, taker: timeline.NewTaker(w.opts.History), guard: timeline.NewGuard(w.opts.History),
		memory: timeline.ReadMemory, now: w.opts.HistoryNow, redraw: w.opts.Changed, wake: make(chan struct{}, 1),
		cuts: make(chan chan<- cut),
	}
	h.publish()
	if of := w.opts.Recorded; of != nil {
		h.recorded = newRecorded(of, h.timeline, h.taker, h.nudge)
	}
	return h
}

// startHistory begins to remember, until the workspace is closed.
func (w *Workspace) startHistory() {
	if w.history == nil {
		return
	}
	w.wg.Add(1)
	go func() {
		defer w.wg.Done()
		defer runtime.HandleCrash()
		w.history.run(w.ctx)
	}()
}

// Timeline holds what has changed; nil where nothing is remembered. It is the same for the life of the workspace.
func (w *Workspace) Timeline() *timeline.Timeline { return w.opts.History }

// CheckHistory has it looked whether the time that Options.HistoryNow tells went back: what is remembered has not happened then, and what
// time has made unhealthy is not so yet.
func (w *Workspace) CheckHistory() {
	w.history.nudge()
	w.problems.Notice()
}

// notice tells that tabs have other watches.
func (h *history) notice() {
	if h != nil {
		h.changed.Store(true)
		h.nudge()
	}
}

func (h *history) nudge() {
	if h == nil {
		return
	}
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

func (h *history) state() History {
	if h == nil {
		return History{}
	}
	t := h.timeline
	return History{
		Changes: t.Len(), Oldest: t.Oldest(), Bytes: t.Bytes(), Limit: t.Limit(), Merged: h.merged.Load(),
		Reading: h.isReading(),
	}
}

// isReading tells that a recording is being read.
func (h *history) isReading() bool { return h != nil && h.recorded != nil && h.recorded.reading.Load() }

// run takes what comes until ctx ends.
func (h *history) run(ctx context.Context) {
	defer h.leave()
	var memory <-chan time.Time // nil where memory is not limited
	if h.memory().Limit != math.MaxInt64 {
		ticker := time.NewTicker(memoryPause)
		defer ticker.Stop()
		memory = ticker.C
	}
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		select {
		case <-ctx.Done():
			return
		case <-memory:
			h.guard.Look(h.memory())
		case <-h.wake:
			h.step()
		case to := <-h.cuts:
			to <- h.cut()
		}
		pause.Reset(historyPause)
	}
}

func (h *history) leave() {
	for _, f := range h.followed {
		f.leave()
	}
	if h.recorded != nil {
		h.recorded.leave()
	}
}

// leave ends the following of a watch.
func (f *followed) leave() {
	f.forget()
	if f.changes != nil {
		f.changes.Close()
	}
}

// step takes all that waits.
func (h *history) step() {
	if h.changed.Swap(false) {
		h.reconcile()
	}
	if h.recorded != nil {
		h.stepRecorded()
		return
	}
	for h.gather() {
		h.takeBatch()
	}
	merged := h.gone
	for _, f := range h.followed {
		merged += f.changes.Merged()
	}
	h.merged.Store(merged)
}

// reconcile follows the watches that there are now.
func (h *history) reconcile() {
	now := h.watches()
	h.followed = slices.DeleteFunc(h.followed, func(f *followed) bool {
		gone := !slices.ContainsFunc(now, func(w Watched) bool { return w.Watch == f.watch })
		if gone && f.changes != nil {
			h.gone += f.changes.Merged()
		}
		if gone {
			f.leave()
		}
		return gone
	})
	for _, w := range now {
		if !slices.ContainsFunc(h.followed, func(f *followed) bool { return f.watch == w.Watch }) {
			h.follow(w.Watch)
		}
	}
	h.publish()
}

// publish tells others what is followed.
func (h *history) publish() {
	known, places := slices.Clone(h.followed), make(map[informers.Identity]*followed, len(h.followed))
	for _, f := range known {
		places[f.watch.Identity()] = f
	}
	h.known.Store(&known)
	h.places.Store(&places)
}

// following finds what follows a watch; nil where nothing does.
func (h *history) following(watch informers.Identity) *followed { return (*h.places.Load())[watch] }

// clock tells the time by which changes are dated.
func (h *history) clock() time.Time {
	if h.now != nil {
		return h.now()
	}
	return time.Now()
}

// follow takes the changes of a watch from now on.
func (h *history) follow(w *informers.Watch) {
	f := &followed{watch: w, id: h.timeline.SourceID(sourceOf(w.Identity()))}
	look := h.nudge
	if h.recorded == nil {
		f.changes = w.Store().SubscribeManaged(h.wake, historyQueue)
		look = func() { f.look(w.State(), h.timeline, h.clock()) }
	}
	f.forget = w.OnChange(look)
	look()
	h.followed = append(h.followed, f)
}

func sourceOf(id informers.Identity) timeline.Source {
	return timeline.Source{
		Cluster: id.Cluster, GVR: id.GVR, Namespace: id.Namespace, LabelSelector: id.LabelSelector, FieldSelector: id.FieldSelector,
	}
}

// gather reads what waits of all watches, and tells whether there was any.
func (h *history) gather() bool {
	h.batch = h.batch[:0]
	for _, f := range h.followed {
		for _, d := range f.changes.TryNext() {
			h.batch = append(h.batch, heard{f, d})
		}
	}
	return len(h.batch) > 0
}

// takeBatch takes what was gathered.
func (h *history) takeBatch() {
	// Watches are read one after the other, but the changes of all make one story.
	slices.SortStableFunc(h.batch, func(a, b heard) int { return a.delta.At.Compare(b.delta.At) })
	for i := range h.batch {
		h.take(&h.batch[i])
	}
	clear(h.batch) // it holds on to versions that are gone
	h.batch = h.batch[:0]
}

// take takes one change.
func (h *history) take(c *heard) {
	if h.now != nil {
		c.delta.At = h.now()
	}
	if c.delta.Initial {
		c.from.begin(h.timeline, c.delta.At)
	}
	if err := h.taker.Take(c.from.id, c.delta); err != nil {
		klog.Errorf("a change is not remembered: %v", err)
	}
}
