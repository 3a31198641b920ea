package recording

import (
	"bytes"
	"errors"
	"io"
	"os"
	"reflect"
	"testing"
	"time"
)

// heardLines is a Sink that keeps what it is told.
type heardLines struct {
	headers []Header
	entries []Entry
	flushed int
}

func (h *heardLines) Begin(header Header) error { h.headers = append(h.headers, header); return nil }

func (h *heardLines) Write(e Entry) error {
	e.Cells, e.Object = bytes.Clone(e.Cells), bytes.Clone(e.Object)
	h.entries = append(h.entries, e)
	return nil
}

func (h *heardLines) Flush() error { h.flushed++; return nil }

// What a recording holds is the same, whether it is read from a file or as it comes.
func TestStreamGivesWhatTheFileHolds(t *testing.T) {
	content, err := os.ReadFile("../../demo/demo.jsonl.zst")
	if err != nil {
		t.Fatal(err)
	}
	rec, err := Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var want heardLines
	for _, s := range rec.Segments() {
		_ = want.Begin(s.Header)
		if err := s.Read(func(e *Entry) error {
			if e.Kind == End {
				return want.Flush()
			}
			return want.Write(*e)
		}); err != nil {
			t.Fatal(err)
		}
	}
	var got heardLines
	if err := Stream(bytes.NewReader(content), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.entries) < 1000 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d headers, %d entries, %d ends; the file holds %d, %d, %d or others", len(got.headers), len(got.entries), got.flushed,
			len(want.headers), len(want.entries), want.flushed)
	}
	for _, n := range []int{len(content) - 1, len(content) / 2, 100} {
		var cut *CutError
		if err := Stream(bytes.NewReader(content[:n]), &heardLines{}); !errors.As(err, &cut) {
			t.Errorf("of %d bytes: %v", n, err)
		}
	}
	if err := Stream(bytes.NewReader([]byte("apiVersion: v1\n")), &heardLines{}); !errors.Is(err, ErrNotRecording) {
		t.Errorf("of something else: %v", err)
	}
}

// What is flushed can be read at once, while the recording goes on.
func TestStreamGivesWhatIsFlushed(t *testing.T) {
	reader, writer := io.Pipe()
	heard := make(chan Entry)
	ended := make(chan error, 1)
	go func() { ended <- Stream(reader, sinkOf(func(e Entry) { heard <- e })) }()
	w, err := NewWriter(writer)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	if err := errors.Join(w.Begin(Header{At: at}), w.Write(Entry{At: at, Kind: Watch, Type: "pods.v1", Live: true}), w.Flush()); err != nil {
		t.Fatal(err)
	}
	if e := <-heard; e.Kind != Watch || !e.Live {
		t.Errorf("heard %+v", e)
	}
	if err := errors.Join(w.Close(at), writer.Close(), <-ended); err != nil {
		t.Error(err)
	}
}

type sinkOf func(Entry)

func (sinkOf) Begin(Header) error    { return nil }
func (f sinkOf) Write(e Entry) error { f(e); return nil }
func (sinkOf) Flush() error          { return nil }

func FuzzStream(f *testing.F) {
	var whole bytes.Buffer
	w, err := NewWriter(&whole)
	if err != nil {
		f.Fatal(err)
	}
	at := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	if err := errors.Join(w.Begin(Header{At: at, Objects: 1}), w.Write(Entry{At: at, Kind: Present, Type: "pods.v1", Object: []byte(`{"a":1}`)}), w.Close(at)); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	f.Add(whole.Bytes()[:whole.Len()/2])
	f.Fuzz(func(_ *testing.T, content []byte) {
		_ = Stream(bytes.NewReader(content), &heardLines{}) // it ends, in any case
	})
}
