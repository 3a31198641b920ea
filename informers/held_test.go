package informers

import (
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/model"
)

// What a list brings again is not built again, so that there is one copy of it; what is newer, whole or printed otherwise is.
func TestWhatIsHeldIsNotBuiltAgain(t *testing.T) {
	var held *model.Object
	d := testDecoder(gauges)
	d.held = func(k model.Key) (*model.Object, bool) { return held, held != nil && held.Key == k }
	read := func(text string) *model.Object {
		t.Helper()
		var got *model.Object
		if err := d.events(strings.NewReader(text)).next(func(e event) error { got = e.Object; return nil }); err != nil {
			t.Fatal(err)
		}
		return got
	}
	held = read(row("ADDED", "a", "1"))
	if got := read(row("ADDED", "a", "1")); got != held {
		t.Error("the same version is built again")
	}
	if got := read(row("ADDED", "b", "1")); got == held || got.Name != "b" {
		t.Errorf("another object is %+v", got.Key)
	}
	if got := read(row("MODIFIED", "a", "2")); got == held || got.ResourceVersion != "2" {
		t.Errorf("a newer version is %s", got.ResourceVersion)
	}
	if got := read(strings.ReplaceAll(row("ADDED", "a", "1"), `"uid":"u1"`, `"uid":"u2"`)); got == held {
		t.Error("an object that was made anew is the one before")
	}
	if got := read(asWeight(row("ADDED", "a", "1"))); got == held || got.Columns == held.Columns {
		t.Error("an object that is printed otherwise is the one before")
	}
	held = read(row("ADDED", "a", "1"))
	d.whole = true
	if got := read(row("ADDED", "a", "1")); got == held || !got.Whole {
		t.Error("an object is not made whole")
	}
}
