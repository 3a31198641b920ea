package player

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// move is a change of place that somebody waits for.
type move struct {
	ctx  context.Context
	do   func(context.Context) error
	done chan error
}

// run makes the move, until its context ends or that of the player.
func (m move) run(ctx context.Context) {
	wanted, cancel := context.WithCancelCause(m.ctx)
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })()
	err := context.Cause(wanted)
	if err == nil {
		err = m.do(wanted)
	}
	m.done <- err
}

// errStopped says that nobody plays any more.
var errStopped = errors.New("the player has stopped")

// move makes a move between two changes and waits for it, in turn with other moves. A Seek ends it.
func (p *Player) move(ctx context.Context, do func(context.Context) error) error {
	p.mu.Lock()
	era := p.era
	p.mu.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(era, func() { cancel(context.Cause(era)) })()
	m := move{ctx: ctx, do: do, done: make(chan error, 1)}
	select {
	case p.moves <- m:
		return <-m.done
	case <-p.stopped:
		return errStopped
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// SetPaused stops the time of the recording, or lets it go on; from the beginning if it is at its end.
func (p *Player) SetPaused(ctx context.Context, paused bool) error {
	again := false
	p.set(func() {
		if again = !paused && p.finished; again || paused == p.paused {
			return
		}
		p.settle(p.now())
		p.paused, p.behind = paused, paused
	})
	if again {
		return p.move(ctx, func(ctx context.Context) error {
			err := p.seek(ctx, p.Begin())
			if err == nil {
				p.set(func() { p.settle(p.place); p.paused = false })
			}
			return err
		})
	}
	p.prod()
	return nil
}

// SetSpeed makes the recording's time go faster or slower, between playback.MinSpeed and playback.MaxSpeed.
func (p *Player) SetSpeed(_ context.Context, speed float64) error {
	p.set(func() {
		p.settle(p.now())
		p.speed = min(max(speed, playback.MinSpeed), playback.MaxSpeed)
	})
	p.prod()
	return nil
}

// prod has Run look again at how time goes by.
func (p *Player) prod() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Seek goes to another place; before the beginning is the beginning, after the end the end, where the player pauses, also
// if it is to loop. Clients of the server list again what differs. Moves that are under way or wait end with playback.ErrSuperseded.
func (p *Player) Seek(ctx context.Context, at time.Time) error {
	p.mu.Lock()
	end := p.endEra
	p.era, p.endEra = context.WithCancelCause(context.Background())
	p.mu.Unlock()
	end(playback.ErrSuperseded)
	return p.move(ctx, func(ctx context.Context) error { return p.seek(ctx, at) })
}

// Step pauses, and plays the next change, or goes to the state before the last one that was played. Several changes of
// one instant are stepped through one by one. What a part of the recording knows other than the part before, as after a
// gap, is a step too. At the ends it is playback.ErrNoMoment.
func (p *Player) Step(ctx context.Context, to playback.Direction) error {
	return p.move(ctx, func(ctx context.Context) error {
		p.hold(ctx)
		if to == playback.Back {
			return p.stepBack(ctx)
		}
		return p.stepForward(ctx)
	})
}

// hold pauses, with all played that came before.
func (p *Player) hold(ctx context.Context) {
	p.set(func() {
		if !p.paused {
			p.settle(p.now())
			p.paused, p.behind = true, true
		}
	})
	for p.advance(ctx) == 0 && ctx.Err() == nil {
	}
}

func (p *Player) stepForward(ctx context.Context) error {
	for ctx.Err() == nil {
		at, more := p.scene.due()
		if !more {
			return playback.ErrNoMoment
		}
		if p.proceed() {
			p.arrive(at)
			return nil
		}
	}
	return context.Cause(ctx)
}

func (p *Player) stepBack(ctx context.Context) error {
	at := p.scene.spot
	for at.changes == 0 {
		if at.part == 0 {
			return playback.ErrNoMoment
		}
		before, err := p.open(ctx, at.part-1, after(math.MaxInt))
		if err != nil {
			return err
		}
		if !before.tables.same(p.scene.tables) {
			p.show(before, before.last)
			return nil
		}
		at = before.spot
		before.close()
	}
	at.changes--
	return p.goTo(ctx, at)
}

// goTo goes to right after a change, or to where a part begins.
func (p *Player) goTo(ctx context.Context, at spot) error {
	next, err := p.open(ctx, at.part, after(at.changes))
	if err != nil {
		return err
	}
	p.show(next, next.last)
	return nil
}

// SeekChange pauses and goes to right after the next change of an object, or the one before the present place; also to
// where a part of the recording begins that knows another version of it than was known before. If there is none it is
// playback.ErrNoMoment.
func (p *Player) SeekChange(ctx context.Context, of playback.Object, to playback.Direction) error {
	return p.move(ctx, func(ctx context.Context) error {
		p.hold(ctx)
		search := search{parts: p.parts, from: p.scene.spot, tracker: newTracker(of, p.note), note: p.note}
		find := search.forward
		if to == playback.Back {
			find = search.back
		}
		if t, ok := p.scene.tables[recording.NameOf(of.Resource)]; ok && t.objects[search.key] != nil {
			search.version = t.objects[search.key].version
		}
		p.steering.Lock()
		at, err := find(ctx)
		p.steering.Unlock()
		if err != nil {
			return err
		}
		return p.goTo(ctx, at)
	})
}
