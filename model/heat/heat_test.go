package heat

import (
	"context"
	"slices"
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

func newBench(t *testing.T) *bench { return newSteeredBench(t, false) }

func newSteeredBench(t *testing.T, isSteered bool) *bench {
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
		IsSteered: isSteered,
		IsNoise:   func(s timeline.Source, _ *timeline.Record) bool { return s.GVR.Resource == "leases" },
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

// await awaits what is counted of a pod, all of the objects without a name; -1 is a minute of which nothing is known.
func (b *bench) await(name string, want ...int) {
	b.t.Helper()
	late := time.After(time.Minute)
	for {
		at := b.at(b.pods, name)
		if slices.Equal(at[timeline.HeatMinutes-len(want):], want) {
			return
		}
		select {
		case <-b.changed:
		case <-late:
			b.t.Fatalf("%s has %v, want %v", name, at, want)
		}
	}
}

func (b *bench) at(of timeline.SourceID, name string) Minutes {
	key := model.Key{}
	if name != "" {
		key = model.Key{Namespace: "shop", Name: name}
	}
	return b.rows.Of(of, key).At(b.rows.opts.Now())
}

// unknown is of what nothing is known.
var unknown = Minutes{-1, -1, -1, -1, -1, -1, -1, -1}

func TestRowsCountWhatIsRememberedAndWhatComes(t *testing.T) {
	b := newBench(t)
	b.add(b.pods, "web", begin.Add(-time.Hour))
	b.add(b.pods, "web", begin.Add(-6*time.Minute))
	b.add(b.pods, "api", begin)
	b.add(b.leases, "web", begin)
	if got := b.at(b.pods, "web"); got != unknown {
		t.Errorf("counted is %v though nobody asked", got)
	}
	b.rows.Open()
	b.await("web", 0, 1, 0, 0, 0, 0, 0, 0)
	b.await("api", 0, 1)
	b.await("", 0, 1, 0, 0, 0, 0, 0, 1)
	before := b.rows.Version()
	b.add(b.pods, "web", begin)
	b.await("web", 0, 1, 0, 0, 0, 0, 0, 1)
	if b.rows.Version() == before {
		t.Error("the counts are others, and the version is not")
	}
	if got := b.at(b.leases, "web"); got != (Minutes{}) {
		t.Errorf("noise is counted: %v", got)
	}
	b.rows.Shut()
	b.rows.Open()
	b.await("web", 0, 1, 0, 0, 0, 0, 0, 1)
}

func TestRowsThatAreShutWhileTheyCountAndOpenedAgainCountAll(t *testing.T) {
	b := &bench{t: t, timeline: timeline.New(1 << 20)}
	s := timeline.Source{Cluster: "prod-eu"}
	s.GVR.Resource = "pods"
	b.pods = b.timeline.SourceID(s)
	b.now.Store(begin.UnixNano())
	isShut := false
	b.rows = New(Options{
		Timeline: b.timeline, Now: func() time.Time { return begin }, Changed: func() {},
		IsNoise: func(timeline.Source, *timeline.Record) bool {
			if !isShut {
				isShut = true
				b.rows.Shut()
			}
			return false
		},
	})
	defer b.rows.end()
	for range 3 {
		b.add(b.pods, "web", begin)
	}
	b.rows.Open()
	b.rows.step(t.Context())
	b.rows.Open()
	b.rows.step(t.Context())
	if got := b.at(b.pods, "web")[7]; got != 3 {
		t.Errorf("%d of 3 changes were counted", got)
	}
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
	b.await("web", -1, -1, 2) // nothing is known of before
}

func TestWhatDidNotChangeLatelyIsDropped(t *testing.T) {
	var c counts
	key := model.Key{Name: "web"}
	c.add(&timeline.Record{At: begin, Source: 1, Key: key})
	c.add(&timeline.Record{At: begin.Add(5 * time.Minute), Source: 2, Key: key})
	c.sweep(begin.Add(7 * time.Minute))
	if len(c.objects) != 4 {
		t.Errorf("%d objects, want 2 and what they are of", len(c.objects))
	}
	c.sweep(begin.Add(8 * time.Minute))
	if _, ok := c.objects[object{source: 2, key: key}]; !ok || len(c.objects) != 2 {
		t.Errorf("kept are %v", c.objects)
	}
}

func TestRowsOfAPastThatIsSteered(t *testing.T) {
	b := newSteeredBench(t, true)
	for minute := range 20 {
		for range minute + 1 {
			b.add(b.pods, "web", begin.Add(time.Duration(minute)*time.Minute))
		}
	}
	to := func(minutes time.Duration) {
		b.now.Store(begin.Add(minutes * time.Minute).UnixNano())
		b.rows.Notice()
	}
	to(10)
	b.rows.Open()
	b.await("web", 4, 5, 6, 7, 8, 9, 10, 11)
	b.now.Store(begin.Add(12 * time.Minute).UnixNano())
	if got := b.at(b.pods, "web"); got != (Minutes{6, 7, 8, 9, 10, 11, -1, -1}) {
		t.Errorf("before it is counted it is %v", got)
	}
	for minutes, want := range map[time.Duration][]int{12: {12, 13}, 3: {0, 0, 0, 0, 1, 2, 3, 4}, 19: {13, 14, 15, 16, 17, 18, 19, 20}, -1: {0, 0, 0, 0, 0, 0, 0, 0}} {
		to(minutes)
		b.await("web", want...)
		b.await("", want...)
	}
}

// Whichever way time goes within a minute and over its end, what is counted is what counting anew gives.
func TestRowsOfAPastThatIsSteeredBackAndForth(t *testing.T) {
	b := newSteeredBench(t, true)
	for i := range 400 {
		of, name := b.pods, "web"
		if i%5 == 0 {
			name = "api"
		}
		if i%7 == 0 {
			of = b.leases
		}
		b.add(of, name, begin.Add(time.Duration(i)*5*time.Second))
	}
	anew := func(name string, now time.Time) []int {
		counts := make([]int, timeline.HeatMinutes)
		first := now.Truncate(time.Minute).Add(-span)
		for i := range 400 {
			at := begin.Add(time.Duration(i) * 5 * time.Second)
			if i%7 == 0 || at.After(now) || at.Before(first) || name != "" && (i%5 == 0) != (name == "api") {
				continue
			}
			counts[int(at.Sub(first)/time.Minute)]++
		}
		return counts
	}
	b.rows.Open()
	for _, seconds := range []int{1201, 1196, 1171, 1199, 1150, 1149, 900, 899, 871, 869, 1500, 1499} {
		now := begin.Add(time.Duration(seconds) * time.Second)
		b.now.Store(now.UnixNano())
		b.rows.Notice()
		for _, name := range []string{"web", "api", ""} {
			b.await(name, anew(name, now)...)
		}
	}
}

func TestMinutesOfTwo(t *testing.T) {
	a := Minutes{-1, -1, -1, 0, 0, 0, 4, 4}
	if got, want := a.Plus(Minutes{-1, 0, 3, -1, 0, 3, -1, 3}), (Minutes{-1, -1, 3, -1, 0, 3, 4, 7}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
