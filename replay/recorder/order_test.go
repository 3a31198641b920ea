package recorder

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// timed is a Writer that keeps when each type's objects changed, in seconds.
type timed []string

func (*timed) Begin(recording.Header) error { return nil }

func (t *timed) Write(e recording.Entry) error {
	*t = append(*t, string(e.Type)+" "+e.At.UTC().Format("05"))
	return nil
}

func (*timed) Flush() error { return nil }

// What several watches brought since it was last looked is written in the order in which it came, not watch by watch: who
// seeks a moment reads up to the first line that is later.
func TestChangesOfSeveralWatchesAreInOrder(t *testing.T) {
	var out timed
	clock := clocktesting.NewFakeClock(time.Unix(1_800_000_000, 0))
	r := New(&out, Options{Clock: clock})
	r.begun = true
	stores := map[string]*model.Store{}
	for _, name := range []string{"pods.v1", "nodes.v1"} {
		stores[name] = model.NewStore(model.WithClock(clock))
		stores[name].Retain(nil) // the first list is complete
		s := newTestSource()
		s.Type.Name = recording.TypeName(name)
		s.changes = stores[name].Subscribe(waiting)
		r.sources = append(r.sources, s)
	}
	for i, name := range []string{"nodes.v1", "pods.v1", "nodes.v1", "pods.v1"} {
		clock.Step(time.Second)
		stores[name].Apply(object(string(rune('a'+i)), "1"))
	}
	if err := r.drain(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(timed{"nodes.v1 01", "pods.v1 02", "nodes.v1 03", "pods.v1 04"}, out); diff != "" {
		t.Error(diff)
	}
}

// hookedClock does something once when it is looked at.
type hookedClock struct {
	*clocktesting.FakeClock
	hook func()
}

func (c *hookedClock) Now() time.Time {
	if hook := c.hook; hook != nil {
		c.hook = nil
		hook()
	}
	return c.FakeClock.Now()
}

// A change that comes to a watch that was looked at already is written before a later one of a watch that was not yet.
func TestChangesThatComeMeanwhileAreInOrder(t *testing.T) {
	var out timed
	clock := &hookedClock{FakeClock: clocktesting.NewFakeClock(time.Unix(1_800_000_000, 0))}
	r := New(&out, Options{Clock: clock.FakeClock})
	r.begun = true
	stores := map[string]*model.Store{}
	for _, name := range []string{"replicasets.v1.apps", "nodes.v1", "pods.v1"} {
		stores[name] = model.NewStore(model.WithClock(clock))
		stores[name].Retain(nil)
		if name == "nodes.v1" {
			stores[name].Apply(object("there", "1")) // so that the clock is looked at when it is drained
		}
		s := newTestSource()
		s.Type.Name = recording.TypeName(name)
		s.changes = stores[name].Subscribe(waiting)
		r.sources = append(r.sources, s)
	}
	clock.hook = func() {
		for _, name := range []string{"replicasets.v1.apps", "pods.v1"} {
			clock.Step(time.Second)
			stores[name].Apply(object("new", "2"))
		}
	}
	if err := r.drain(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(timed{"replicasets.v1.apps 01", "pods.v1 02"}, out); diff != "" {
		t.Error(diff)
	}
}

// restless is a Writer during each of whose writes something changes, as on a cluster that is faster than the disk.
type restless struct {
	store   *model.Store
	clock   *clocktesting.FakeClock
	written int
}

func (*restless) Begin(recording.Header) error { return nil }

func (*restless) Flush() error { return nil }

// enough is how many changes come at most, so that a recorder that waits for the end of them comes to an end.
const enough = 5000

func (w *restless) Write(recording.Entry) error {
	w.clock.Step(time.Millisecond)
	if w.written++; w.written < enough {
		w.store.Apply(object("a", strconv.Itoa(w.written)))
	}
	return nil
}

// A recorder that has no rest still flushes, begins segments and hears that it is to end.
func TestDrainingEndsWhereChangesDoNot(t *testing.T) {
	clock := clocktesting.NewFakeClock(time.Unix(1_800_000_000, 0))
	out := &restless{store: model.NewStore(model.WithClock(clock)), clock: clock}
	out.store.Retain(nil)
	s := newTestSource()
	s.changes = out.store.Subscribe(waiting)
	r := New(out, Options{Clock: clock})
	r.begun, r.sources = true, []*source{s}
	out.store.Apply(object("a", "0"))
	if err := r.drain(); err != nil {
		t.Fatal(err)
	}
	if first := out.written; first == 0 || first >= enough {
		t.Errorf("%d changes were written", first)
	}
	for range enough {
		if err := r.drain(); err != nil {
			t.Fatal(err)
		}
	}
	if out.written != enough || len(r.later) > 0 {
		t.Errorf("%d of %d changes were written, %d wait", out.written, enough, len(r.later))
	}
}

// A change that came before a line was written, but is taken in after it, is told as of then.
func TestLinesDoNotGoBackInTime(t *testing.T) {
	var out timed
	o := ordered{Writer: &out}
	begin := o.at(time.Unix(1_800_000_002, 0))
	for _, second := range []int64{1, 2, 4, 3} {
		if err := o.Write(recording.Entry{At: time.Unix(1_800_000_000+second, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(timed{" 02", " 02", " 04", " 04"}, out); diff != "" || begin.Unix() != 1_800_000_002 {
		t.Errorf("it began at %s; %s", begin, diff)
	}
}
