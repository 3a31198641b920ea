package model

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var podColumns = &Columns{List: []Column{
	{Name: "Name", IsName: true},
	{Name: "Ready"},
	{Name: "Status"},
	{Name: "Restarts"},
	{Name: "Age", Kind: Date},
}}

// pod makes an object with the cells of a pod.
func pod(namespace, name, version string, cells ...string) *Object {
	return &Object{
		Key:             Key{namespace, name},
		UID:             types.UID("uid-of-" + namespace + "/" + name),
		ResourceVersion: version,
		Columns:         podColumns,
		Cells:           append([]string{name}, cells...),
	}
}

// viewOf makes a View whose changes wake the returned watcher.
func viewOf(t *testing.T, spec Spec, opts []Option, sources ...Source) (*View, *watcher) {
	t.Helper()
	w := &watcher{t: t, woken: make(chan struct{}, 1)}
	v := NewView(context.Background(), sources, spec, func() { signal(w.woken) }, opts...)
	w.view = v
	t.Cleanup(v.Close)
	return v, w
}

// watcher waits for a View to become as a test expects it.
type watcher struct {
	t     *testing.T
	view  *View
	woken chan struct{}
}

// until waits for a condition on the View, looking after each change.
func (w *watcher) until(what string, ok func() bool) {
	w.t.Helper()
	deadline := time.After(60 * time.Second)
	for !ok() {
		select {
		case <-w.woken:
		case <-deadline:
			w.t.Fatalf("the view never got there: %s; it has %v", what, names(w.view))
		}
	}
}

func (w *watcher) untilNames(want ...string) {
	w.t.Helper()
	w.until(fmt.Sprint(want), func() bool { return slices.Equal(names(w.view), want) })
}

// names gives the rows in order as "namespace/name" with their marks.
func names(v *View) []string {
	var s []string
	for _, r := range v.Window(0, 1<<30).Rows {
		mark := map[Mark]string{New: "+", Changed: "~", Gone: "-"}[r.Mark]
		s = append(s, mark+r.Object.String())
	}
	return s
}

func TestViewShowsTheFirstListUnmarkedAndLaterRowsAsNew(t *testing.T) {
	clock := clocktesting.NewFakeClock(time.Unix(1000, 0))
	s := NewStore(WithClock(clock))
	v, w := viewOf(t, Spec{}, []Option{WithClock(clock)}, Source{Store: s})

	s.Apply(pod("b", "x", "1"))
	s.Apply(pod("a", "y", "2"))
	w.untilNames("a/y", "b/x")
	s.Retain(func(Key) bool { return true })
	s.Apply(pod("a", "x", "3"))
	w.untilNames("+a/x", "a/y", "b/x")
	if got := v.Changes(); got != 1 {
		t.Errorf("%d changes, want the one after the first list", got)
	}
	clock.Step(NewFor)
	w.untilNames("a/x", "a/y", "b/x")
}

func TestViewMarksChangedCellsUntilTheirTimeIsOver(t *testing.T) {
	clock := clocktesting.NewFakeClock(time.Unix(1000, 0))
	s := NewStore(WithClock(clock))
	s.Apply(pod("a", "x", "1", "0/1", "Pending", "0"))
	v, w := viewOf(t, Spec{}, []Option{WithClock(clock)}, Source{Store: s})
	w.untilNames("a/x")

	s.Apply(pod("a", "x", "2", "0/1", "Running", "0"))
	w.untilNames("~a/x")
	row, _ := v.At(0)
	if row.ChangedCells != 1<<2 || !row.MarkedAt.Equal(clock.Now()) || !row.Changed.Equal(clock.Now()) {
		t.Errorf("row is %+v, want cell 2 changed now", row)
	}
	clock.Step(FlashFor / 2)
	s.Apply(pod("a", "x", "3", "1/1", "Running", "0"))
	w.until("both cells flash", func() bool { r, _ := v.At(0); return r.ChangedCells == 1<<2|1<<1 })
	s.Apply(pod("a", "x", "4", "1/1", "Running", "0"))
	w.until("version 4 is shown", func() bool { r, _ := v.At(0); return r.Object.ResourceVersion == "4" })
	if row, _ := v.At(0); row.ChangedCells != 1<<2|1<<1 {
		t.Errorf("a change that shows in no cell made the cells %b", row.ChangedCells)
	}
	clock.Step(ChangedFor)
	w.untilNames("a/x")
}

func TestViewTellsForAMomentThatAnObjectRecovered(t *testing.T) {
	clock := clocktesting.NewFakeClock(time.Unix(1000, 0))
	s := NewStore(WithClock(clock))
	v, w := viewOf(t, Spec{}, []Option{WithClock(clock)}, Source{Store: s})
	version := 0
	becomes := func(restarts string, level Level, want bool) {
		t.Helper()
		version++
		o := pod("a", "x", strconv.Itoa(version), "1/1", "Running", restarts)
		o.Health = Health{Level: level}
		s.Apply(o)
		w.until("the version is shown", func() bool {
			r, ok := v.At(0)
			return ok && r.Object.ResourceVersion == o.ResourceVersion
		})
		if r, _ := v.At(0); r.Recovered != want {
			t.Errorf("version %d: recovered is %v, want %v", version, r.Recovered, want)
		}
	}
	becomes("0", Unhealthy, false)
	s.Retain(func(Key) bool { return true })
	becomes("0", Healthy, true)
	clock.Step(FlashFor / 2)
	becomes("1", Healthy, true)
	becomes("1", Unhealthy, false)
	becomes("1", Unknown, false)
	becomes("1", Progressing, false)
	becomes("1", Healthy, true)
	clock.Step(FlashFor)
	becomes("2", Healthy, false)
	becomes("2", Unhealthy, false)
	becomes("2", Healthy, true)
	clock.Step(ChangedFor)
	w.untilNames("a/x")
	if r, _ := v.At(0); r.Recovered {
		t.Error("the object is still said to have recovered when its mark has ended")
	}
}

func TestViewKeepsDeletedRowsForAMoment(t *testing.T) {
	clock := clocktesting.NewFakeClock(time.Unix(1000, 0))
	s := NewStore(WithClock(clock))
	s.Apply(pod("a", "x", "1"))
	s.Apply(pod("a", "y", "1"))
	v, w := viewOf(t, Spec{}, []Option{WithClock(clock)}, Source{Store: s})
	w.untilNames("a/x", "a/y")

	s.Delete(Key{"a", "x"}, nil)
	w.untilNames("-a/x", "a/y")
	if got := v.Window(0, 10); got.Total != 1 || got.Matched != 1 || got.Len != 2 {
		t.Errorf("total %d, matched %d, len %d; want 1, 1, 2", got.Total, got.Matched, got.Len)
	}
	clock.Step(DeletedFor)
	w.untilNames("a/y")
	if _, ok := v.Get(RowID{Key: Key{"a", "x"}}); ok {
		t.Error("the deleted row is still known")
	}
}

func TestACalmViewMarksNothing(t *testing.T) {
	clock := clocktesting.NewFakeClock(time.Unix(1000, 0))
	s := NewStore(WithClock(clock))
	s.Apply(pod("a", "x", "1", "0/1"))
	s.Apply(pod("a", "y", "1", "0/1"))
	s.Retain(func(Key) bool { return true })
	v, w := viewOf(t, Spec{}, []Option{WithClock(clock)}, Source{Store: s})
	w.untilNames("a/x", "a/y")
	s.Apply(pod("a", "x", "2", "1/1"))
	s.Apply(pod("a", "new", "2", "1/1"))
	s.Delete(Key{"a", "y"}, nil)
	w.untilNames("+a/new", "~a/x", "-a/y")

	changes := v.Changes()
	v.Calm(clock.Now().Add(time.Second))
	w.untilNames("a/new", "a/x")
	s.Delete(Key{"a", "new"}, nil)
	s.Apply(pod("a", "x", "3", "0/1"))
	s.Apply(pod("a", "z", "3", "0/1"))
	w.untilNames("a/x", "a/z")
	if row, _ := v.Get(RowID{Key: Key{"a", "x"}}); row.Object.ResourceVersion != "3" || row.ChangedCells != 0 {
		t.Errorf("row is %+v, want version 3 without changed cells", row)
	}
	if got := v.Changes(); got != changes {
		t.Errorf("%d changes came, want none", got-changes)
	}
	clock.Step(time.Second)
	s.Apply(pod("a", "x", "4", "1/1"))
	w.untilNames("~a/x", "a/z")
}

func TestViewReplacesTheRowOfAnObjectMadeAnew(t *testing.T) {
	clock := clocktesting.NewFakeClock(time.Unix(1000, 0))
	s := NewStore(WithClock(clock))
	s.Apply(pod("a", "web-0", "1"))
	v, w := viewOf(t, Spec{}, []Option{WithClock(clock)}, Source{Store: s})
	w.untilNames("a/web-0")
	old, _ := v.At(0)
	s.Retain(func(Key) bool { return true })

	again := pod("a", "web-0", "2")
	again.UID = "another"
	s.Apply(again)
	w.untilNames("+a/web-0")
	if _, ok := v.Find(old.ID()); ok {
		t.Error("the row of the old object was found")
	}
	if i, ok := v.Find(RowID{Key: again.Key}); !ok || i != 0 {
		t.Errorf("found by key at %d, %v", i, ok)
	}
	clock.Step(DeletedFor)
	w.untilNames("a/web-0")
}

func TestViewFollowsTheLatestSpec(t *testing.T) {
	s := NewStore()
	for i := range 100 {
		s.Apply(pod("a", fmt.Sprintf("web-%d", i), "1", "1/1", "Running", fmt.Sprint(i)))
	}
	v, w := viewOf(t, Spec{}, nil, Source{Store: s})
	w.until("all rows", func() bool { return v.Window(0, 0).Len == 100 })
	for i := range 50 {
		v.SetSpec(Spec{Filter: ParseFilter(fmt.Sprintf("web-%d", i))})
	}
	v.SetSpec(Spec{Filter: ParseFilter("web-9"), Sort: []SortKey{{Column: "Restarts", Descending: true}}})
	w.until("the last spec", func() bool { return !v.Window(0, 0).Rebuilding })
	if got := v.Window(0, 3); got.Len != 11 || got.Rows[0].Object.Name != "web-99" || got.Rows[2].Object.Name != "web-97" {
		t.Errorf("%d rows, first %v", got.Len, names(v)[:3])
	}
	id := RowID{Key: Key{"a", "web-50"}}
	if _, ok := v.Find(id); ok {
		t.Error("found a row that is filtered out")
	}
	if _, ok := v.Get(id); !ok {
		t.Error("did not get a row that is filtered out")
	}
}

func TestViewCloseStopsItInTheMiddleOfEverything(*testing.T) {
	for range 50 {
		s := NewStore()
		v := NewView(context.Background(), []Source{{Store: s}}, Spec{}, func() {})
		for i := range 100 {
			s.Apply(pod("a", fmt.Sprint(i), "1"))
			if i == 50 {
				v.SetSpec(Spec{Sort: []SortKey{{Column: "AGE"}}})
				go s.Close()
			}
		}
		v.Close()
		v.Close()
	}
}
