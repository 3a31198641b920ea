package informers

import (
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/clock"
)

// allServed are types of which none ever goes.
type allServed struct{ Types }

func (allServed) Serves(schema.GroupVersionResource) bool           { return true }
func (allServed) Subscribe() (changed <-chan struct{}, stop func()) { return nil, func() {} }

// heldClock has each timer wait until it may begin.
type heldClock struct {
	clock.RealClock
	timers chan heldTimer
}

// heldTimer is a timer that waits.
type heldTimer struct {
	of    time.Duration
	begin chan struct{}
}

func (c heldClock) NewTimer(d time.Duration) clock.Timer {
	held := heldTimer{d, make(chan struct{})}
	c.timers <- held
	<-held.begin
	return c.RealClock.NewTimer(d)
}

// Who looks after sessions ends with the last, while somebody else begins with the next: to hurry is for the latter alone.
func TestGuardThatEndsTakesNothingFromTheNext(t *testing.T) {
	for range 30 { // a goroutine that may end or go on does either
		synctest.Test(t, func(t *testing.T) {
			c := heldClock{timers: make(chan heldTimer)}
			g := newGuard(allServed{}, c)
			patient := &Watch{opts: &Options{StreamPatience: time.Hour}}
			first, second := &session{watch: patient}, &session{watch: patient}
			g.add(first)
			ending := <-c.timers
			removed := make(chan struct{})
			go func() { defer close(removed); g.remove(first) }()
			synctest.Wait()
			g.add(second)
			next := <-c.timers
			g.hurry(second, time.Now().Add(time.Second))
			close(ending.begin)
			for ended := false; !ended; {
				select {
				case again := <-c.timers: // it took what was for the next, and looks once more before it ends
					close(again.begin)
				case <-removed:
					ended = true
				}
			}
			close(next.begin)
			synctest.Wait()
			select {
			case hurried := <-c.timers:
				if hurried.of > time.Second {
					t.Errorf("it looks again in %v", hurried.of)
				}
				close(hurried.begin)
			default:
				t.Error("it was not hurried")
			}
			g.remove(second)
		})
		if t.Failed() {
			return
		}
	}
}
