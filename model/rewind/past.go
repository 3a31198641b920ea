// Package rewind makes the objects of watches again as they were, from what is remembered of their changes.
//
// A Past begins with the objects as they are, and with a Timeline that ends with the change that made them so. Going back undoes its
// records, going forward does them again. What is not known is left out, not guessed: objects of a watch from before it knew all of
// them, and objects whose changes do not fit together.
package rewind

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// ErrNoMoment says that there is no such moment in the direction that was asked for.
var ErrNoMoment = errors.New("nothing more is remembered in that direction")

// Source is a watch as it is where its Past begins.
type Source struct {
	ID      timeline.SourceID
	Columns *model.Columns
	Objects []*model.Object
	// From is the Seq from which on all of its changes are remembered, Since when that was: of what was before nothing is known.
	From  uint64
	Since time.Time
	// Ahead is how far the clock that health goes by is ahead of the one that dates changes.
	Ahead time.Duration
	// Judge makes what tells the health of objects by a clock; nil tells none.
	Judge func(now func() time.Time) func(object jsonscan.Object, written uint32) model.Health
}

// Past is the objects of some watches at a moment. Its Stores are read as those of watches are. Now, Lost and IsLost are safe for concurrent
// use with all else; Seek, Step and StepOf are for one goroutine at a time.
type Past struct {
	changes *timeline.Timeline
	sources []*source
	byID    map[timeline.SourceID]*source
	work    work
	added   map[uint64]*model.Object // as they were added, by the Seq of the records that are undone

	begin, end time.Time
	next       uint64 // Seq of the first record that has not happened
	now        atomic.Int64
	lost       atomic.Int64
}

// New makes a Past at its end. The Timeline must not change any more; end is when it was frozen.
func New(changes *timeline.Timeline, end time.Time, sources []Source) *Past {
	p := &Past{changes: changes, byID: map[timeline.SourceID]*source{}, added: map[uint64]*model.Object{}, begin: end, end: end}
	first, next := changes.Range()
	p.next = next
	p.arrive(end)
	for _, s := range sources {
		made := newSource(s, p.Now)
		p.sources = append(p.sources, made)
		p.byID[s.ID] = made
		if s.Since.Before(p.begin) {
			p.begin = s.Since
		}
	}
	switch oldest := changes.Oldest(); {
	case first == 0:
	case oldest.IsZero(): // all was dropped
		p.begin = end
	default:
		p.begin = later(p.begin, oldest)
	}
	p.settle()
	return p
}

// later is the later one of two moments.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Store has the objects of a Source, by its place among those that were given.
func (p *Past) Store(i int) *model.Store { return p.sources[i].store }

// Known tells whether the objects of a Source are known at the present moment of the Past.
func (p *Past) Known(i int) bool { return !p.sources[i].hidden.Load() }

// Now is the moment that the Stores show.
func (p *Past) Now() time.Time { return time.Unix(0, p.now.Load()) }

// Begin and End are the moments between which something is known.
func (p *Past) Begin() time.Time { return p.begin }

// End is when the Past was cut off from the present.
func (p *Past) End() time.Time { return p.end }

// Lost is how many objects cannot be made again, since what is remembered of them does not fit together.
func (p *Past) Lost() int { return int(p.lost.Load()) }

// IsLost tells whether an object of a Source is one of those.
func (p *Past) IsLost(i int, key model.Key) bool {
	_, lost := p.sources[i].lost.Load(key)
	return lost
}

// Close frees the Stores.
func (p *Past) Close() {
	for _, s := range p.sources {
		s.store.Close()
	}
}

// Seek goes to a moment: all that was heard of at it or before has happened. Before the beginning is the beginning, after the end the end. When ctx
// ends on the way it stays where it is by then.
func (p *Past) Seek(ctx context.Context, at time.Time) error {
	at = later(at, p.begin)
	if at.After(p.end) {
		at = p.end
	}
	defer p.settle()
	if at.Before(p.Now()) {
		return p.back(ctx, at)
	}
	return p.forward(ctx, at)
}

func (p *Past) back(ctx context.Context, at time.Time) error {
	for r := range p.changes.Backward(p.next, timeline.Filter{}) {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if !r.At.After(at) {
			break
		}
		p.undo(&r)
		p.arrive(r.At.Add(-time.Microsecond))
	}
	p.arrive(at)
	return nil
}

func (p *Past) forward(ctx context.Context, at time.Time) error {
	for r := range p.changes.Forward(p.next, timeline.Filter{}) {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if r.At.After(at) {
			break
		}
		p.redo(&r)
		p.arrive(r.At)
	}
	p.arrive(at)
	return nil
}

// arrive sets the moment.
func (p *Past) arrive(at time.Time) { p.now.Store(at.UnixNano()) }

// Next is when the next change was heard of, false at the end.
func (p *Past) Next() (time.Time, bool) {
	for r := range p.changes.Forward(p.next, timeline.Filter{}) {
		return r.At, true
	}
	return time.Time{}, false
}

// Step goes on by one change, or back to before the last one. What several watches told of one change is one. Without a change in that
// direction it is ErrNoMoment.
func (p *Past) Step(back bool) error { return p.step(back, timeline.Filter{}, nil) }

// StepOf goes to right after the next change of an object, or the one before the present moment. Sources are those that saw it.
func (p *Past) StepOf(ctx context.Context, back bool, key model.Key, of func(timeline.Source) bool) error {
	return p.step(back, timeline.Filter{Key: key}, func(r *timeline.Record) bool {
		source, ok := p.changes.Source(r.Source)
		return ok && of(source) && ctx.Err() == nil
	})
}

// step goes to the change that is looked for, through all that come before it.
func (p *Past) step(back bool, f timeline.Filter, is func(*timeline.Record) bool) error {
	defer p.settle()
	if back {
		return p.stepBack(f, is)
	}
	for r := range p.changes.Forward(p.next, f) {
		if !p.shows(&r) || is != nil && !is(&r) {
			continue
		}
		return p.doThrough(&r)
	}
	return ErrNoMoment
}

// doThrough does all up to a record, and what else tells of the same change.
func (p *Past) doThrough(last *timeline.Record) error {
	for r := range p.changes.Forward(p.next, timeline.Filter{}) {
		if r.Seq > last.Seq && !same(&r, last) {
			break
		}
		p.redo(&r)
	}
	p.arrive(last.At)
	return nil
}

func (p *Past) stepBack(f timeline.Filter, is func(*timeline.Record) bool) error {
	for r := range p.changes.Backward(p.next, f) {
		if !p.shows(&r) || is != nil && !is(&r) {
			continue
		}
		if is != nil && r.Seq+1 == p.next { // it is at that change already
			continue
		}
		p.undoTo(&r, is != nil)
		return nil
	}
	return ErrNoMoment
}

// undoTo undoes all behind a record, and the record itself, with what else tells of the same change, unless it is to be kept.
func (p *Past) undoTo(first *timeline.Record, keep bool) {
	for r := range p.changes.Backward(p.next, timeline.Filter{}) {
		if r.Seq <= first.Seq && (keep || r.Seq < first.Seq && !same(&r, first)) {
			break
		}
		p.undo(&r)
	}
	if keep {
		p.arrive(first.At)
		return
	}
	p.arrive(first.At.Add(-time.Microsecond))
}

// same tells whether two records tell of one change, which several watches saw.
func same(a, b *timeline.Record) bool {
	return a.UID == b.UID && a.New == b.New && a.Type == b.Type && a.Key == b.Key && a.UID != types.UID("")
}

// shows tells whether a record changes what is shown.
func (p *Past) shows(r *timeline.Record) bool {
	s := p.byID[r.Source]
	return s != nil && r.Seq >= s.From
}
