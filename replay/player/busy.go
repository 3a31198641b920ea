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
	// busyTimes is how many times as many changes as usual make a time busy wherever it is.
	busyTimes = 3
)

// SeekBusy pauses and goes to the next busy moment, or the one before. The recording's time is looked at in 64 equal parts,
// whose changes make hills and valleys: the busy moments are where parts begin that are the tops of hills. How high a top
// stands out is told from the deepest valleys on the way to higher ones, or to the ends; the less deep of them counts. A top
// is busy if it
//
//   - stands out at least half as high as the one that does most: on a steadily busy recording the highest are found, and
//     some are unless all parts have as many changes; or
//   - has three times as many changes as that valley, and as is usual, which is the median of the parts that have any: beside
//     a great burst the small ones are found too.
//
// What is not counted yet is waited for. If there is no such moment it is playback.ErrNoMoment.
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
			at, ok := known.busy(p.Begin(), now, to)
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

// peaks are the parts that are busy moments, see SeekBusy; of equal ones beside each other the first.
func peaks(density []uint32) []int {
	usual, most := median(density), uint32(0)
	out := make([]uint32, len(density))
	for i := range density {
		out[i] = density[i] - valley(density, i)
		most = max(most, out[i])
	}
	var found []int
	for i, n := range density {
		half := 2*out[i] >= most
		times := n >= busyTimes*usual && n >= busyTimes*(n-out[i])
		if out[i] > 0 && (half || times) {
			found = append(found, i)
		}
	}
	return found
}

// valley is the lowest count between a part and a higher one, on the side where it is higher; before equal ones counts the
// first. What is no top is its own valley. A side that goes to the end without a valley does not count, unless both do.
func valley(density []uint32, i int) uint32 {
	n := density[i]
	left, right := n, n
	for j := i - 1; j >= 0 && density[j] < n; j-- {
		left = min(left, density[j])
	}
	j := i + 1
	for ; j < len(density) && density[j] <= n; j++ {
		right = min(right, density[j])
	}
	switch {
	case i == 0:
		return right
	case j == len(density) && right == n:
		return left
	}
	return max(left, right)
}

// median is that of the counts that are not 0.
func median(density []uint32) uint32 {
	counts := slices.DeleteFunc(slices.Clone(density), func(n uint32) bool { return n == 0 })
	if len(counts) == 0 {
		return 0
	}
	slices.Sort(counts)
	return counts[len(counts)/2]
}
