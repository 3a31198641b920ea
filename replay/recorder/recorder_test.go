package recorder

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/recording"
)

// lines is a Writer that keeps what it is told in short.
type lines []string

func (l *lines) Begin(h recording.Header) error {
	*l = append(*l, fmt.Sprintf("begin %d", h.Objects))
	return nil
}

func (l *lines) Write(e recording.Entry) error {
	*l = append(*l, fmt.Sprintf("%s %s %s", e.Kind, e.Object, e.Cells))
	return nil
}

func (l *lines) Flush() error { return nil }

func object(name, version string) *model.Object {
	o := &model.Object{
		Key: model.Key{Name: name}, UID: types.UID(name), ResourceVersion: version,
		Columns: &model.Columns{List: []model.Column{
			{Name: "Name", Type: "string"},
			{Name: "Age", Kind: model.Date, Type: "string"},
			{Name: "Size", Kind: model.Number, Type: "integer"},
			{Name: "On", Type: "boolean"},
		}},
		Cells: []string{name, "0", "7", "true"},
	}
	o.SetJSON(model.NewPacker(), []byte(fmt.Sprintf("{%q:%s}", name, version)))
	return o
}

func newTestSource() *source {
	return &source{Source: Source{Type: recording.Type{Name: "pods.v1"}}, keys: map[model.Key]struct{}{}}
}

// An object that several watches see is there until the last of them has lost it, and each change is written once.
func TestObjectsThatSeveralWatchesSee(t *testing.T) {
	var out lines
	r := New(&out, Options{})
	r.begun = true
	one, two := newTestSource(), newTestSource()
	v1, v2 := object("a", "1"), object("a", "2")
	for _, step := range []struct {
		from  *source
		delta model.Delta
	}{
		{one, model.Delta{Type: model.Added, New: v1}},
		{two, model.Delta{Type: model.Added, New: v1}},
		{two, model.Delta{Type: model.Updated, Old: v1, New: v2}},
		{one, model.Delta{Type: model.Updated, Old: v1, New: v2}},
		{one, model.Delta{Type: model.Deleted, Old: v2}},
		{one, model.Delta{Type: model.Deleted, Old: v2}}, // it was not there for this one
		{two, model.Delta{Type: model.Deleted, Old: v2}},
	} {
		if err := r.take(step.from, step.delta, 0); err != nil {
			t.Fatal(err)
		}
	}
	const cells = ` ["a","1970-01-01T00:00:00Z",7,true]`
	want := lines{`ADDED {"a":1}` + cells, `MODIFIED {"a":2}` + cells, `DELETED {"a":2}` + cells}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	if r.present() != 0 {
		t.Errorf("%d objects are left", r.present())
	}
}

// A watch that is behind another of the same type takes no object back to what it was.
func TestWatchThatIsBehind(t *testing.T) {
	var out lines
	r := New(&out, Options{})
	r.begun = true
	fast, slow := newTestSource(), newTestSource()
	v1, v2, v3 := object("a", "8"), object("a", "9"), object("a", "10")
	for _, step := range []struct {
		from  *source
		delta model.Delta
	}{
		{fast, model.Delta{Type: model.Added, New: v1}},
		{slow, model.Delta{Type: model.Added, New: v1}},
		{fast, model.Delta{Type: model.Updated, Old: v1, New: v2}},
		{fast, model.Delta{Type: model.Updated, Old: v2, New: v3}},
		{slow, model.Delta{Type: model.Updated, Old: v1, New: v2}},
		{slow, model.Delta{Type: model.Updated, Old: v2, New: v3}},
	} {
		if err := r.take(step.from, step.delta, 0); err != nil {
			t.Fatal(err)
		}
	}
	const cells = ` ["a","1970-01-01T00:00:00Z",7,true]`
	want := lines{`ADDED {"a":8}` + cells, `MODIFIED {"a":9}` + cells, `MODIFIED {"a":10}` + cells}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
}

func TestWatchThatIsDroppedLeavesWhatOthersSee(t *testing.T) {
	var out lines
	r := New(&out, Options{})
	one, two := newTestSource(), newTestSource()
	for from, o := range map[*source]*model.Object{one: object("a", "1"), two: object("b", "1")} {
		if err := r.take(from, model.Delta{Type: model.Added, New: o}, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.take(one, model.Delta{Type: model.Added, New: object("b", "1")}, 0); err != nil {
		t.Fatal(err)
	}
	r.forget(one)
	if _, ok := r.types["pods.v1"].held[model.Key{Name: "b"}]; !ok || r.present() != 1 {
		t.Errorf("%d objects are left", r.present())
	}
	if len(out) != 0 {
		t.Errorf("wrote %q before a segment began", out)
	}
}

// What is not as its column promises must not spoil the line.
func TestCellsThatDoNotFitTheirColumn(t *testing.T) {
	o := object("a", "1")
	o.Cells = []string{"say \"hi\"\n", "", "seven", ""}
	if got, want := string(cellsOf(o, time.Time{})), `["say \"hi\"\n",null,"seven",null]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// What a segment's state says of the age of a restart is true at its beginning, and not when the object last changed.
func TestAgesWithinCells(t *testing.T) {
	o := object("a", "1")
	o.Received = 1000
	o.Columns = &model.Columns{List: []model.Column{
		{Name: "Restarts", Type: "string"}, {Name: "Ran", Kind: model.PrintedAge, Type: "date"}, {Name: "Note", Type: "string"},
	}}
	o.Cells = []string{"7 (12s ago)", "3m", "12s"}
	for after, want := range map[time.Duration]string{
		900 * time.Millisecond: `["7 (12s ago)","3m","12s"]`,
		48 * time.Second:       `["7 (60s ago)","3m48s","12s"]`,
		time.Hour:              `["7 (60m ago)","63m","12s"]`,
	} {
		if got := string(cellsOf(o, time.Unix(1000, 0).Add(after))); got != want {
			t.Errorf("after %s: %s, want %s", after, got, want)
		}
	}
}

// One watch that is live does not hide that another of the same type is not.
func TestTypeIsLiveIfAllItsWatchesAre(t *testing.T) {
	live, blind, worse := state{told: true, live: true}, state{told: true, reason: "retrying"}, state{told: true, reason: "forbidden"}
	for _, c := range []struct {
		all  []state
		want state
	}{
		{[]state{live, live}, live}, {[]state{live, blind}, blind}, {[]state{blind, live}, blind}, {[]state{blind, worse, live}, blind},
	} {
		var got state
		for _, s := range c.all {
			got = got.with(s)
		}
		if got != c.want {
			t.Errorf("%v is %v, want %v", c.all, got, c.want)
		}
	}
}
