package recording

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var start = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// sampleTypes are what the tests' recordings hold.
func sampleTypes() []Type {
	return []Type{{Name: "pods.v1", Kind: "Pod", Namespaced: true, Verbs: []string{"get", "list", "watch"}}}
}

func podEntry(kind Kind, second, i int) Entry {
	return Entry{
		At: start.Add(time.Duration(second) * time.Second), Kind: kind, Type: "pods.v1",
		Cells:  jsontext.Value(fmt.Sprintf(`["web-%d","1/1","a \"object\": {"]`, i)),
		Object: jsontext.Value(fmt.Sprintf(`{"metadata":{"name":"web-%d","resourceVersion":"%d"},"data":{"object":{"a":1}}}`, i, second)),
	}
}

// write writes segments of a state of three pods and n events each, and tells where each ends.
func write(t *testing.T, segments, n int) (file []byte, ends []int, entries [][]Entry) {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	second := 0
	for range segments {
		at := start.Add(time.Duration(second) * time.Second)
		if err := w.Begin(Header{At: at, Context: "test", Types: sampleTypes(), Objects: 3, Continues: second > 0}); err != nil {
			t.Fatal(err)
		}
		if second > 0 {
			ends = append(ends, out.Len())
		}
		var all []Entry
		for i := range 3 {
			all = append(all, podEntry(Present, second, i))
		}
		for i := range n {
			second++
			all = append(all, podEntry(Modified, second, i%3))
		}
		for _, e := range all {
			if err := w.Write(e); err != nil {
				t.Fatal(err)
			}
		}
		entries = append(entries, all)
	}
	if err := w.Close(start.Add(time.Duration(second) * time.Second)); err != nil {
		t.Fatal(err)
	}
	if w.Size() != int64(out.Len()) {
		t.Errorf("size %d of %d bytes", w.Size(), out.Len())
	}
	return out.Bytes(), append(ends, out.Len()), entries
}

func open(t *testing.T, file []byte) *Recording {
	t.Helper()
	rec, err := Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func readAll(s *Segment) ([]Entry, error) {
	var all []Entry
	err := s.Read(func(e *Entry) error {
		if e.Kind == End {
			return nil
		}
		kept := *e
		kept.Cells, kept.Object = bytes.Clone(e.Cells), bytes.Clone(e.Object)
		all = append(all, kept)
		return nil
	})
	return all, err
}

func TestRoundTrip(t *testing.T) {
	file, _, want := write(t, 3, 10)
	segments := open(t, file).Segments()
	if len(segments) != 3 {
		t.Fatalf("%d segments, want 3", len(segments))
	}
	for i, s := range segments {
		if s.Objects != 3 || s.Context != "test" || s.Continues != (i > 0) || !s.At.Equal(start.Add(time.Duration(i)*10*time.Second)) {
			t.Errorf("header %d: %+v", i, s.Header)
		}
		if diff := cmp.Diff(sampleTypes(), s.Types); diff != "" {
			t.Errorf("types: %s", diff)
		}
		got, err := readAll(&s)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want[i], got); diff != "" {
			t.Errorf("segment %d: %s", i, diff)
		}
	}
}

// The promise is that anybody's zstd and jq read it.
func TestZstdReadsIt(t *testing.T) {
	tool, err := exec.LookPath("zstd")
	if err != nil {
		t.Skip("no zstd here")
	}
	file, _, _ := write(t, 2, 2)
	cmd := exec.Command(tool, "-dc")
	cmd.Stdin = bytes.NewReader(file)
	out, err := cmd.Output()
	if err != nil || strings.Count(string(out), "\n") != 2*(1+3+2+1) {
		t.Errorf("%v: %s", err, out)
	}
}

func TestRecordingsMayBeJoined(t *testing.T) {
	one, _, _ := write(t, 1, 2)
	two, _, _ := write(t, 2, 2)
	skipped := []byte{0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'x', 'y', 'z'}
	if n := len(open(t, append(append(one, skipped...), two...)).Segments()); n != 3 {
		t.Errorf("%d segments, want 3", n)
	}
}

func TestWriterRefusesWhatReadersCannotRead(t *testing.T) {
	w, err := NewWriter(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(podEntry(Added, 0, 0)); err == nil {
		t.Error("wrote before a segment began")
	}
	if err := w.Begin(Header{At: start, Objects: 1}); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(podEntry(Added, 0, 0)); err == nil {
		t.Error("wrote an event into the state")
	}
	if err := w.Begin(Header{At: start}); err == nil {
		t.Error("ended a segment within its state")
	}
	split := podEntry(Present, 0, 0)
	split.Object = jsontext.Value("{\n}")
	if err := w.Write(split); err == nil {
		t.Error("wrote an object of two lines")
	}
}

func TestTypeNames(t *testing.T) {
	for _, gvr := range []schema.GroupVersionResource{
		{Version: "v1", Resource: "pods"},
		{Group: "gateway.networking.k8s.io", Version: "v1", Resource: "gateways"},
	} {
		if got, err := NameOf(gvr).Resource(); err != nil || got != gvr {
			t.Errorf("%v came back as %v, %v", gvr, got, err)
		}
	}
	for _, bad := range []TypeName{"", "pods", ".v1", "pods."} {
		if _, err := bad.Resource(); err == nil {
			t.Errorf("%q is a type", bad)
		}
	}
}

// noise is text that does not compress.
func noise(n int) string {
	text := make([]byte, n)
	for i := range text {
		text[i] = "0123456789abcdef"[rand.IntN(16)]
	}
	return string(text)
}
