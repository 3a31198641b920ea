package heat

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var begin = time.Date(2026, 11, 29, 10, 0, 30, 0, time.UTC)

func TestMinutesOfWhichNothingIsKnown(t *testing.T) {
	var h timeline.Heat
	h.Add(begin)
	h.Add(begin.Add(time.Minute))
	h.Add(begin.Add(time.Minute))
	since := begin.Add(-91 * time.Second)
	known := func(_, to time.Time) bool { return to.After(since) }
	for after, want := range map[time.Duration]Minutes{
		time.Minute:     {-1, -1, -1, -1, 0, 0, 1, 2},
		2 * time.Minute: {-1, -1, -1, 0, 0, 1, 2, 0},
		8 * time.Minute: {2, 0, 0, 0, 0, 0, 0, 0},
		0:               {-1, -1, -1, -1, -1, 0, 0, 1},
	} {
		if got := MinutesOf(h, begin.Add(after), known); got != want {
			t.Errorf("after %v: %v, want %v", after, got, want)
		}
	}
	nothing := func(time.Time, time.Time) bool { return false }
	if got := MinutesOf(h, begin, nothing); got != (Minutes{-1, -1, -1, -1, -1, -1, -1, 1}) {
		t.Errorf("what was counted is not told: %v", got)
	}
}

// bench has rows over a timeline, and a clock that a test sets.
type bench struct {
	t        *testing.T
	timeline *timeline.Timeline
	rows     *Rows
	pods     timeline.SourceID
	leases   timeline.SourceID
	now      atomic.Int64
	changed  chan struct{}
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, timeline: timeline.New(1 << 20), changed: make(chan struct{}, 1)}
	source := func(resource string) timeline.SourceID {
		s := timeline.Source{Cluster: "prod-eu"}
		s.GVR.Resource = resource
		return b.timeline.SourceID(s)
	}
	b.pods, b.leases = source("pods"), source("leases")
	b.now.Store(begin.UnixNano())
	b.rows = New(Options{
		Timeline: b.timeline, Now: func() time.Time { return time.Unix(0, b.now.Load()) },
		IsNoise: func(s timeline.Source, _ *timeline.Record) bool { return s.GVR.Resource == "leases" },
		Changed: func() {
			select {
			case b.changed <- struct{}{}:
			default:
			}
		},
	})
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { b.rows.Run(ctx) })
	t.Cleanup(func() { stop(); wg.Wait() })
	return b
}

func (b *bench) add(of timeline.SourceID, name string, at time.Time) {
	b.timeline.Add(&timeline.Record{At: at, Source: of, Key: model.Key{Namespace: "shop", Name: name}, Type: model.Updated, Old: "1", New: "2"}, model.Packed{})
}

// await awaits what is counted of a pod; since is told where the minutes before are not known.
func (b *bench) await(name string, want ...uint32) (since time.Time) {
	b.t.Helper()
	late := time.After(time.Minute)
	for {
		h, since, ok := b.rows.Of(b.pods, model.Key{Namespace: "shop", Name: name})
		at := h.At(b.rows.opts.Now())
		if ok && fmt.Sprint(at[timeline.HeatMinutes-len(want):]) == fmt.Sprint(want) {
			return since
		}
		select {
		case <-b.changed:
		case <-late:
			b.t.Fatalf("%s has %v (%v), want %v", name, at, ok, want)
		}
	}
}

func TestRowsCountWhatIsRememberedAndWhatComes(t *testing.T) {
	b := newBench(t)
	b.add(b.pods, "web", begin.Add(-time.Hour))
	b.add(b.pods, "web", begin.Add(-6*time.Minute))
	b.add(b.pods, "api", begin)
	b.add(b.leases, "web", begin)
	if _, _, ok := b.rows.Of(b.pods, model.Key{}); ok {
		t.Error("something is counted though nobody asked")
	}
	b.rows.Open()
	if since := b.await("web", 0, 1, 0, 0, 0, 0, 0, 0); !since.IsZero() {
		t.Errorf("all is remembered, but counted since %v", since)
	}
	b.await("api", 1)
	before := b.rows.Version()
	b.add(b.pods, "web", begin)
	b.await("web", 0, 1, 0, 0, 0, 0, 0, 1)
	if b.rows.Version() == before {
		t.Error("the counts are others, and the version is not")
	}
	if h, _, _ := b.rows.Of(b.leases, model.Key{Namespace: "shop", Name: "web"}); h != (timeline.Heat{}) {
		t.Errorf("noise is counted: %v", h)
	}
	b.rows.Shut()
	b.rows.Open()
	b.await("web", 0, 1, 0, 0, 0, 0, 0, 1)
}

func TestRowsBeginAnewWhereTimeWentBack(t *testing.T) {
	b := newBench(t)
	b.add(b.pods, "web", begin)
	b.rows.Open()
	b.await("web", 1)
	b.now.Store(begin.Add(-3 * time.Minute).UnixNano())
	b.timeline.Clear()
	b.add(b.pods, "web", begin.Add(-3*time.Minute))
	b.add(b.pods, "web", begin.Add(-3*time.Minute))
	if since := b.await("web", 0, 0, 2); since.Before(begin.Add(-4 * time.Minute)) {
		t.Errorf("nothing is known of before, but it is counted since %v", since)
	}
}

func TestWhatDidNotChangeLatelyIsDropped(t *testing.T) {
	var c counts
	c.add(&timeline.Record{At: begin, Source: 1})
	c.add(&timeline.Record{At: begin.Add(5 * time.Minute), Source: 2})
	c.sweep(begin.Add(7 * time.Minute))
	if len(c.objects) != 2 {
		t.Errorf("%d objects, want 2", len(c.objects))
	}
	c.sweep(begin.Add(8 * time.Minute))
	if _, ok := c.objects[object{source: 2}]; !ok || len(c.objects) != 1 {
		t.Errorf("kept are %v", c.objects)
	}
}
