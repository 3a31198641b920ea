package cluster

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptrace"
	"time"
)

// feelPulse asks a server for signs of life where HTTP/2 does not, until ctx ends: on connections of HTTP/1.1, as those for Secrets
// always are, nothing is said between a question and its answer, and what is dead looks like what is slow. A proxy's kernel answers
// for a server that is gone, so the kernel's own probes are not enough. Streams have their terms besides (terms.go).
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
			c.ping(ctx, pingTimeout)
			felt = time.Now()
		}
	}
}

// ping breaks all connections if the server says nothing at all for as long as patience, on any of them. The time that a login plugin
// takes says nothing of the server.
func (c *Cluster) ping(ctx context.Context, patience time.Duration) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	asked := time.Now()
	late := time.AfterFunc(math.MaxInt64, func() { cancel(noSignOfLife) })
	defer late.Stop()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GetConn: func(string) {
		asked = time.Now()
		late.Reset(patience)
	}})
	resp, err := c.send(ctx, http.MethodGet, "/version", nil, "application/json", nil)
	if err == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxErrorBody)) // or it is not used again
		_ = resp.Body.Close()
		return
	}
	if errors.Is(context.Cause(ctx), noSignOfLife) && !c.life.heardSince(asked) {
		c.life.breakAll(noSignOfLife)
	}
}

// isQuiet tells whether nothing has come since a moment over one of the connections of which HTTP/2 looks after none: all, if the
// server does not speak it, and the confidential ones while there are no others.
func (l *lifeline) isQuiet(since time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.terms.mute.Load() && len(l.others) > 0 {
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
