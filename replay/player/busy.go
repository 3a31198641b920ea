package player

import (
	"context"
	"slices"
	"time"

	"github.com/dogwatch/dogwatch/replay/playback"
)

const (
	// together is how many of the buckets of Density are looked at as one: a burst is to be one moment and not many.
	together = 8
	// busyTimes is how many times as many changes as usual make a time busy.
	busyTimes = 3
)

// SeekBusy pauses and goes to the next busy moment, or the one before. The recording's time is looked at in 64 equal
// parts. A busy time is a row of parts that each have at least three times as many changes as is usual, which is the median
// of the parts that have any; its moment is where the part with the most changes begins. What is not counted yet is
// waited for. If there is no such moment it is playback.ErrNoMoment.
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
		if at, ok := known.busy(p.Begin(), now, to); ok {
			return p.move(ctx, func(ctx context.Context) error {
				p.hold(ctx)
				return p.seek(ctx, at)
			})
		}
		if known.complete {
			return playback.ErrNoMoment
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

// busy finds the busy moment next to an instant.
func (c census) busy(begin, now time.Time, to playback.Direction) (time.Time, bool) {
	width := together * widthOf(begin, c.end)
	var before time.Time
	for _, i := range peaks(c.coarse()) {
		at := begin.Add(time.Duration(i) * width)
		switch {
		case to == playback.Forward && at.After(now):
			return at, true
		case to == playback.Back && at.Before(now):
			before = at
		}
	}
	return before, !before.IsZero()
}

// coarse is the density in fewer parts.
func (c census) coarse() []uint32 {
	var sums []uint32
	for some := range slices.Chunk(c.density, together) {
		sum := uint32(0)
		for _, n := range some {
			sum += n
		}
		sums = append(sums, sum)
	}
	return sums
}

// peaks are the parts that are the highest of a busy time, the first of equals.
func peaks(density []uint32) []int {
	counts := slices.DeleteFunc(slices.Clone(density), func(n uint32) bool { return n == 0 })
	if len(counts) == 0 {
		return nil
	}
	slices.Sort(counts)
	threshold := busyTimes * counts[len(counts)/2]
	var found []int
	for i, n := range density {
		switch {
		case n < threshold:
		case i > 0 && density[i-1] >= threshold:
			if top := &found[len(found)-1]; n > density[*top] {
				*top = i
			}
		default:
			found = append(found, i)
		}
	}
	return found
}
