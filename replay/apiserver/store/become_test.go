package store_test

import (
	"errors"
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

var others = schema.GroupVersionResource{Version: "v1", Resource: "others"}

// recorded is a store of things and others at a moment: versions by names.
func recorded(t *testing.T, ofThings, ofOthers map[string]int) *store.Store {
	t.Helper()
	st := newStore(t, 0)
	if err := st.AddType(store.Type{Resource: others, Kind: "Other", Namespaced: true}); err != nil {
		t.Fatal(err)
	}
	for gvr, versions := range map[schema.GroupVersionResource]map[string]int{things: ofThings, others: ofOthers} {
		var items []store.Item
		for name, rv := range versions {
			items = append(items, recordedItem(name, rv))
		}
		if err := st.Load(gvr, items, 1); err != nil {
			t.Fatal(err)
		}
	}
	return st
}

func recordedItem(name string, rv int) store.Item {
	return store.Item{JSON: fmt.Appendf(nil, `{"metadata":{"namespace":"n","name":%q,"resourceVersion":"%d"}}`, name, rv)}
}

func mustWatch(t *testing.T, st *store.Store, gvr schema.GroupVersionResource, rv uint64) *store.Cursor {
	t.Helper()
	cursor, err := st.Watch(gvr, rv)
	if err != nil {
		t.Fatal(err)
	}
	return cursor
}

// Going back ends the watches of what differs, refuses those who were told of what is yet to come, and lets the rest be.
func TestBecomeAnEarlierMoment(t *testing.T) {
	st := recorded(t, map[string]int{"a": 20, "b": 30}, map[string]int{"o": 25})
	of, still := mustWatch(t, st, things, 30), mustWatch(t, st, others, 25)
	st.Become(recorded(t, map[string]int{"a": 20, "b": 10}, map[string]int{"o": 25}))
	var expired *store.ExpiredError
	if _, err := of.Next(); !errors.As(err, &expired) {
		t.Errorf("the watch of what differs: %v", err)
	}
	var ahead *store.AheadError
	if _, err := st.Watch(things, 30); !errors.As(err, &ahead) {
		t.Errorf("a watch from what is yet to come: %v", err)
	}
	if _, err := st.Snapshot(things, 30); !errors.As(err, &ahead) {
		t.Errorf("a page of what is yet to come: %v", err)
	}
	if now, err := st.Snapshot(things, 0); err != nil || now.ResourceVersion != 20 {
		t.Errorf("now it is %+v, %v", now, err)
	}
	next := mustWatch(t, st, things, 20)
	for gvr, item := range map[schema.GroupVersionResource]store.Item{things: recordedItem("b", 30), others: recordedItem("p", 31)} {
		if err := st.Put(gvr, item); err != nil {
			t.Errorf("playing on: %v", err)
		}
	}
	for name, cursor := range map[string]*store.Cursor{"new": next, "kept": still} {
		if batch, err := cursor.Next(); err != nil || len(batch.Events) != 1 {
			t.Errorf("the %s watch has %+v, %v", name, batch, err)
		}
	}
}

// What came and went since is to come again, also where nothing else differs.
func TestBecomeAMomentBeforeWhatCameAndWent(t *testing.T) {
	st := recorded(t, map[string]int{"a": 20}, nil)
	if err := errors.Join(st.Put(things, recordedItem("b", 30)), st.Remove(things, recordedItem("b", 31))); err != nil {
		t.Fatal(err)
	}
	st.Become(recorded(t, map[string]int{"a": 20}, nil))
	if err := st.Put(things, recordedItem("b", 30)); err != nil {
		t.Error(err)
	}
}

// Two moments may have the same highest version, as where a change came late. They are told apart.
func TestBecomeAMomentOfTheSameVersion(t *testing.T) {
	states := []map[string]int{{"a": 100, "late": 85, "later": 84}, {"a": 100, "late": 85}, {"a": 100}}
	st := recorded(t, states[0], nil)
	told := []uint64{100}
	for _, state := range states[1:] {
		st.Become(recorded(t, state, nil))
		for _, rv := range told {
			if cursor, err := st.Watch(things, rv); err == nil {
				t.Errorf("%v: a watch from another state goes on: %+v", state, cursor)
			}
		}
		now, err := st.Snapshot(things, 0)
		if err != nil {
			t.Fatal(err)
		}
		told = append(told, now.ResourceVersion)
		mustWatch(t, st, things, now.ResourceVersion)
	}
	if err := st.Load(things, []store.Item{recordedItem("a", 100), recordedItem("late", 85)}, 1); err != nil {
		t.Fatal(err)
	}
	for _, rv := range told {
		if _, err := st.Watch(things, rv); err == nil {
			t.Errorf("loaded: a watch from another state, at %d, goes on", rv)
		}
	}
}

// Types come and go with moments. Nobody is told that the objects were deleted.
func TestBecomeAMomentOfOtherTypes(t *testing.T) {
	st := recorded(t, map[string]int{"a": 20}, map[string]int{"o": 25})
	gone, kept := mustWatch(t, st, others, 25), mustWatch(t, st, things, 20)
	next := newStore(t, 0)
	if err := next.Load(things, []store.Item{recordedItem("a", 20)}, 1); err != nil {
		t.Fatal(err)
	}
	st.Become(next)
	var expired *store.ExpiredError
	if batch, err := gone.Next(); !errors.As(err, &expired) {
		t.Errorf("the watch of a type that is not there: %+v, %v", batch, err)
	}
	if _, err := kept.Next(); err != nil {
		t.Errorf("the watch of the other: %v", err)
	}
	if _, err := st.Type(others); !errors.Is(err, store.ErrNotServed) {
		t.Errorf("the type: %v", err)
	}
	st.Become(recorded(t, map[string]int{"a": 20}, map[string]int{"o": 15}))
	if now, err := st.Snapshot(others, 0); err != nil || now.ResourceVersion != 15 {
		t.Errorf("when it is back: %+v, %v", now, err)
	}
}
