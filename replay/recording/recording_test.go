package recording

import (
	"bytes"
	"errors"
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

// Wherever a file is cut off, what is read is a part of what was written, from its beginning.
func TestCutAnywhere(t *testing.T) {
	file, ends, want := write(t, 2, 4)
	whole := 0
	for size := range len(file) {
		rec, err := Open(bytes.NewReader(file[:size]), int64(size))
		if err != nil {
			if !errors.Is(err, ErrNotRecording) || size > ends[0] {
				t.Fatalf("cut at %d of %d: %v", size, len(file), err)
			}
			continue
		}
		for i, s := range rec.Segments() {
			got, err := readAll(&s)
			complete := size >= ends[i]
			var cut *CutError
			if complete != (err == nil) || (err != nil && !errors.As(err, &cut)) {
				t.Fatalf("cut at %d: segment %d of %v: %v", size, i, ends, err)
			}
			if len(got) > len(want[i]) || (len(got) > 0 && !cmp.Equal(want[i][:len(got)], got)) {
				t.Fatalf("cut at %d: segment %d has other entries", size, i)
			}
			if complete {
				whole++
			}
		}
	}
	if whole == 0 {
		t.Error("no cut left a whole segment")
	}
}

// What was flushed is there, although the recorder never closed the file.
func TestFlushedEntriesSurviveACrash(t *testing.T) {
	var out bytes.Buffer
	w, err := NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(Header{At: start, Objects: 1}); err != nil {
		t.Fatal(err)
	}
	for _, e := range []Entry{podEntry(Present, 0, 0), podEntry(Added, 1, 1)} {
		if err := w.Write(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	rec := open(t, out.Bytes())
	if p := rec.Problems(); len(p) != 1 || !strings.Contains(p[0], "has no end") {
		t.Errorf("problems %q", p)
	}
	s := rec.Segments()[0]
	got, err := readAll(&s)
	var cut *CutError
	if len(got) != 2 || !errors.As(err, &cut) {
		t.Errorf("%d entries, %v", len(got), err)
	}
}

func TestDamageSpoilsItsSegmentOnly(t *testing.T) {
	file, ends, want := write(t, 3, 20)
	damaged := bytes.Clone(file)
	middle := (ends[0] + ends[1]) / 2
	damaged[middle] ^= 0xff
	rec := open(t, damaged)
	broken := 0
	for _, s := range rec.Segments() {
		got, err := readAll(&s)
		i := int(s.At.Sub(start)/time.Second) / 20
		if err != nil {
			broken++
		} else if !cmp.Equal(want[i], got) {
			t.Errorf("segment %d has other entries", i)
		}
	}
	if len(rec.Segments())-broken != 2 {
		t.Errorf("%d of %d segments are broken, want all but two", broken, len(rec.Segments()))
	}
}

// Wherever a byte is wrong, also where it says how long something is, the other segments can be read, and it is said that
// one cannot.
func TestDamageAnywhereSpoilsItsSegmentOnly(t *testing.T) {
	file, ends, want := write(t, 3, 20)
	for at := ends[0]; at < ends[1]; at += 9 {
		damaged := bytes.Clone(file)
		damaged[at] ^= 0xff
		rec := open(t, damaged)
		broken := len(rec.Problems()) > 0
		whole := map[int]bool{}
		for _, s := range rec.Segments() {
			i := int(s.At.Sub(start)/time.Second) / 20
			got, err := readAll(&s)
			if err == nil && i < len(want) && cmp.Equal(want[i], got) {
				whole[i] = true
			} else {
				broken = true
			}
		}
		if !whole[0] || !whole[2] || whole[1] == broken { // some bits mean nothing
			t.Fatalf("byte %d of %v: whole %v, problems %q", at, ends, whole, rec.Problems())
		}
	}
}

func TestForeignFilesAreRefused(t *testing.T) {
	newer, err := compress([]byte(`{"dogwatchRecording":99,"at":"2026-11-24T08:00:00Z"}` + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := compress([]byte(`{"kind":"Pod"}` + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	endless, err := compress(bytes.Repeat([]byte("x"), MaxLine+1))
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{
		"empty": nil, "text": []byte("apiVersion: v1\nkind: Pod\nmetadata: {}\n"), "other": other, "endless": endless,
	} {
		if _, err := Open(bytes.NewReader(file), int64(len(file))); !errors.Is(err, ErrNotRecording) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var version *VersionError
	if _, err := Open(bytes.NewReader(newer), int64(len(newer))); !errors.As(err, &version) || version.Version != 99 {
		t.Errorf("newer: %v", err)
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

// A full disk is reported, and stays so.
func TestFullDisk(t *testing.T) {
	full := errors.New("no space left on device")
	w, err := NewWriter(failing{full})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Begin(Header{At: start}); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); !errors.Is(err, full) {
		t.Errorf("flush: %v", err)
	}
	if err := w.Close(start); !errors.Is(err, full) {
		t.Errorf("close: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

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

func TestProblemsSayWhatCannotBeRead(t *testing.T) {
	file, ends, _ := write(t, 3, 20)
	if p := open(t, file).Problems(); len(p) > 0 {
		t.Errorf("problems of a whole recording: %q", p)
	}
	if p := open(t, file[:ends[1]+100]).Problems(); len(p) != 1 || !strings.Contains(p[0], "100 bytes") {
		t.Errorf("problems of a recording that was cut off: %q", p)
	}
	other, err := compress([]byte("something else\n"))
	if err != nil {
		t.Fatal(err)
	}
	damaged := append(append(bytes.Clone(file[:ends[0]]), other...), file[ends[0]:]...)
	rec := open(t, damaged)
	if p := rec.Problems(); len(p) != 1 || !strings.Contains(p[0], fmt.Sprintf("from byte %d on", ends[0])) {
		t.Errorf("problems of a damaged recording: %q", p)
	}
	if s := rec.Segments(); len(s) != 3 || s[1].Continues || !s[2].Continues {
		t.Errorf("%d segments, %v, %v", len(s), s[1].Continues, s[2].Continues)
	}
}
