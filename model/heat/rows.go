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
	// IsSteered tells that Now goes back and forth over a Timeline that does not change any more: what is later is not counted. Notice tells that it
	// is another moment.
	IsSteered bool
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
	// upTo is the moment up to which it is counted.
	upTo time.Time

	// The rest is of Run's goroutine.
	stop func() // nil while nothing is counted
	next uint64 // Seq of the first record that is not counted
	// reach is what of the timeline was known.
	reach timeline.Reach
}

// New makes Rows, of which Run does the work.
func New(opts Options) *Rows { return &Rows{opts: opts, wake: make(chan struct{}, 1)} }

// Open begins to count, from the oldest minute on. Until then, and after Shut, Rows do nothing and hold nothing.
func (r *Rows) Open() { r.order(true) }

// Shut ends what Open began.
func (r *Rows) Shut() { r.order(false) }

func (r *Rows) order(open bool) {
	r.open.Store(open)
	r.Notice()
}

// Version changes with what is counted.
func (r *Rows) Version() uint64 { return r.version.Load() }

// Notice tells that Now may be another moment.
func (r *Rows) Notice() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Of gives what is counted of an object or, without a key, of all that a source has. What is seen of the object itself is not asked for.
func (r *Rows) Of(source timeline.SourceID, key model.Key) Lately {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if !r.ready {
		return Lately{}
	}
	since, until := r.since, r.upTo.Truncate(time.Minute).Add(time.Minute)
	return Lately{r.counts.objects[object{source, key}], func(from, to time.Time) bool {
		return to.After(since) && (!r.opts.IsSteered || from.Before(until))
	}}
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
	now, into, since := r.opts.Now(), &r.counts, r.since
	undone, earlier := r.reach.Follow(r.opts.Timeline)
	if first, _ := r.opts.Timeline.Range(); isNew || undone || earlier || first > r.next || r.hasJumped(now) { // which was dropped before it was counted
		into, since = &counts{}, r.begin(now)
	}
	count := func() (int, bool) { return r.count(ctx, into, now) }
	if into == &r.counts && r.opts.IsSteered && now.Before(r.upTo) {
		count = func() (int, bool) { return r.takeBack(ctx, now) }
	}
	counted, ok := count()
	if !ok { // what was half counted must not be counted on from, if they are opened again
		r.end()
		return
	}
	r.mu.Lock()
	isOther := counted > 0 || into != &r.counts
	r.counts, r.since, r.ready, r.upTo = *into, since, true, now
	r.counts.sweep(now)
	r.mu.Unlock()
	if isOther {
		r.version.Add(1)
		r.opts.Changed()
	}
}

// hasJumped tells that it is to be counted anew, since time went back to another minute, before which others count, or far on.
func (r *Rows) hasJumped(now time.Time) bool {
	minute := r.upTo.Truncate(time.Minute)
	return r.opts.IsSteered && (now.Before(minute) || now.Before(r.upTo) && now.Before(r.since) || now.Sub(r.upTo) > span)
}

// begin counts anew, from the oldest minute on, and gives since when: of what was dropped from the timeline nothing is known.
func (r *Rows) begin(now time.Time) (since time.Time) {
	t := r.opts.Timeline
	first, _ := t.Range()
	if first > 0 {
		since = now
		if oldest := t.Oldest(); !oldest.IsZero() && oldest.Before(now) {
			since = oldest
		}
	}
	r.next = max(first, t.After(now.Truncate(time.Minute).Add(-span-time.Microsecond)))
	return since
}

// count takes in what is remembered and not yet counted. Not ok is that it is not wanted any more.
func (r *Rows) count(ctx context.Context, into *counts, now time.Time) (counted int, ok bool) {
	for record := range r.opts.Timeline.Forward(r.next, timeline.Filter{}) {
		if ctx.Err() != nil || !r.open.Load() {
			return 0, false
		}
		if r.opts.IsSteered && record.At.After(now) {
			break
		}
		r.next = record.Seq + 1
		if source, ok := r.opts.Timeline.Source(record.Source); ok && r.opts.IsNoise(source, &record) {
			continue
		}
		counted++
		r.mu.Lock()
		into.add(&record)
		r.mu.Unlock()
	}
	return counted, true
}

// takeBack takes out what is counted and later than a moment. Not ok is that it is not wanted any more.
func (r *Rows) takeBack(ctx context.Context, now time.Time) (taken int, ok bool) {
	after := r.opts.Timeline.After(now)
	for record := range r.opts.Timeline.Forward(after, timeline.Filter{}) {
		if record.Seq >= r.next {
			break
		}
		if ctx.Err() != nil || !r.open.Load() {
			return 0, false
		}
		if source, ok := r.opts.Timeline.Source(record.Source); ok && r.opts.IsNoise(source, &record) {
			continue
		}
		taken++
		r.mu.Lock()
		r.counts.takeOut(&record)
		r.mu.Unlock()
	}
	r.next = min(r.next, after)
	return taken, true
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
