package cluster

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// feelPulse asks a server for signs of life where HTTP/2 does not, until ctx ends: on connections of HTTP/1.1, as those for Secrets
// always are, nothing is said between two events, and what is dead looks like what is quiet. A proxy's kernel answers for a
// server that is gone, so the kernel's own probes are not enough.
func (c *Cluster) feelPulse(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	felt := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := time.Now(); c.life.isQuiet(now.Add(-pingAfter)) && now.Sub(felt) >= pingAfter {
			c.ping(ctx, now)
			felt = time.Now()
		}
	}
}

// ping breaks all connections if the server says nothing at all meanwhile, on any of them.
func (c *Cluster) ping(ctx context.Context, now time.Time) {
	waiting, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	resp, err := c.send(waiting, http.MethodGet, "/version", nil, "application/json", nil)
	if err == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxErrorBody)) // or it is not used again
		_ = resp.Body.Close()
		return
	}
	if errors.Is(waiting.Err(), context.DeadlineExceeded) && !c.life.heardSince(now) {
		c.life.breakAll(noSignOfLife)
	}
}

// isQuiet tells whether nothing has come since a moment over one of the connections of which HTTP/2 looks after none: all, if the
// server does not speak it, and the confidential ones while there are no others.
func (l *lifeline) isQuiet(since time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.mute.Load() && len(l.others) > 0 {
		return false
	}
	return l.anyOf(func(b *breakable) bool { return b.quietSince(since) })
}

// heardSince tells whether anything has come over any of the connections since a moment.
func (l *lifeline) heardSince(since time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.anyOf(func(b *breakable) bool { return b.heardSince(since) })
}

// anyOf tells whether something holds for one of the connections. The lock is held.
func (l *lifeline) anyOf(holds func(*breakable) bool) bool {
	for c := range l.others {
		if holds(&c.breakable) {
			return true
		}
	}
	for c := range l.confidential {
		if holds(&c.breakable) {
			return true
		}
	}
	return false
}
