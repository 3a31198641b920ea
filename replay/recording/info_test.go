package recording

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestInfo(t *testing.T) {
	at := func(second int) time.Time { return start.Add(time.Duration(second) * time.Second) }
	var out bytes.Buffer
	w, err := NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	lines := []any{
		Header{At: at(0), Context: "test", ServerVersion: "v1.37.2", Types: sampleTypes(), Objects: 1},
		podEntry(Present, 0, 0),
		Entry{At: at(0), Kind: Watch, Type: "pods.v1", Live: true},
		podEntry(Added, 2, 1), podEntry(Modified, 2, 1), podEntry(Deleted, 3, 0),
		Entry{At: at(4), Kind: Watch, Type: "pods.v1", Reason: "retrying: refused"},
		Entry{At: at(9), Kind: Watch, Type: "pods.v1", Live: true},
		Header{At: at(20), Context: "test", ServerVersion: "v1.37.2", Types: sampleTypes()},
		podEntry(Added, 21, 1),
	}
	for _, line := range lines {
		if h, ok := line.(Header); ok {
			err = w.Begin(h)
		} else {
			err = w.Write(line.(Entry))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil { // and then the recorder crashed
		t.Fatal(err)
	}
	got := open(t, out.Bytes()).Info()
	if got.Size != int64(out.Len()) || got.Text == 0 {
		t.Errorf("size %d, text %d of %d bytes", got.Size, got.Text, out.Len())
	}
	got.Size, got.Text = 0, 0
	if len(got.Broken) != 1 {
		t.Fatalf("broken: %+v", got.Broken)
	}
	got.Broken[0].Reason = ""
	want := Info{
		From: at(0), To: at(21), Context: "test", ServerVersion: "v1.37.2", Segments: 2,
		Types:   []TypeInfo{{Name: "pods.v1", Objects: 2, Events: 4}},
		Busiest: []Moment{{at(2), 2}, {at(3), 1}, {at(21), 1}},
		Gaps: []Gap{
			{From: at(4), To: at(9), Type: "pods.v1", Reason: "retrying: refused"},
			{From: at(20), To: at(20), Reason: "nobody recorded"},
		},
		Broken: []Broken{{From: at(20), To: at(21), Open: true}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
