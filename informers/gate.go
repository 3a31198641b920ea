package informers

import (
	"context"
	"slices"
	"sync"
)

// gate lets a few watches of a cluster list at a time, in the order in which
// they asked, urgent ones first. It is safe for concurrent use.
type gate struct {
	mu      sync.Mutex
	free    int
	waiting []*turn
}

type turn struct {
	watch *Watch
	come  chan struct{}
}

func newGate(width int) *gate { return &gate{free: width} }

// enter waits for the watch's turn. It must be followed by leave unless it
// returns an error, which is that of ctx.
func (g *gate) enter(ctx context.Context, w *Watch) error {
	t := g.queue(w)
	select {
	case <-t.come:
		return nil
	case <-ctx.Done():
	}
	if !g.giveUp(t) { // the turn came at the same moment
		g.leave()
	}
	return ctx.Err()
}

func (g *gate) queue(w *Watch) *turn {
	t := &turn{watch: w, come: make(chan struct{})}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.free > 0:
		g.free--
		close(t.come)
	case w.urgent.Load():
		g.waiting = slices.Insert(g.waiting, 0, t)
	default:
		g.waiting = append(g.waiting, t)
	}
	return t
}

// giveUp tells whether the turn was still being waited for.
func (g *gate) giveUp(t *turn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, t)
	if i < 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, i, i+1)
	return true
}

// leave hands the place on.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.free++
		return
	}
	close(g.waiting[0].come)
	g.waiting = slices.Delete(g.waiting, 0, 1)
}

// hurry moves a waiting watch to the front.
func (g *gate) hurry(w *Watch) {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.IndexFunc(g.waiting, func(t *turn) bool { return t.watch == w })
	if i > 0 {
		t := g.waiting[i]
		g.waiting = slices.Insert(slices.Delete(g.waiting, i, i+1), 0, t)
	}
}
