package workspace

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// insideHistory follows a store without a watch.
func insideHistory(s *model.Store, queue int) *history {
	t := timeline.New(1 << 20)
	h := &history{
		timeline: t, taker: timeline.NewTaker(t), guard: timeline.NewGuard(t), memory: timeline.ReadMemory, wake: make(chan struct{}, 1),
	}
	h.followed = []*followed{{
		id: 1, changes: s.SubscribeManaged(h.wake, queue), forget: func() {},
	}}
	return h
}

func webVersion(n int) *model.Object {
	o := &model.Object{Key: model.Key{Name: "web"}, UID: "u", ResourceVersion: fmt.Sprint(n)}
	o.SetJSON(model.NewPacker(), fmt.Appendf(nil, `{"metadata":{"resourceVersion":"%d"},"n":%d}`, n, n))
	return o
}

// What could not be followed is said: how often, and of which change.
func TestMergedChangesAreCounted(t *testing.T) {
	s := model.NewStore()
	h := insideHistory(s, 1)
	s.Apply(webVersion(1))
	s.Retain(func(model.Key) bool { return true })
	h.step()
	for n := 2; n <= 5; n++ {
		s.Apply(webVersion(n))
	}
	h.step()
	got := h.state()
	if got.Changes != 1 || got.Merged != 3 {
		t.Errorf("%+v, want 4 changes in one", got)
	}
	for r := range h.timeline.Forward(0, timeline.Filter{}) {
		if r.Merged != 3 || r.Old != "1" || r.New != "5" {
			t.Errorf("%+v", r)
		}
	}
	h.watches = func() []Watched { return nil }
	h.changed.Store(true)
	h.step()
	if len(h.followed) != 0 || h.state().Merged != 3 {
		t.Errorf("%d watches followed, %+v, once the watch is left: what was merged stays said", len(h.followed), h.state())
	}
}

func TestHistoryGivesWayWhenMemoryIsShort(t *testing.T) {
	s := model.NewStore()
	h := insideHistory(s, 100)
	var cycle atomic.Uint64
	h.memory = func() timeline.Reading {
		return timeline.Reading{Live: 90, Limit: 100, Cycle: cycle.Add(1)}
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { h.run(ctx) })
	timeout := time.After(time.Minute)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for h.state().Limit > 1<<19 {
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatalf("%+v, though memory is short", h.state())
		}
	}
	cancel()
	running.Wait()
}

func TestWhatIsSeenOfAMinute(t *testing.T) {
	at := func(second int) time.Time { return time.Unix(int64(second), 0) }
	k := knowledge{listed: true, since: at(30), gaps: []gap{{from: at(110), to: at(130)}, {from: at(130), to: at(185), gone: true}}, broken: at(300)}
	for minute, want := range []bool{true, true, false, true, true, false} {
		if got := k.sees(at(60*minute), at(60*minute+60)); got != want {
			t.Errorf("minute %d: seen is %v", minute, got)
		}
	}
	if k.sees(at(-60), at(0)) || k.sees(at(0), at(30)) {
		t.Error("seen before it was watched")
	}
}
