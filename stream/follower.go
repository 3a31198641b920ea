package stream

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/timeline"
)

const (
	// pause is how long changes are let gather: one look at all watches is for all that came.
	pause = 10 * time.Millisecond
	// lookEvery is how often is looked what states watches are in, though nothing comes.
	lookEvery = time.Second
	// longest is how long changes are told before it is looked at what else there is to tell.
	longest = time.Second
)

// FollowerOptions say what is followed, and where it goes.
type FollowerOptions struct {
	// Sources gives the watches to follow now. It is asked again after each value of Wake, which has room for one.
	Sources func() []Source
	Wake    chan struct{}
	// Waiting is how many changes of one watch may wait to be taken before those of one object are merged, and counted; 0 is 4096.
	Waiting int
	// Put takes an event, and waits where there is no room for it. After ctx it takes none.
	Put func(ctx context.Context, e Event) error
	// More gives events that come from elsewhere since it was asked last, after a value of Wake; nil is none ever.
	More func() []Event
	// Losses gives notices of what others have lost since it was asked last; nil is nothing ever.
	Losses func() []*Notice
	// Noise tells which changes mean nothing. SkipNoise leaves them out.
	Noise     *noise.Rules
	SkipNoise bool
	// Shard is of which objects changes are told; all without one.
	Shard Shard
	// SkipChanges leaves out all changes: what remains are notices, and More.
	SkipChanges bool
}

// Follower makes events of what watches deliver. It has no goroutine of its own: Run is for one to be in.
type Follower struct {
	opts    FollowerOptions
	sources []*followed
	taker   *timeline.Taker
	judge   *noise.Judge
	// batch are the changes that were heard of last, of which so many are told, and events are those that come before the rest of them.
	batch  []heard
	told   int
	events []Event
	// run and notices name notices.
	run     string
	notices uint64
}

// heard is a change that has been delivered.
type heard struct {
	from  *followed
	delta model.Delta
}

// NewFollower makes a Follower.
func NewFollower(opts FollowerOptions) *Follower {
	if opts.More == nil {
		opts.More = func() []Event { return nil }
	}
	if opts.Losses == nil {
		opts.Losses = func() []*Notice { return nil }
	}
	return &Follower{opts: opts, taker: timeline.NewTaker(nil), judge: opts.Noise.NewJudge(), run: rand.Text()}
}

// takeOver has f go on where another has ended, with what that has not told yet. Where it is told to somebody else what is watched is told again.
func (f *Follower) takeOver(from *Follower, isOther bool) {
	f.sources, from.sources = from.sources, nil
	f.batch, f.told, f.events = from.batch, from.told, from.events
	for _, s := range f.sources {
		s.began = s.began && !isOther
	}
}

// Run follows until ctx ends, then tells what has come until then. What still waits for room when hard ends is not told, which is the error
// that it gives then. Call it once. What it follows is let go by leave, not by its end: another may take it over.
func (f *Follower) Run(ctx, hard context.Context) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	gather := time.NewTimer(0)
	defer gather.Stop()
	for {
		select {
		case <-ctx.Done():
		case <-gather.C:
			select {
			case <-ctx.Done():
			case <-look.C:
			case <-f.opts.Wake:
			}
		}
		if err := f.step(hard); err != nil {
			return fmt.Errorf("telling changes: %w", err)
		}
		if ctx.Err() != nil {
			return nil
		}
		gather.Reset(pause)
	}
}

func (f *Follower) leave() {
	for _, s := range f.sources {
		s.close()
	}
	f.sources = nil
}

// step tells all that waits, beginning with what there was no room for before.
func (f *Follower) step(ctx context.Context) error {
	if err := f.put(ctx); err != nil {
		return err
	}
	if err := f.tellBatch(ctx); err != nil {
		return err
	}
	if err := f.reconcile(ctx); err != nil {
		return err
	}
	states := make([]informers.State, len(f.sources))
	for i, s := range f.sources {
		states[i] = s.Watch.State() // before what they brought is taken, so that it is told first
	}
	for began := time.Now(); time.Since(began) < longest && f.gather(); {
		if err := f.tellBatch(ctx); err != nil {
			return err
		}
	}
	if err := f.put(ctx, f.opts.More()...); err != nil {
		return err
	}
	return f.tellStates(ctx, states)
}

// put gives events to who takes them. Those that find no room are the first the next time.
func (f *Follower) put(ctx context.Context, more ...Event) error {
	f.events = append(f.events, more...)
	for i, e := range f.events {
		if err := f.opts.Put(ctx, e); err != nil {
			f.events = slices.Clone(f.events[i:])
			return err
		}
	}
	clear(f.events)
	f.events = f.events[:0]
	return nil
}

// tellStates tells what has become of watches that were in these states, and what others have lost.
func (f *Follower) tellStates(ctx context.Context, states []informers.State) error {
	at := time.Now()
	for i, s := range f.sources {
		if err := f.tellMerged(ctx, s); err != nil {
			return err
		}
		if n := s.look(states[i], at, s.changes.CaughtUp()); n != nil {
			if err := f.tell(ctx, n); err != nil {
				return err
			}
		}
	}
	return f.tell(ctx, f.opts.Losses()...)
}

// reconcile follows the sources that there are now. Of those that are gone is told first what has come of them.
func (f *Follower) reconcile(ctx context.Context) error {
	now := f.opts.Sources()
	isGone := func(s *followed) bool {
		return !slices.ContainsFunc(now, func(n Source) bool { return n.Watch == s.Watch })
	}
	if slices.ContainsFunc(f.sources, isGone) && f.gather() { // what they brought before they went
		if err := f.tellBatch(ctx); err != nil {
			return err
		}
	}
	for i := 0; i < len(f.sources); i++ {
		s := f.sources[i]
		if !isGone(s) {
			continue
		}
		if err := f.tellMerged(ctx, s); err != nil {
			return err
		}
		f.sources = slices.Delete(f.sources, i, i+1)
		i--
		s.close()
		if s.began {
			if err := f.tell(ctx, s.notice(Ended)); err != nil {
				return err
			}
		}
	}
	for _, n := range now {
		if !slices.ContainsFunc(f.sources, func(s *followed) bool { return s.Watch == n.Watch }) {
			f.sources = append(f.sources, follow(n, f.opts.Shard, f.opts.Wake, cmp.Or(f.opts.Waiting, defaultWaiting)))
		}
	}
	return nil
}

// gather reads what waits of all watches, in the order in which it came, and tells whether there was any.
func (f *Follower) gather() bool {
	clear(f.batch) // it holds on to versions that are gone
	f.batch, f.told = f.batch[:0], 0
	for _, s := range f.sources {
		for _, d := range s.changes.TryNext() {
			f.batch = append(f.batch, heard{s, d})
		}
	}
	slices.SortStableFunc(f.batch, func(a, b heard) int { return a.delta.At.Compare(b.delta.At) })
	return len(f.batch) > 0
}

func (f *Follower) tellBatch(ctx context.Context) error {
	for f.told < len(f.batch) {
		h := &f.batch[f.told]
		f.told++
		if err := f.tellChange(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

func (f *Follower) tellChange(ctx context.Context, h *heard) error {
	r, err := f.taker.Record(0, h.delta)
	if err != nil {
		n := h.from.notice(Failed)
		n.Count, n.Reason = 1, err.Error()
		return f.tell(ctx, n)
	}
	if r == nil || f.opts.SkipChanges || !f.opts.Shard.Has(string(r.UID)) {
		return nil
	}
	if r.Type == model.Deleted && f.isHeldElsewhere(h.from, r) {
		return nil
	}
	c := newChange(&h.from.Source, r, f.judge)
	if c.Noise && f.opts.SkipNoise {
		return nil
	}
	return f.put(ctx, c)
}

// isHeldElsewhere tells that what is gone for one watch is there for another of its type, with other selectors: that one tells of it, its end, too.
func (f *Follower) isHeldElsewhere(from *followed, r *timeline.Record) bool {
	of := from.Watch.Identity()
	return slices.ContainsFunc(f.sources, func(s *followed) bool {
		id := s.Watch.Identity()
		if s == from || id.Cluster != of.Cluster || id.GVR.GroupResource() != of.GVR.GroupResource() {
			return false
		}
		o, ok := s.Watch.Store().Get(r.Key)
		return ok && o.UID == r.UID
	})
}

// tellMerged tells how many changes of a watch were merged since the last time.
func (f *Follower) tellMerged(ctx context.Context, s *followed) error {
	merged := s.changes.Merged()
	if merged == s.merged {
		return nil
	}
	n := s.notice(Merged)
	n.Count, n.Reason = merged-s.merged, "they came faster than they could be told"
	s.merged = merged
	return f.tell(ctx, n)
}

// tell tells notices.
func (f *Follower) tell(ctx context.Context, notices ...*Notice) error {
	events := make([]Event, len(notices))
	for i, n := range notices {
		f.notices++
		n.Schema, n.ID = noticeSchema, "notice/"+f.run+"/"+strconv.FormatUint(f.notices, 10)
		n.Time = cmp.Or(n.Time, time.Now()).UTC().Round(0)
		if !n.Since.IsZero() {
			n.Since = n.Since.UTC().Round(0)
		}
		events[i] = n
	}
	return f.put(ctx, events...)
}
