package main

import (
	"maps"
	"sync"

	"github.com/dogwatch/dogwatch/metrics"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/setup"
)

// metrics are what is told of this stream.
func (r *streamRun) metrics() metrics.Source {
	return metrics.All(
		metrics.Of(setup.Version(), r.ws), metrics.OfStream(r.deliveries.metrics), metrics.OfFollower(r.follower), metrics.OfSignals(r.found.now),
	)
}

// foundCounts count the signals that are open, by severity. The zero value is ready to use.
type foundCounts struct {
	mu   sync.Mutex
	open map[signal.Severity]int // nil while nobody judges
}

// begin counts from now on.
func (c *foundCounts) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = map[signal.Severity]int{}
}

// take counts a signal that opened, or was resolved. What happens in a moment is never open.
func (c *foundCounts) take(s *signal.Signal) {
	if s.Moment {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		return
	}
	if s.IsOpen() {
		c.open[s.Severity]++
	} else {
		c.open[s.Severity]--
	}
}

// end counts no more: nobody knows any longer what is open.
func (c *foundCounts) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = nil
}

func (c *foundCounts) now() map[signal.Severity]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.open)
}
