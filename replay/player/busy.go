package player

import (
	"context"

	"github.com/dogwatch/dogwatch/replay/playback"
)

// SeekBusy pauses and goes to the next busy moment, or the one before; see playback.State.Busy. What is not counted yet is waited
// for. If there is no such moment it is playback.ErrNoMoment.
func (p *Player) SeekBusy(ctx context.Context, to playback.Direction) error {
	told := make(chan struct{}, 1)
	defer p.Watch(func() {
		select {
		case told <- struct{}{}:
		default:
		}
	})()
	for {
		p.mu.Lock()
		known, now := p.known, p.now()
		p.mu.Unlock()
		if known.complete {
			at, ok := playback.State{Begin: p.Begin(), End: known.end, Now: now, Density: known.density}.Busy(to)
			if !ok {
				return playback.ErrNoMoment
			}
			return p.move(ctx, func(ctx context.Context) error {
				p.hold(ctx)
				return p.seek(ctx, at)
			})
		}
		select {
		case <-told:
		case <-p.stopped:
			return errStopped
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
