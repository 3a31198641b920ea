package cluster

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// feelPulse asks a server that speaks no HTTP/2 for signs of life, until ctx ends: on connections of HTTP/1.1 nothing is said
// between two events, and what is dead looks like what is quiet. A proxy's kernel answers for a server that is gone, so the
// kernel's own probes are not enough.
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

// isQuiet tells whether nothing has come over one of the connections since a moment, on which nobody asks for signs of life.
func (l *lifeline) isQuiet(since time.Time) bool {
	if !l.mute.Load() {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.others {
		if c.quietSince(since) {
			return true
		}
	}
	return false
}

// heardSince tells whether anything has come over any of the connections since a moment.
func (l *lifeline) heardSince(since time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.others {
		if c.heardSince(since) {
			return true
		}
	}
	return false
}
