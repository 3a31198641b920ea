package main

import (
	"maps"
	"sync"

	"github.com/dogwatch/dogwatch/metrics"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/setup"
)

// metrics are what is told of this stream.
func (r *streamRun) metrics(out *output) metrics.Source {
	sources := []metrics.Source{metrics.Of(setup.Version(), r.ws), metrics.OfStream(func() metrics.Stream {
		s := metrics.Stream{Waiting: out.queue.Len(), WaitingBytes: out.queue.Bytes()}
		if sender := r.sender.Load(); sender != nil {
			p := sender.Progress()
			s.Sent, s.SentBytes, s.Failures, s.Refused, s.Failing = p.Sent, p.Bytes, p.Failures, p.Refused, sender.Failing() != nil
		}
		return s
	}), metrics.OfFollower(r.follower)}
	if r.signals {
		sources = append(sources, metrics.OfSignals(r.found.now))
	}
	return metrics.All(sources...)
}

// foundCounts count the signals that are open, by severity. The zero value is ready to use.
type foundCounts struct {
	mu   sync.Mutex
	open map[signal.Severity]int
}

// take counts a signal that opened, or was resolved.
func (c *foundCounts) take(s *signal.Signal) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = map[signal.Severity]int{}
	}
	if s.IsOpen() {
		c.open[s.Severity]++
	} else {
		c.open[s.Severity]--
	}
}

func (c *foundCounts) now() map[signal.Severity]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.open)
}
