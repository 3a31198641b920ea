package model

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
)

// BenchmarkReadsMeanwhile reads what a key needs, a row's index and a window,
// while the View is busy, and tells how long that took. What the processors are
// short of shows in the reads of an idle View.
func BenchmarkReadsMeanwhile(b *testing.B) {
	for name, work := range map[string]func(ctx context.Context, v *View, n int){
		"idle":            func(ctx context.Context, _ *View, _ int) { <-ctx.Done() },
		"5000-changes":    changes5000,
		"sort":            respec(Spec{Sort: []SortKey{{Column: "Restarts"}}}, Spec{Sort: []SortKey{{Column: "NAME"}}}),
		"filter":          respec(Spec{Filter: ParseFilter("web"), Eager: true}, Spec{}),
		"a-list-comes-in": refill,
	} {
		b.Run(name, func(b *testing.B) {
			for _, n := range []int{50_000, 1_000_000} {
				b.Run(fmt.Sprint(n), func(b *testing.B) { readMeanwhile(b, n, work) })
			}
		})
	}
}

func readMeanwhile(b *testing.B, n int, work func(ctx context.Context, v *View, n int)) {
	v, _ := largeView(b, largeStore(n), Spec{})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		work(ctx, v, n)
	}()
	var took []time.Duration
	id := RowID{Key: largePod(n/2, "").Key}
	pace := time.NewTicker(time.Millisecond)
	defer pace.Stop()
	for b.Loop() {
		took = append(took, timed(func() {
			at, _ := v.Find(id)
			v.Window(at, 50)
		}))
		<-pace.C
	}
	stop()
	<-done
	slices.Sort(took)
	micros := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Nanoseconds()) / 1000
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(micros(0.5), "us/p50")
	b.ReportMetric(micros(0.99), "us/p99")
	b.ReportMetric(micros(1), "us/max")
}

// changes5000 changes 5,000 objects a second; one in ten comes or goes.
func changes5000(ctx context.Context, v *View, n int) {
	s := v.sources[0].Store
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for round := 0; ; round++ {
		for i := range 50 {
			k := round*50 + i
			if i%10 == 0 {
				s.Apply(largePod(n+k, "1"))
			} else {
				o := largePod(k*7919%n, fmt.Sprint(k))
				o.Cells[3] = fmt.Sprint(k % 100)
				s.Apply(o)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func respec(specs ...Spec) func(ctx context.Context, v *View, n int) {
	return func(ctx context.Context, v *View, _ int) {
		look := time.NewTicker(time.Millisecond)
		defer look.Stop()
		for i := 0; ctx.Err() == nil; i++ {
			v.SetSpec(specs[i%len(specs)])
			for v.Window(0, 0).Rebuilding && ctx.Err() == nil {
				<-look.C
			}
		}
	}
}

func refill(ctx context.Context, v *View, n int) {
	s := v.sources[0].Store
	for ctx.Err() == nil {
		s.Clear()
		for i := 0; i < n && ctx.Err() == nil; i++ {
			s.Apply(largePod(i, "1"))
		}
	}
}
