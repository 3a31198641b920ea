package recorder

import (
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
