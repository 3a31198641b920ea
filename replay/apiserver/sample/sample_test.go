package sample_test

import (
	"bytes"
	"testing"

	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

// Tests compare screens and bytes: the objects must be the same on every run.
func TestObjectsAreTheSameOnEveryRun(t *testing.T) {
	one, err := sample.Store(200)
	if err != nil {
		t.Fatal(err)
	}
	two, err := sample.Store(200)
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range sample.Types() {
		a, err := one.Snapshot(typ.Resource, 0)
		if err != nil {
			t.Fatal(err)
		}
		b, err := two.Snapshot(typ.Resource, 0)
		if err != nil {
			t.Fatal(err)
		}
		objects := a.Range("", "")
		if len(objects) == 0 || len(objects) != len(b.Range("", "")) {
			t.Fatalf("%s: %d and %d objects", typ.Kind, len(objects), len(b.Range("", "")))
		}
		for i, o := range b.Range("", "") {
			if !bytes.Equal(o.JSON, objects[i].JSON) {
				t.Errorf("%s %s differs:\n%s\n%s", typ.Kind, o.Key(), objects[i].JSON, o.JSON)
			}
		}
	}
}
