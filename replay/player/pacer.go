package player

import (
	"context"
	"sync"
	"time"
)

// pacer paces work that may take its time: it rests as long as it works, and lets go of a lock meanwhile.
type pacer struct {
	ctx   context.Context
	let   sync.Locker
	n     int
	began time.Time
}

// next is called between two pieces of work. It is false when there is to be no more.
func (p *pacer) next() bool {
	const atOnce = 10 * time.Millisecond
	if p.n++; p.n%patience != 0 {
		return true
	}
	worked := time.Since(p.began)
	if worked < atOnce {
		return p.ctx.Err() == nil
	}
	p.let.Unlock()
	defer p.let.Lock()
	rest := time.NewTimer(min(worked, atOnce))
	defer rest.Stop()
	select {
	case <-rest.C:
	case <-p.ctx.Done():
	}
	p.began = time.Now()
	return p.ctx.Err() == nil
}
