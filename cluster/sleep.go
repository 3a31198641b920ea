package cluster

import (
	"context"
	"time"
)

const (
	// wakeUp looks at the clock every sleepCheck. That asleep have passed since
	// means that the process was stopped, or its machine asleep.
	sleepCheck = time.Second
	asleep     = 15 * time.Second
)

// wakeUp breaks all connections after a sleep, until ctx ends. The other end may
// have given them up long since, which they would take half a minute to tell:
// until then what is shown would look like the present.
func (c *Cluster) wakeUp(ctx context.Context) {
	tick := time.NewTicker(sleepCheck)
	defer tick.Stop()
	noticeSleep(ctx, tick.C, time.Now, func() { c.life.breakAll(afterSleep) })
}

// noticeSleep calls slept when more time has passed between two ticks than should.
func noticeSleep(ctx context.Context, ticks <-chan time.Time, now func() time.Time, slept func()) {
	// By the wall clock: a machine that sleeps stops the other one.
	last := now().Round(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
		at := now().Round(0)
		if at.Sub(last) > asleep {
			slept()
		}
		last = at
	}
}
