package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

var things = schema.GroupVersionResource{Group: "acme.io", Version: "v1", Resource: "things"}

func newStore(t testing.TB, history int) *store.Store {
	t.Helper()
	st := store.New(store.Options{History: history})
	if err := st.AddType(store.Type{Resource: things, Kind: "Thing", Namespaced: true}); err != nil {
		t.Fatal(err)
	}
	return st
}

func apply(t testing.TB, st *store.Store, namespace, name string, value int) uint64 {
	t.Helper()
	rv, err := st.Apply(things, fmt.Appendf(nil, `{"metadata":{"namespace":%q,"name":%q},"spec":{"value":%d}}`, namespace, name, value))
	if err != nil {
		t.Fatal(err)
	}
	return rv
}

// image is a state as a test remembers it: versions by key.
func image(objects []*store.Object) map[string]uint64 {
	m := map[string]uint64{}
	for _, o := range objects {
		m[o.Key()] = o.ResourceVersion
	}
	return m
}

func equal(a, b map[string]uint64) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

// Any state that the log reaches back to can be read, in any order, whatever was read before.
func TestSnapshotsOfThePast(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	st := newStore(t, 400)
	past := map[uint64]map[string]uint64{}
	now := map[string]uint64{}
	var floor uint64
	for range 1500 {
		namespace, name := fmt.Sprintf("n%d", random.IntN(3)), fmt.Sprintf("o%d", random.IntN(40))
		key := namespace + "/" + name
		var rv uint64
		if _, ok := now[key]; ok && random.IntN(3) == 0 {
			rv, _ = st.Delete(things, namespace, name)
			delete(now, key)
		} else {
			rv = apply(t, st, namespace, name, 1)
			now[key] = rv
		}
		past[rv] = copied(now)
		if random.IntN(20) != 0 {
			continue
		}
		at := rv - uint64(random.IntN(int(min(rv-1, 600))))
		snapshot, err := st.Snapshot(things, at)
		var expired *store.ExpiredError
		if errors.As(err, &expired) {
			floor = max(floor, expired.Oldest)
			if at >= expired.Oldest {
				t.Fatalf("state %d is expired, oldest is %d", at, expired.Oldest)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		objects := snapshot.Range("", "")
		if !sort.SliceIsSorted(objects, func(i, j int) bool { return objects[i].Key() < objects[j].Key() }) {
			t.Fatalf("state %d is not sorted", at)
		}
		if !equal(image(objects), past[at]) {
			t.Fatalf("state %d at %d is %v, want %v", at, rv, image(objects), past[at])
		}
	}
	if floor == 0 {
		t.Error("no state ever expired")
	}
}

func copied(m map[string]uint64) map[string]uint64 {
	c := make(map[string]uint64, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

// A state and the events after it make the newest state, also for many readers while others write.
func TestCursorsMissNothing(t *testing.T) {
	st := newStore(t, 100000)
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for w := range 4 {
		writers.Go(func() {
			random := rand.New(rand.NewPCG(3, uint64(w)))
			for range 200 {
				namespace, name := fmt.Sprintf("n%d", w), fmt.Sprintf("o%d", random.IntN(20))
				if random.IntN(4) == 0 {
					if _, err := st.Delete(things, namespace, name); err != nil && !errors.Is(err, store.ErrNotFound) {
						t.Error(err)
					}
					continue
				}
				apply(t, st, namespace, name, 1)
			}
		})
	}
	got := make([]map[string]uint64, 4)
	for r := range got {
		readers.Go(func() { got[r] = follow(t, st, done) })
	}
	writers.Wait()
	close(done)
	readers.Wait()
	final, err := st.Snapshot(things, 0)
	if err != nil {
		t.Fatal(err)
	}
	for r, held := range got {
		if !equal(held, image(final.Range("", ""))) {
			t.Errorf("reader %d holds %v, want %v", r, held, image(final.Range("", "")))
		}
	}
}

func follow(t *testing.T, st *store.Store, done <-chan struct{}) map[string]uint64 {
	snapshot, err := st.Snapshot(things, 0)
	if err != nil {
		t.Error(err)
		return nil
	}
	held := image(snapshot.Range("", ""))
	cursor, err := st.Watch(things, snapshot.ResourceVersion)
	if err != nil {
		t.Error(err)
		return nil
	}
	last := false
	for {
		batch, err := cursor.Next()
		if err != nil {
			t.Error(err)
			return nil
		}
		for _, e := range batch.Events {
			if e.New == nil {
				delete(held, e.Last.Key())
			} else {
				held[e.New.Key()] = e.New.ResourceVersion
			}
		}
		if last {
			return held
		}
		select {
		case <-batch.Changed:
		case <-done:
			last = true
		}
	}
}

func TestRangeFollowsTheOrderOfKeys(t *testing.T) {
	st := newStore(t, 0)
	for _, name := range []string{"b", "a"} {
		for _, namespace := range []string{"x", "x-1", "w", "x0"} {
			apply(t, st, namespace, name, 1)
		}
	}
	snapshot, err := st.Snapshot(things, 0)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, o := range snapshot.Range("", "") {
		keys = append(keys, o.Key())
	}
	if want := []string{"w/a", "w/b", "x-1/a", "x-1/b", "x/a", "x/b", "x0/a", "x0/b"}; !slices.Equal(keys, want) {
		t.Errorf("keys %v, want %v", keys, want)
	}
	if in := snapshot.Range("x", "x/a\x00"); len(in) != 1 || in[0].Key() != "x/b" {
		t.Errorf("behind x/a in x: %v", in)
	}
	if in := snapshot.Range("x", "zzz"); len(in) != 0 {
		t.Errorf("behind the end: %v", in)
	}
}

func TestSlowCursorExpires(t *testing.T) {
	st := newStore(t, 10)
	rv := apply(t, st, "n", "o", 0)
	cursor, err := st.Watch(things, rv)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		apply(t, st, "n", "o", i)
	}
	var expired *store.ExpiredError
	if _, err := cursor.Next(); !errors.As(err, &expired) {
		t.Errorf("next: %v, want expired", err)
	}
	if _, err := st.Watch(things, rv); !errors.As(err, &expired) {
		t.Errorf("watch: %v, want expired", err)
	}
	var ahead *store.AheadError
	if _, err := st.Watch(things, st.ResourceVersion()+1); !errors.As(err, &ahead) {
		t.Errorf("watch from the future: %v", err)
	}
}

func TestRemoveTypeDeletesAndEnds(t *testing.T) {
	st := newStore(t, 0)
	apply(t, st, "n", "a", 1)
	rv := apply(t, st, "n", "b", 1)
	cursor, err := st.Watch(things, rv)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.RemoveType(things); err != nil {
		t.Fatal(err)
	}
	batch, err := cursor.Next()
	if err != nil || len(batch.Events) != 2 || batch.Events[0].New != nil {
		t.Fatalf("batch %+v, %v; want two deletions", batch, err)
	}
	if _, err := cursor.Next(); !errors.Is(err, store.ErrClosed) {
		t.Errorf("then %v, want closed", err)
	}
	if _, err := st.Snapshot(things, 0); !errors.Is(err, store.ErrNotServed) {
		t.Errorf("snapshot: %v, want not served", err)
	}
}

func TestRedefinedTypeKeepsItsObjects(t *testing.T) {
	st := newStore(t, 0)
	rv := apply(t, st, "n", "a", 1)
	cursor, err := st.Watch(things, rv)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.AddType(store.Type{Resource: things, Kind: "Thing", Namespaced: true, ShortNames: []string{"th"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := cursor.Next(); !errors.Is(err, store.ErrClosed) {
		t.Errorf("next: %v, want closed", err)
	}
	again, err := st.Watch(things, rv)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, st, "n", "b", 1)
	if batch, err := again.Next(); err != nil || len(batch.Events) != 1 {
		t.Errorf("batch %+v, %v", batch, err)
	}
	if snapshot, err := st.Snapshot(things, 0); err != nil || len(snapshot.Range("", "")) != 2 {
		t.Errorf("snapshot %+v, %v", snapshot, err)
	}
}

func TestApplyFillsInWhatAServerDoes(t *testing.T) {
	st := newStore(t, 0)
	apply(t, st, "n", "a", 1)
	first, err := st.Get(things, "n", "a")
	if err != nil {
		t.Fatal(err)
	}
	apply(t, st, "n", "a", 2)
	second, err := st.Get(things, "n", "a")
	if err != nil {
		t.Fatal(err)
	}
	one, err := first.Decode()
	if err != nil {
		t.Fatal(err)
	}
	two, err := second.Decode()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{".apiVersion", ".kind", ".metadata.uid", ".metadata.creationTimestamp"} {
		a, ok := store.Value(one, path)
		b, _ := store.Value(two, path)
		if !ok || a != b {
			t.Errorf("%s: %v, then %v", path, a, b)
		}
	}
	if v, _ := store.Value(two, ".metadata.resourceVersion"); v != fmt.Sprint(second.ResourceVersion) {
		t.Errorf("resource version %v, want %d", v, second.ResourceVersion)
	}
}

func TestRefusedObjects(t *testing.T) {
	st := newStore(t, 0)
	for _, raw := range []string{``, `null`, `[]`, `{}`, `{"metadata":{"name":"a"}}`, `{"metadata":{"namespace":"n"}}`, `{"metadata":7}`} {
		if rv, err := st.Apply(things, []byte(raw)); err == nil {
			t.Errorf("took %s as %d", raw, rv)
		}
	}
	if err := st.Put(things, store.Item{JSON: []byte(`{"metadata":{"namespace":"n","name":"a"}}`)}); err == nil {
		t.Error("put an object without a version")
	}
}

func TestValue(t *testing.T) {
	object := map[string]any{
		"spec": map[string]any{"a.b": "dotted", "list": []any{map[string]any{"type": "Ready", "status": "True"}}, "null": nil},
	}
	for path, want := range map[string]any{
		`.spec.a\.b`:                              "dotted",
		`.spec['a.b']`:                            "dotted",
		`.spec.list[0].status`:                    "True",
		`.spec.list[?(@.type=="Ready")].status`:   "True",
		`.spec.list[?(@.type == 'Ready')].status`: "True",
		`.spec.list[1].status`:                    nil,
		`.spec.list[?(@.type=="Missing")].status`: nil,
		`.spec.null`:                              nil,
		`.nothing.here`:                           nil,
		`spec`:                                    nil,
		`.spec[`:                                  nil,
		`.spec.list[?(@.type)].status`:            nil,
		`.spec.list[-1]`:                          nil,
	} {
		if got, ok := store.Value(object, path); got != want && (ok || want != nil) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func FuzzValue(f *testing.F) {
	f.Add(`.a[0].b\.c[?(@.d=="e")]`)
	f.Fuzz(func(_ *testing.T, path string) {
		store.Value(map[string]any{"a": []any{map[string]any{"b": "c"}}}, path)
	})
}
