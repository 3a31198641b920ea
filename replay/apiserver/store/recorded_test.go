package store_test

import (
	"errors"
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// Recorded versions rise within a type only; a type's readers must not be told of a state that later changes.
func TestRecordedVersions(t *testing.T) {
	st := newStore(t, 0)
	other := schema.GroupVersionResource{Version: "v1", Resource: "others"}
	if err := st.AddType(store.Type{Resource: other, Kind: "Other"}); err != nil {
		t.Fatal(err)
	}
	item := func(namespace, name string, rv int) store.Item {
		return store.Item{JSON: fmt.Appendf(nil, `{"metadata":{"namespace":%q,"name":%q,"resourceVersion":"%d"}}`, namespace, name, rv)}
	}
	if err := st.Put(other, item("", "o", 200)); err != nil {
		t.Fatal(err)
	}
	snapshot, err := st.Snapshot(things, 0)
	if err != nil {
		t.Fatal(err)
	}
	cursor, err := st.Watch(things, snapshot.ResourceVersion)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Put(things, item("n", "late", 150)); err != nil {
		t.Fatal(err)
	}
	if batch, err := cursor.Next(); err != nil || len(batch.Events) != 1 || batch.ResourceVersion != 150 {
		t.Errorf("batch %+v, %v; want the late event", batch, err)
	}
	st.Advance(300)
	if batch, err := cursor.Next(); err != nil || batch.ResourceVersion != 300 {
		t.Errorf("batch %+v, %v; want progress to 300", batch, err)
	}
	if err := st.Put(things, item("n", "too-late", 299)); err == nil {
		t.Error("took an event from before what readers were told")
	}
	if err := st.Remove(things, item("n", "late", 301)); err != nil {
		t.Error(err)
	}
	if _, err := st.Get(things, "n", "late"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("get: %v", err)
	}
}

// A recorded type that goes takes its objects with it, under numbers that nobody recorded. What is recorded of others goes
// on, and who read the type goes on reading when it is back.
func TestRemovedTypeOfARecording(t *testing.T) {
	st := newStore(t, 0)
	other := schema.GroupVersionResource{Version: "v1", Resource: "others"}
	if err := st.AddType(store.Type{Resource: other, Kind: "Other"}); err != nil {
		t.Fatal(err)
	}
	object := func(namespace string, i, rv int) store.Item {
		return store.Item{JSON: fmt.Appendf(nil, `{"metadata":{"namespace":%q,"name":"o%d","resourceVersion":"%d"}}`, namespace, i, rv)}
	}
	var items []store.Item
	for i := range 100 {
		items = append(items, object("n", i, 100+i))
	}
	for _, err := range []error{st.Load(things, items, 0), st.Put(other, object("", 0, 210)), st.RemoveType(things), st.Put(other, object("", 0, 211))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	const told = 199 + 100
	if err := st.AddType(store.Type{Resource: things, Kind: "Thing", Namespaced: true}); err != nil {
		t.Fatal(err)
	}
	cursor, err := st.Watch(things, told)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Put(things, object("n", 1, told+1)); err != nil {
		t.Fatal(err)
	}
	if batch, err := cursor.Next(); err != nil || len(batch.Events) != 1 {
		t.Errorf("batch %+v, %v; want what came back", batch, err)
	}
	var expired *store.ExpiredError
	if _, err := st.Watch(things, told-1); !errors.As(err, &expired) {
		t.Errorf("a watch from before the end of the type: %v, want expired", err)
	}
}

// A type whose recording began late has objects that are older than what the store has seen of other types.
func TestLoad(t *testing.T) {
	st := newStore(t, 0)
	apply(t, st, "n", "old", 1)
	rv := apply(t, st, "n", "older", 1)
	cursor, err := st.Watch(things, rv)
	if err != nil {
		t.Fatal(err)
	}
	items := []store.Item{{JSON: []byte(`{"metadata":{"namespace":"n","name":"a","resourceVersion":"2"}}`), Cells: []byte(`[ 1 ]`)}}
	if err := st.Load(things, items, 500); err != nil {
		t.Fatal(err)
	}
	var expired *store.ExpiredError
	if _, err := cursor.Next(); !errors.As(err, &expired) {
		t.Errorf("next: %v, want expired", err)
	}
	snapshot, err := st.Snapshot(things, 0)
	if err != nil {
		t.Fatal(err)
	}
	objects := snapshot.Range("", "")
	if snapshot.ResourceVersion != 500 || len(objects) != 1 || objects[0].ResourceVersion != 2 || string(objects[0].Cells) != "[1]" {
		t.Errorf("snapshot %+v", snapshot)
	}
	if err := st.Put(things, store.Item{JSON: []byte(`{"metadata":{"namespace":"n","name":"b","resourceVersion":"501"}}`)}); err != nil {
		t.Error(err)
	}
	for _, bad := range []store.Item{{JSON: []byte(`{"metadata":`)}, {JSON: items[0].JSON, Cells: []byte(`{}`)}, {JSON: []byte(`7`)}} {
		if err := st.Load(things, []store.Item{bad}, 600); err == nil {
			t.Errorf("loaded %s with cells %s", bad.JSON, bad.Cells)
		}
	}
}
