package timeline

import (
	"math"
	"runtime/debug"
	"runtime/metrics"
)

// Reading is how much memory the process takes.
type Reading struct {
	// Live is how many bytes of the heap were in use when garbage was last collected, and Cycle counts those times.
	Live, Cycle uint64
	// Limit is that of the Go runtime (GOMEMLIMIT); math.MaxInt64 without one.
	Limit int64
}

// ReadMemory asks the Go runtime, which stops nothing for it.
func ReadMemory() Reading {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(samples)
	value := func(s metrics.Sample) uint64 {
		if s.Value.Kind() != metrics.KindUint64 {
			return 0 // a runtime that does not know it
		}
		return s.Value.Uint64()
	}
	return Reading{Live: value(samples[0]), Cycle: value(samples[1]), Limit: debug.SetMemoryLimit(-1)}
}

const (
	// near and far are the shares of the limit, in percent, above which a Timeline halves itself and below which it may grow again.
	near, far = 85, 70
	// leastUseful is the limit below which a Timeline that must shrink keeps nothing.
	leastUseful = 256 << 10
)

// Guard makes a Timeline give way before anything else suffers, where memory is limited. It is for the goroutine that adds to the
// Timeline.
type Guard struct {
	timeline *Timeline
	// limit is the user's, which is never exceeded.
	limit int64
	cycle uint64
}

// NewGuard makes the Guard of a Timeline that has its full limit.
func NewGuard(t *Timeline) *Guard { return &Guard{timeline: t, limit: t.Limit()} }

// Look halves the Timeline if the heap is near the limit of memory, and lets it grow again, step by step, once it is far from
// it. It acts once for each time that garbage was collected: before the next its effect cannot be seen.
func (g *Guard) Look(r Reading) {
	if r.Limit == math.MaxInt64 || r.Limit <= 0 || r.Cycle == g.cycle {
		return
	}
	g.cycle = r.Cycle
	share := float64(r.Live) / float64(r.Limit) * 100
	now := g.timeline.Limit()
	switch {
	case share > near && now > 0:
		next := min(now, g.timeline.Bytes()) / 2
		if next < leastUseful {
			next = 0
		}
		g.timeline.SetLimit(next)
	case share < far && now < g.limit:
		g.timeline.SetLimit(min(g.limit, max(2*now, leastUseful)))
	}
}
