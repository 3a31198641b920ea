package model

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// filledStore has enough rows to be filtered in several blocks.
func filledStore(rnd *rand.Rand) *Store {
	s := NewStore()
	for i := range 2 * scanBlock * chunkSize {
		s.Apply(pod(fmt.Sprintf("ns%d", i%7), fmt.Sprintf("p-%d", i), "1", "1/1", []string{"Running", "Failed"}[rnd.IntN(2)], fmt.Sprint(rnd.IntN(20)), "1000"))
	}
	s.Retain(func(Key) bool { return true })
	return s
}

// observer is told of each change of a View on its goroutine.
type observer struct {
	*watcher
	mu     sync.Mutex
	change func(w Window)
}

func (o *observer) on(f func(w Window)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.change = f
}

func observed(t *testing.T, s *Store) (*View, *observer) {
	t.Helper()
	o := &observer{watcher: &watcher{t: t, woken: make(chan struct{}, 1)}}
	ready := make(chan struct{})
	v := NewView(context.Background(), []Source{{Store: s}}, Spec{}, func() {
		<-ready
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.change != nil {
			o.change(o.view.Window(0, 0))
		}
		signal(o.woken)
	})
	o.view = v
	close(ready)
	t.Cleanup(v.Close)
	o.until("all rows", func() bool { return v.Window(0, 0).Len == s.Len() })
	return v, o
}

func TestAnEagerFilterShowsFromTheFirstRowOnWhatIsFound(t *testing.T) {
	v, o := observed(t, filledStore(rand.New(rand.NewPCG(1, 1))))
	for _, eager := range []bool{true, false} {
		var partial [][]Row
		o.on(func(w Window) {
			if w.Rebuilding {
				partial = append(partial, v.Window(0, w.Len).Rows)
				if w.Matched != w.Len {
					t.Errorf("%d matched, of %d rows found", w.Matched, w.Len)
				}
			}
		})
		v.SetSpec(Spec{Filter: ParseFilter("fail"), Eager: eager})
		o.until("the filter", func() bool { return !v.Window(0, 0).Rebuilding })
		o.on(nil)
		if eager != (len(partial) > 0) {
			t.Errorf("eager %v: %d times something was shown before all was found", eager, len(partial))
		}
		final := v.Window(0, 1<<30).Rows
		for _, rows := range partial {
			if len(rows) > len(final) || !slices.Equal(rows, final[:len(rows)]) {
				t.Errorf("%d rows were shown that do not begin the list of %d", len(rows), len(final))
			}
		}
		v.SetSpec(Spec{})
		o.until("no filter", func() bool { return !v.Window(0, 0).Rebuilding })
	}
}

// TestASpecThatOvertakesAnotherGetsItsRows sets other Specs while rows are
// still being found, and compares what comes of it with all rows chosen anew.
func TestASpecThatOvertakesAnotherGetsItsRows(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 2))
	s := filledStore(rnd)
	v, o := observed(t, s)
	filters := []string{"", "f", "fa", "fail", "fail p-1", "fail p-12", "p-1", "!fail", "run", "q"}
	for round := range 10 {
		var last Spec
		set := func() {
			last = Spec{Filter: ParseFilter(filters[rnd.IntN(len(filters))]), Eager: rnd.IntN(4) > 0}
			if rnd.IntN(3) == 0 {
				last.Sort = []SortKey{{Column: []string{"Restarts", "NAME"}[rnd.IntN(2)], Descending: rnd.IntN(2) == 0}}
			}
			v.SetSpec(last)
		}
		overtakes := rnd.IntN(4)
		var mu sync.Mutex
		o.on(func(w Window) {
			mu.Lock()
			defer mu.Unlock()
			if w.Rebuilding && overtakes > 0 {
				overtakes--
				set()
			}
		})
		mu.Lock()
		set()
		mu.Unlock()
		o.until("the last spec", func() bool { return !v.Window(0, 0).Rebuilding })
		o.on(nil)
		if got, want := chosen(v.Window(0, 1<<30).Rows), plainlyChosen(v, last); !slices.Equal(got, want) {
			t.Fatalf("round %d: %+v has %d rows, want %d", round, last, len(got), len(want))
		}
		if w := v.Window(0, 0); w.Matched != w.Len || w.Total != s.Len() {
			t.Errorf("round %d: matched %d of %d, total %d", round, w.Matched, w.Len, w.Total)
		}
	}
}

func chosen(rows []Row) []Key {
	var keys []Key
	for _, r := range rows {
		keys = append(keys, r.Object.Key)
	}
	return keys
}

func plainlyChosen(v *View, spec Spec) []Key {
	var rows []*row
	for it := range v.base.from(0) {
		if spec.Filter.Match(it.obj) {
			rows = append(rows, it.row)
		}
	}
	var keys []Key
	for _, s := range plainSpots(rows, (&order{sources: v.sources, by: spec.Sort}).keyer()) {
		keys = append(keys, s.id)
	}
	return keys
}
