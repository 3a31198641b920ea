package heat

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// pace is how long changes are let gather while they come.
const pace = 250 * time.Millisecond

// Options say what Rows count.
type Options struct {
	Timeline *timeline.Timeline
	// IsNoise tells what is not counted. It is called on Run's goroutine, and keeps nothing of the record.
	IsNoise func(timeline.Source, *timeline.Record) bool
	// Now is the clock by which changes are dated.
	Now func() time.Time
	// Changed is called when there are other counts, on Run's goroutine; it must not block.
	Changed func()
}

// Rows count the changes of each object while they are open. Their methods are safe for concurrent use and return at once.
type Rows struct {
	opts    Options
	wake    chan struct{}
	open    atomic.Bool
	version atomic.Uint64

	mu     sync.RWMutex // guards what follows
	counts counts
	// ready tells that all that is remembered is counted, of the time since; before that nothing is known.
	ready bool
	since time.Time

	// The rest is of Run's goroutine.
	stop func() // nil while nothing is counted
	next uint64 // Seq of the first record that is not counted
	era  uint64 // of the timeline
}

// New makes Rows, of which Run does the work.
func New(opts Options) *Rows { return &Rows{opts: opts, wake: make(chan struct{}, 1)} }

// Open begins to count, from the oldest minute on. Until then, and after Shut, Rows do nothing and hold nothing.
func (r *Rows) Open() { r.order(true) }

// Shut ends what Open began.
func (r *Rows) Shut() { r.order(false) }

func (r *Rows) order(open bool) {
	r.open.Store(open)
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Version changes with what is counted.
func (r *Rows) Version() uint64 { return r.version.Load() }

// Of gives what is counted of an object, and since when all is; ok is false while that is not known.
func (r *Rows) Of(source timeline.SourceID, key model.Key) (h timeline.Heat, since time.Time, ok bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.counts.objects[object{source, key}], r.since, r.ready
}

// Run counts until ctx ends.
func (r *Rows) Run(ctx context.Context) {
	defer runtime.HandleCrash()
	defer r.end()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
			r.step(ctx)
		}
		timer.Reset(pace)
	}
}

// step does what was ordered, and counts what is new.
func (r *Rows) step(ctx context.Context) {
	if !r.open.Load() {
		r.end()
		return
	}
	isNew := r.stop == nil
	if isNew {
		r.stop = r.opts.Timeline.Listen(r.wake)
	}
	era := r.opts.Timeline.Era()
	if first, _ := r.opts.Timeline.Range(); isNew || era != r.era || first > r.next { // which was dropped before it was counted
		r.era = era
		r.begin()
	}
	if r.count(ctx) {
		r.version.Add(1)
		r.opts.Changed()
	}
}

// begin counts anew: of what was dropped from the timeline nothing is known.
func (r *Rows) begin() {
	t, now := r.opts.Timeline, r.opts.Now()
	first, _ := t.Range()
	since := time.Time{}
	if first > 0 {
		since = now
		if oldest := t.Oldest(); !oldest.IsZero() && oldest.Before(now) {
			since = oldest
		}
	}
	r.next = max(first, t.After(now.Truncate(time.Minute).Add(-span-time.Microsecond)))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts, r.ready, r.since = counts{}, false, since
}

// count takes in what is remembered and not yet counted, and tells whether that makes a difference.
func (r *Rows) count(ctx context.Context) bool {
	counted := 0
	for record := range r.opts.Timeline.Forward(r.next, timeline.Filter{}) {
		if ctx.Err() != nil || !r.open.Load() {
			return false
		}
		r.next = record.Seq + 1
		if source, ok := r.opts.Timeline.Source(record.Source); ok && r.opts.IsNoise(source, &record) {
			continue
		}
		counted++
		r.mu.Lock()
		r.counts.add(&record)
		r.mu.Unlock()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts.sweep(r.opts.Now())
	wasReady := r.ready
	r.ready = true
	return counted > 0 || !wasReady
}

// end frees what was counted.
func (r *Rows) end() {
	if r.stop == nil {
		return
	}
	r.stop()
	r.stop = nil
	r.mu.Lock()
	r.counts, r.ready = counts{}, false
	r.mu.Unlock()
	r.version.Add(1)
}
