package model

import (
	"context"
	"math"
	"time"

	"k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/utils/clock"
)

const (
	// minPause is the time between two passes over the rows: a frame.
	minPause = 16 * time.Millisecond
	// passBatch bounds the changes of one pass, and so the time for which
	// readers wait at its end.
	passBatch = 4096
)

// keeper is the state of a View's goroutine.
type keeper struct {
	subs []*Subscription
	// keyer makes keys of the View's order, baseKeyer of that of its base.
	keyer, baseKeyer *keyer
	expiries         expiries
	alarm            alarm
}

// run keeps the View until the context ends.
func (v *View) run(ctx context.Context) {
	defer close(v.done)
	defer runtime.HandleCrash()
	defer v.unsubscribe()
	pause := time.NewTimer(0)
	defer pause.Stop()
	<-pause.C
	defer v.keeper.alarm.stop()

	data := v.data
	for {
		select {
		case <-ctx.Done():
			return
		case <-v.asked:
			v.rebuild(ctx)
			continue
		case <-pause.C:
			data = v.data
			continue
		case <-data:
		case <-v.keeper.alarm.c():
		}
		began := time.Now()
		more := v.pass()
		if data != nil && !more { // a first list is taken without a pause
			pause.Reset(max(minPause, 3*time.Since(began)))
			data = nil
		}
	}
}

func (v *View) unsubscribe() {
	for _, q := range v.keeper.subs {
		q.Close()
	}
}

// pass takes what the stores have to say and what has expired into the rows.
// It tells whether so much waits that another pass should follow at once.
func (v *View) pass() (more bool) {
	b := newBatch(v)
	now := v.clock.Now().UnixNano()
	if b.calm = now < v.calm.Load(); b.calm {
		now = math.MaxInt64 // all marks end
	}
	flashed := v.keeper.expiries.take(now, b.expire)
	taken := 0
	for source, q := range v.keeper.subs {
		for taken < passBatch {
			deltas := q.TryNext()
			if len(deltas) == 0 {
				break
			}
			for _, d := range deltas {
				b.take(source, d)
			}
			taken += len(deltas)
		}
	}
	if more = taken >= passBatch; more {
		signal(v.data)
	}
	if len(b.edits) > 0 {
		b.commit()
	} else {
		v.keeper.alarm.set(v.keeper.expiries.next())
	}
	if len(b.edits) > 0 || flashed {
		v.changed()
	}
	return more
}

// alarm is a timer that is only there while it is needed.
type alarm struct {
	clock clock.Clock
	timer clock.Timer
	late  chan time.Time // rings where the moment had passed already
}

// set makes the alarm ring at an instant, never for 0.
func (a *alarm) set(at int64) {
	a.stop()
	if at == 0 {
		return
	}
	for now := a.clock.Now(); now.UnixNano() < at; now = a.clock.Now() {
		a.timer = a.clock.NewTimer(time.Duration(at - now.UnixNano()))
		if a.clock.Since(now) < minPause {
			return
		}
		a.stop() // a clock that leapt meanwhile would ring too late
	}
	a.late = make(chan time.Time, 1)
	a.late <- time.Time{}
}

func (a *alarm) stop() {
	if a.timer != nil {
		a.timer.Stop()
	}
	a.timer, a.late = nil, nil
}

func (a *alarm) c() <-chan time.Time {
	if a.timer != nil {
		return a.timer.C()
	}
	return a.late
}
