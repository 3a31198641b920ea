package workspace

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/rewind"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/playback"
)

// State tells where the past is.
func (r *Rewind) State() playback.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.state
	s.Now = r.nowLocked()
	return s
}

func (r *Rewind) nowLocked() time.Time {
	if r.state.Paused {
		return r.state.Now
	}
	now := r.state.Now.Add(time.Duration(float64(time.Since(r.settled)) * r.state.Speed))
	if now.After(r.state.End) {
		return r.state.End
	}
	return now
}

// settle changes how time goes by, from now on.
func (r *Rewind) settle(change func(*playback.State)) {
	r.mu.Lock()
	r.state.Now, r.settled = r.nowLocked(), time.Now()
	change(&r.state)
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
	r.ws.opts.Changed()
}

// SetPaused stops the time of the past, or lets it go on up to where it was cut off from the present; from its beginning if it is there.
func (r *Rewind) SetPaused(ctx context.Context, paused bool) error {
	if s := r.State(); !paused && !s.Now.Before(s.End) {
		if err := r.Seek(ctx, s.Begin); err != nil {
			return err
		}
	}
	r.settle(func(s *playback.State) { s.Paused = paused })
	return nil
}

// SetSpeed makes time go by faster or slower, between playback.MinSpeed and playback.MaxSpeed.
func (r *Rewind) SetSpeed(_ context.Context, speed float64) error {
	r.settle(func(s *playback.State) { s.Speed = min(max(speed, playback.MinSpeed), playback.MaxSpeed) })
	return nil
}

// Seek goes to a moment. Moves that are under way or wait end with playback.ErrSuperseded.
func (r *Rewind) Seek(ctx context.Context, at time.Time) error {
	r.mu.Lock()
	end := r.endEra
	r.era, r.endEra = context.WithCancelCause(r.ctx)
	r.mu.Unlock()
	end(playback.ErrSuperseded)
	return r.move(ctx, func(ctx context.Context) error { return r.past.Seek(ctx, at) })
}

// Step pauses and goes to behind the next change, or to before the last one.
func (r *Rewind) Step(ctx context.Context, to playback.Direction) error {
	return r.hold(ctx, func(context.Context) error { return r.past.Step(to == playback.Back) })
}

// SeekChange pauses and goes to right behind the next change of an object, or the one before.
func (r *Rewind) SeekChange(ctx context.Context, of playback.Object, to playback.Direction) error {
	return r.hold(ctx, func(ctx context.Context) error {
		key := model.Key{Namespace: of.Namespace, Name: of.Name}
		return r.past.StepOf(ctx, to == playback.Back, key, func(s timeline.Source) bool { return s.GVR == of.Resource })
	})
}

// SeekBusy pauses and goes to the next busy moment, or the one before; see playback.State.Busy. It goes by what is counted by now.
func (r *Rewind) SeekBusy(ctx context.Context, to playback.Direction) error {
	at, ok := r.State().Busy(to)
	if !ok {
		return playback.ErrNoMoment
	}
	return r.hold(ctx, func(ctx context.Context) error { return r.past.Seek(ctx, at) })
}

// hold pauses where time is now, and moves from there.
func (r *Rewind) hold(ctx context.Context, do func(context.Context) error) error {
	now := r.State()
	r.settle(func(s *playback.State) { s.Paused = true })
	return r.move(ctx, func(ctx context.Context) error {
		if !now.Paused {
			if err := r.past.Seek(ctx, now.Now); err != nil {
				return err
			}
		}
		return do(ctx)
	})
}

// move moves the past, in turn with others, until ctx ends, or another moment is sought.
func (r *Rewind) move(ctx context.Context, do func(context.Context) error) error {
	r.mu.Lock()
	era := r.era
	r.mu.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(era, func() { cancel(context.Cause(era)) })()
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-r.turn }()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	err := do(ctx)
	r.moves.Add(1)
	r.settle(func(s *playback.State) {
		s.Now = r.past.Now()
		s.Problems = r.faults()
	})
	r.problems.Notice()
	r.heats.Notice()
	if errors.Is(err, rewind.ErrNoMoment) {
		return playback.ErrNoMoment
	}
	return err
}

// play lets time go by where it is not paused, until the rewind ends.
func (r *Rewind) play() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-r.wake:
		case <-timer.C:
		}
		if wait, playing := r.advance(); playing {
			timer.Reset(wait)
		}
	}
}

// advance shows what has happened by now, and tells how long nothing more does.
func (r *Rewind) advance() (wait time.Duration, playing bool) {
	const longest = time.Second
	select {
	case r.turn <- struct{}{}:
	case <-r.ctx.Done():
		return 0, false
	}
	defer func() { <-r.turn }()
	s := r.State()
	if s.Paused {
		return 0, false
	}
	err := r.past.Seek(r.ctx, s.Now)
	r.moves.Add(1)
	r.heats.Notice()
	if err != nil {
		return 0, false
	}
	if !s.Now.Before(s.End) {
		r.settle(func(s *playback.State) { s.Paused = true })
		return 0, false
	}
	wait = longest
	if next, ok := r.past.Next(); ok {
		wait = min(wait, time.Duration(float64(next.Sub(s.Now))/s.Speed))
	}
	return max(wait, time.Millisecond), true
}

// buckets are the equal parts of the past in which changes are counted.
const buckets = 512

// count counts the changes, for the line of the time, until the rewind ends.
func (r *Rewind) count() {
	const atOnce, rest = 2000, 2 * time.Millisecond
	s := r.State()
	density, width := make([]uint32, buckets), s.BucketWidth(buckets)
	publish := func(up time.Time) {
		counted := slices.Clone(density)
		r.mu.Lock()
		r.state.Density, r.state.Counted = counted, up
		r.mu.Unlock()
		r.ws.opts.Changed()
	}
	pause := time.NewTimer(rest)
	defer pause.Stop()
	n := 0
	for record := range r.changes.Forward(0, timeline.Filter{}) {
		if at := record.At.Sub(s.Begin); at >= 0 {
			density[min(int(at/width), buckets-1)]++
		}
		if n++; n%atOnce > 0 {
			continue
		}
		pause.Reset(rest)
		select {
		case <-r.ctx.Done():
			return
		case <-pause.C:
		}
		if n%(32*atOnce) == 0 {
			publish(record.At)
		}
	}
	publish(s.End)
}
