package timeline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/change/changetest"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// odd are records with all that a record may have, and what is not as usual.
func odd(t *Timeline) []Record {
	at := time.Date(2026, 11, 24, 10, 0, 0, 5000, time.UTC)
	source := t.SourceID(Source{Cluster: "a"})
	other := t.SourceID(Source{Cluster: "b", Namespace: "shop"})
	field := func(path, old, new string, by change.Manager) Field {
		f := Field{Change: change.Change{Path: change.Path(path)}, By: by}
		if old != "" {
			f.Old = []byte(old)
		}
		if new != "" {
			f.New = []byte(new)
		}
		return f
	}
	kubelet := change.Manager{Name: "kubelet", Operation: "Update", Subresource: "status", At: at.Unix() - 3600}
	undated := change.Manager{Name: "argo\x00", Operation: "Apply"}
	key := model.Key{Namespace: "shop", Name: "web"}
	return []Record{
		{At: at, Source: source, Key: key, UID: "0b1c2d3e-0000-4000-8000-0123456789ab", Type: model.Added, New: "7", By: kubelet},
		{
			At: at.Add(time.Second), Source: source, Key: key, UID: "0b1c2d3e-0000-4000-8000-0123456789ab", Type: model.Updated, Old: "7", New: "18446744073709551615",
			Fields: []Field{field("a", "1", "2", kubelet), field(`b["\u0000"]`, "", `{"x":[]}`, undated), field("c[3]", `"ü"`, "", change.Manager{})}, versioned: true,
		},
		{At: at.Add(-time.Hour), Source: other, Key: model.Key{Name: "node"}, UID: "not a UID", Type: model.Updated, Old: "18446744073709551615", New: "3", Listed: true, Merged: 900},
		{At: at, Source: other, Key: key, UID: "0B1C2D3E-0000-4000-8000-0123456789AB", Type: model.Updated, Old: "007", New: "v9", Printed: time.Unix(at.Unix()-7, 0), Cells: []Cell{{2, "Running", "ü"}, {4, "", Unprinted}}},
		{
			At: at, Source: source, Key: key, UID: "0b1c2d3e-0000-4000-8000-0123456789ab", Type: model.Deleted, Old: "8", New: "9",
			Fields: []Field{
				{Change: change.Change{Path: "l[2]", New: []byte("1"), At: 2}, By: kubelet},
				{Change: change.Change{Path: `m[name="a"]`, From: 300, At: 1}, By: kubelet},
				{Change: change.Change{Path: `m[name="b"]`, From: 1}},
				{Change: change.Change{Path: `m[name="c"]`, At: 3}},
			},
		},
		{At: at, Source: source, Type: model.Deleted, Printed: time.Unix(at.Unix(), 0), Cells: []Cell{{Old: "web"}}},
	}
}

func same(t *testing.T, what string, got, want []Record) {
	t.Helper()
	opts := cmp.Options{cmp.AllowUnexported(Record{}), cmpopts.EquateEmpty(), cmpopts.EquateApproxTime(0)}
	if diff := cmp.Diff(want, got, opts); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestRecordsComeOutAsTheyWentIn(t *testing.T) {
	for _, limit := range []int64{1 << 20, 100_000} { // in the open block only, and in many
		l := New(limit)
		var want []Record
		for range 30 {
			for _, r := range odd(l) {
				l.Add(&r, model.Packed{})
				r.Seq = uint64(len(want))
				want = append(want, r)
			}
		}
		if l.Len() != len(want) || !l.Oldest().Equal(want[0].At) {
			t.Fatalf("%d records since %v, want %d since %v", l.Len(), l.Oldest(), len(want), want[0].At)
		}
		same(t, "forward", slices.Collect(l.Forward(0, Filter{})), want)
		same(t, "from 100", slices.Collect(l.Forward(100, Filter{})), want[100:])
		reversed := slices.Clone(want)
		slices.Reverse(reversed)
		same(t, "backward", slices.Collect(l.Backward(Newest, Filter{})), reversed)
		same(t, "before 50", slices.Collect(l.Backward(50, Filter{})), reversed[len(want)-50:])
		for name, f := range map[string]Filter{
			"key": {Key: model.Key{Name: "node"}}, "source": {Source: 2}, "UID": {UID: "not a UID"}, "from": {From: want[0].At.Add(1)}, "to": {To: want[0].At.Add(-1)},
			"nothing": {Key: model.Key{Name: "nobody"}},
		} {
			wanted := slices.DeleteFunc(slices.Clone(want), func(r Record) bool { return !f.wants(&r) })
			same(t, name, slices.Collect(l.Forward(0, f)), wanted)
		}
		for range l.Forward(0, Filter{}) {
			break
		}
		for range l.Backward(Newest, Filter{}) {
			break
		}
	}
}

// What was taken out was done by the one manager of all else, if there is one and it wrote once.
func TestWhoTookAFieldOutIsToldByTheOthers(t *testing.T) {
	gone := func(by string) Field { return Field{change.Change{Old: []byte("1")}, change.Manager{Name: by}} }
	set := func(by string) Field { return Field{change.Change{New: []byte("1")}, change.Manager{Name: by}} }
	for want, r := range map[string]Record{
		"kubelet":         {Fields: []Field{gone(""), set("kubelet"), set(""), set("kubelet")}},
		"":                {Fields: []Field{gone(""), set("kubelet"), set("scheduler")}},
		"the field's own": {Fields: []Field{gone("the field's own"), set("kubelet")}},
	} {
		if got := r.ManagerOf(0).Name; got != want {
			t.Errorf("%+v: by %q, want %q", r.Fields, got, want)
		}
	}
	for what, r := range map[string]Record{
		"alone":             {Fields: []Field{gone("")}},
		"not taken out":     {Fields: []Field{set(""), set("kubelet")}},
		"of several writes": {Fields: []Field{gone(""), set("kubelet")}, Merged: 1},
	} {
		if got := r.ManagerOf(0).Name; got != "" {
			t.Errorf("%s: by %q", what, got)
		}
	}
}

func TestSourcesAreNumbered(t *testing.T) {
	l := New(1 << 20)
	a, b := l.SourceID(Source{Cluster: "a"}), l.SourceID(Source{Cluster: "b"})
	if a == b || l.SourceID(Source{Cluster: "a"}) != a {
		t.Errorf("sources %d and %d", a, b)
	}
	if s, ok := l.Source(b); !ok || s.Cluster != "b" {
		t.Errorf("%d is %+v", b, s)
	}
	for _, id := range []SourceID{0, 3} {
		if s, ok := l.Source(id); ok {
			t.Errorf("%d is %+v", id, s)
		}
	}
}

// Of the last version of an object its history makes all others, and of the first those after it.
func TestHistoryMakesAllVersions(t *testing.T) {
	differ := &change.Differ{}
	for seed := range uint64(60) {
		random := changetest.New(seed)
		versions := [][]byte{withVersion(random.Object(4), 1)}
		l := New(1 << 20)
		for n := 2; n < 12; n++ {
			old := versions[len(versions)-1]
			new := withVersion(random.Changed(decode(t, old), 3), n)
			versions = append(versions, new)
			r := Record{Type: model.Updated, Old: fmt.Sprint(n - 1), New: fmt.Sprint(n)}
			r.SetFields(differ.Diff(jsonscan.Object{Text: old}, jsonscan.Object{Text: new}), nil)
			l.Add(&r, model.Packed{})
		}
		object := versions[len(versions)-1]
		for r := range l.Backward(Newest, Filter{}) {
			want := versions[r.Seq]
			var err error
			if object, err = r.Undo(object); err != nil || !reflect.DeepEqual(decode(t, object), decode(t, want)) {
				t.Fatalf("seed %d: undone to version %s it is %s (%v), want %s", seed, r.Old, object, err, want)
			}
		}
		object = versions[0]
		for r := range l.Forward(0, Filter{}) {
			want := versions[r.Seq+1]
			var err error
			if object, err = r.Redo(object); err != nil || !reflect.DeepEqual(decode(t, object), decode(t, want)) {
				t.Fatalf("seed %d: redone to version %s it is %s (%v), want %s", seed, r.New, object, err, want)
			}
		}
	}
}

// withVersion is an object with a resource version, as all that servers have.
func withVersion(v any, version int) []byte {
	object := v.(map[string]any)
	object["metadata"] = map[string]any{"resourceVersion": fmt.Sprint(version)}
	return changetest.JSON(object)
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	var v any
	if err := in.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestThereIsNothingBeforeAnAddedObject(t *testing.T) {
	r := Record{Type: model.Added, Key: model.Key{Name: "web"}}
	if _, err := r.Undo([]byte(`{}`)); !errors.Is(err, ErrNoVersion) {
		t.Errorf("undone: %v", err)
	}
	if _, err := r.Redo([]byte(`{}`)); !errors.Is(err, ErrNoVersion) {
		t.Errorf("redone: %v", err)
	}
	r = Record{Type: model.Updated, Fields: []Field{{Change: change.Change{Path: "a.b", Old: []byte("1"), New: []byte("2")}}}}
	if _, err := r.Undo([]byte(`{"a":[]}`)); err == nil {
		t.Error("a change of another object was undone")
	}
}

// What does not fit is dropped from the oldest on, in whole blocks, and what Bytes says is what the heap has.
func TestMemoryIsLimitedAndTold(t *testing.T) {
	const limit = 2 << 20
	before := heap()
	l := New(limit)
	y := newTypical(l, 2000)
	made := heap() - before
	var r Record
	for range 60_000 {
		y.next(&r)
		l.Add(&r, model.Packed{})
		if l.Bytes() > limit+blockSize*2 {
			t.Fatalf("%d bytes of %d", l.Bytes(), limit)
		}
	}
	taken := heap() - before - made
	if told := l.Bytes(); float64(taken) > 1.2*float64(told) || float64(taken) < 0.8*float64(told) {
		t.Errorf("the heap has %d bytes, and %d are told", taken, told)
	}
	if n := l.Len(); n >= 60_000 || float64(n) < limit/134 {
		t.Errorf("%d changes in %d bytes", n, l.Bytes())
	}
	var first Record
	for first = range l.Forward(0, Filter{}) {
		break
	}
	if !l.Oldest().Equal(first.At) || first.Seq != 60_000-uint64(l.Len()) {
		t.Errorf("the oldest is of %v, the first record %d of %v; %d are told", l.Oldest(), first.Seq, first.At, l.Len())
	}
	l.SetLimit(1 << 20)
	if l.Bytes() > 1<<20 || l.Len() == 0 || l.Limit() != 1<<20 {
		t.Errorf("%d changes in %d bytes after the limit was 1 MiB", l.Len(), l.Bytes())
	}
	l.SetLimit(0)
	y.next(&r)
	l.Add(&r, model.Packed{})
	if l.Len() != 0 || !l.Oldest().IsZero() || heap()-before-made > 1<<20 {
		t.Errorf("%d changes when nothing is to be kept, of %v", l.Len(), l.Oldest())
	}
	l.SetLimit(limit)
	y.next(&r)
	l.Add(&r, model.Packed{})
	if l.Len() != 1 || !l.Oldest().Equal(r.At) {
		t.Errorf("%d changes since %v", l.Len(), l.Oldest())
	}
	l.Clear()
	if l.Len() != 0 {
		t.Errorf("%d changes after Clear", l.Len())
	}
	runtime.KeepAlive(y)
}

// Deleted objects stay readable as long as their deletion is remembered, and count as what takes memory.
func TestDeletedObjectsStayReadable(t *testing.T) {
	l := New(1 << 20)
	packer := model.NewPacker()
	body := func(i int) []byte {
		return fmt.Appendf(nil, `{"metadata":{"name":"pod-%d"},"text":"%0300d"}`, i, i*i)
	}
	const n = 20_000
	for i := range n {
		l.Add(&Record{Type: model.Deleted, UID: types.UID(fmt.Sprint(i)), Old: "1", New: "2"}, packer.Pack(body(i)))
	}
	read := 0
	for r := range l.Backward(Newest, Filter{}) {
		text, ok, err := l.Last(r.Seq)
		if err != nil || ok && !bytes.Equal(text, body(int(r.Seq))) {
			t.Fatalf("record %d has %s (%v)", r.Seq, text, err)
		}
		if !ok {
			break
		}
		read++
	}
	if read < 500 || read == n {
		t.Errorf("%d of %d deleted objects can be read", read, n)
	}
	if l.Bytes() > l.Limit() || read != l.Len() {
		t.Errorf("they take %d bytes; %d of %d can be read", l.Bytes(), read, l.Len())
	}
	l.SetLimit(0)
	if l.bodies.size != 0 || len(l.bodies.dictionaries) != 0 {
		t.Errorf("%d bytes are left of nothing", l.bodies.size)
	}
}

func TestReadersDoNotMindTheWriter(t *testing.T) {
	l := New(300_000)
	y := newTypical(l, 100)
	var r Record
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				var last uint64
				for r := range l.Forward(0, Filter{}) {
					if last != 0 && r.Seq != last+1 || len(r.Fields) == 0 {
						t.Errorf("record %d follows %d, with %d changes", r.Seq, last, len(r.Fields))
						return
					}
					last = r.Seq
				}
				_, _, _ = l.Last(last)
				_, _, _ = l.Bytes(), l.Oldest(), l.Len()
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for range 8000 {
		y.next(&r)
		l.Add(&r, model.Packed{})
	}
	close(stop)
	readers.Wait()
}

// What drops records comes from others than the one that adds: a seek, a budget, a user.
func TestWritersDoNotMindOneAnother(t *testing.T) {
	l := New(300_000)
	y := newTypical(l, 100)
	stop := make(chan struct{})
	var others sync.WaitGroup
	for _, drop := range []func(){l.Clear, func() { l.SetLimit(200_000) }, func() { l.SetLimit(300_000) }} {
		others.Go(func() {
			for {
				drop()
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	var r Record
	for range 5000 {
		y.next(&r)
		l.Add(&r, model.Packed{})
	}
	close(stop)
	others.Wait()
	l.Clear()
	y.next(&r)
	l.Add(&r, model.Packed{})
	if n := l.Len(); n != 1 {
		t.Errorf("%d records after one was added to none", n)
	}
}

// FuzzDecode reads what no encoder wrote: it ends, and says so or gives something.
func FuzzDecode(f *testing.F) {
	l := New(1 << 20)
	for _, r := range odd(l) {
		l.Add(&r, model.Packed{})
	}
	f.Add(l.open.text)
	f.Fuzz(func(_ *testing.T, text []byte) {
		d := decoder{text: text}
		_ = d.each(&Filter{}, func(*Record) bool { return true })
	})
}
