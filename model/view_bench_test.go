package model

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// largeStore has n objects in 100 namespaces, which come as a server lists them:
// in the order of their keys.
func largeStore(n int) *Store {
	s := NewStore()
	for namespace := range 100 {
		for i := namespace; i < n; i += 100 {
			s.Apply(largePod(i, "1"))
		}
	}
	s.Retain(func(Key) bool { return true })
	return s
}

func largePod(i int, version string) *Object {
	return &Object{
		Key:             Key{fmt.Sprintf("ns-%02d", i%100), fmt.Sprintf("web-%06d-%05x", i/100, i)},
		UID:             types.UID(fmt.Sprintf("%08x-%04x", i*2654435761, i)),
		ResourceVersion: version,
		Labels:          MakeLabelSet(map[string]string{"app": "web", "shard": fmt.Sprint(i % 50)}),
		Columns:         podColumns,
		Cells:           []string{"", "1/1", "Running", fmt.Sprint(i % 7), fmt.Sprint(1700000000 + i)},
		Created:         int64(1700000000 + i*7919%n31),
	}
}

const n31 = 1<<31 - 1

// largeView is a View of n rows that has them all.
func largeView(b *testing.B, s *Store, spec Spec) (*View, chan struct{}) {
	b.Helper()
	woken := make(chan struct{}, 1)
	v := NewView(context.Background(), []Source{{Store: s}}, spec, func() { signal(woken) })
	b.Cleanup(v.Close)
	await(v, woken, func(w Window) bool { return w.Total == s.Len() })
	return v, woken
}

func await(v *View, woken <-chan struct{}, ok func(Window) bool) {
	for !ok(v.Window(0, 0)) {
		<-woken
	}
}

func bySize(b *testing.B, f func(b *testing.B, n int)) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		if n > 100_000 && testing.Short() {
			continue
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) { f(b, n) })
	}
}

func BenchmarkViewWindow(b *testing.B) {
	bySize(b, func(b *testing.B, n int) {
		v, _ := largeView(b, largeStore(n), Spec{})
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			v.Window(i*7919%n, 50)
		}
	})
}

func BenchmarkViewFind(b *testing.B) {
	bySize(b, func(b *testing.B, n int) {
		v, _ := largeView(b, largeStore(n), Spec{Sort: []SortKey{{Column: "Restarts"}}})
		for i := 0; b.Loop(); i++ {
			v.Find(RowID{Key: largePod(i%n, "").Key})
		}
	})
}

// BenchmarkViewPass takes 100 changes into a View: half of them adds or
// deletes, which move the rows behind them.
func BenchmarkViewPass(b *testing.B) {
	bySize(b, func(b *testing.B, n int) {
		s := largeStore(n)
		v, _ := largeView(b, s, Spec{})
		v.Close()
		q := s.Subscribe(viewQueue)
		for !q.CaughtUp() {
			q.TryNext()
		}
		for round := 0; b.Loop(); round++ {
			for i := range 100 {
				switch k := round*100 + i; {
				case i < 50:
					s.Apply(largePod(k%n, fmt.Sprint(round+2)))
				case i < 75:
					s.Apply(largePod(n+k, "1"))
				default:
					s.Delete(largePod(n+k-25, "").Key, nil)
				}
			}
			batch := newBatch(v)
			for _, d := range q.TryNext() {
				batch.take(0, d)
			}
			batch.commit()
		}
	})
}

// BenchmarkFilter types a filter key by key over 1,000,000 rows: what a reader
// sees first, and when it is complete, with one plain scan of all rows beside it.
func BenchmarkFilter(b *testing.B) {
	typed := map[string][]string{
		"common": {"w", "we", "web", "web-", "web-7", "web-77", "web-7"},
		"rare":   {"q", "web-77-f0", "web-77-f00"},
		"none":   {"77-web"},
		"regexp": {"web-7.*f0", "7.*web$"},
		"not":    {"!w", "!q"},
		"labels": {"-l app=web", "-l app=none"},
	}
	bySize(b, func(b *testing.B, n int) {
		v, woken := largeView(b, largeStore(n), Spec{})
		for name, texts := range typed {
			for _, text := range texts {
				b.Run(fmt.Sprintf("%s/%s", name, text), func(b *testing.B) {
					spec := Spec{Filter: ParseFilter(text), Eager: true}
					before := v.latest()
					for b.Loop() {
						plain := timed(func() { plainScan(v, &spec) })
						version := v.Window(0, 0).Version
						began := time.Now()
						v.SetSpec(spec)
						await(v, woken, func(w Window) bool { return w.Version > version })
						first := time.Since(began)
						await(v, woken, func(w Window) bool { return !w.Rebuilding })
						whole := time.Since(began)
						b.StopTimer()
						b.ReportMetric(float64(first.Microseconds())/1000, "ms/first")
						b.ReportMetric(float64(whole.Microseconds())/1000, "ms/all")
						b.ReportMetric(float64(whole)/float64(plain), "x-plain-scan")
						v.SetSpec(before)
						await(v, woken, func(w Window) bool { return !w.Rebuilding })
						b.StartTimer()
					}
					v.SetSpec(spec)
					await(v, woken, func(w Window) bool { return !w.Rebuilding })
				})
			}
		}
	})
}

func timed(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}

func plainScan(v *View, spec *Spec) (found []*row) {
	for it := range v.base.from(0) {
		if spec.Filter.Match(it.obj) {
			found = append(found, it.row)
		}
	}
	return found
}

// BenchmarkSort sorts by another column, with slices.SortFunc by the same keys
// beside it.
func BenchmarkSort(b *testing.B) {
	for _, column := range []string{"Restarts", "NAME", "AGE", "Status"} {
		b.Run(column, func(b *testing.B) {
			bySize(b, func(b *testing.B, n int) {
				v, woken := largeView(b, largeStore(n), Spec{})
				for b.Loop() {
					b.StopTimer()
					plain := timed(func() { plainSort(v, column) })
					b.StartTimer()
					whole := timed(func() {
						v.SetSpec(Spec{Sort: []SortKey{{Column: column}}})
						await(v, woken, func(w Window) bool { return !w.Rebuilding })
					})
					b.StopTimer()
					b.ReportMetric(float64(whole.Microseconds())/1000, "ms/all")
					b.ReportMetric(float64(whole)/float64(plain), "x-plain-sort")
					v.SetSpec(Spec{})
					await(v, woken, func(w Window) bool { return !w.Rebuilding })
					b.StartTimer()
				}
			})
		})
	}
}

func plainSort(v *View, column string) []*spot {
	k := (&order{sources: v.sources, by: []SortKey{{Column: column}}}).keyer()
	spots := make([]*spot, 0, v.base.len)
	for it := range v.base.from(0) {
		spots = append(spots, k.spot(it.row, it.row))
	}
	slices.SortFunc(spots, (*spot).compare)
	return spots
}

// BenchmarkMemory tells what an object and its row take, beside its JSON.
func BenchmarkMemory(b *testing.B) {
	const n = 100_000
	for b.Loop() {
		before := heap()
		s := largeStore(n)
		stored := heap()
		v, _ := largeView(b, s, Spec{})
		viewed := heap()
		b.ReportMetric(float64(stored-before)/n, "B/object")
		b.ReportMetric(float64(viewed-stored)/n, "B/row")
		runtime.KeepAlive(v)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkLoad measures from a full store to a view of all its rows.
func BenchmarkLoad(b *testing.B) {
	bySize(b, func(b *testing.B, n int) {
		s := largeStore(n)
		for b.Loop() {
			began := time.Now()
			largeView(b, s, Spec{})
			b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms")
		}
	})
}
