package recording

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// jargon is what libraries say, and nobody who has a file.
var jargon = []string{"EOF", "Scanner", "magic", "block size", "zstd frame", "CRC", "invalid input"}

func inPlainWords(t *testing.T, what, said string) {
	t.Helper()
	for _, word := range jargon {
		if strings.Contains(said, word) {
			t.Errorf("%s: says %q", what, said)
		}
	}
}

func TestWhatIsNoRecordingIsSaidInWords(t *testing.T) {
	file, ends, _ := write(t, 2, 4)
	other, err := compress([]byte("kind: Pod\n"))
	if err != nil {
		t.Fatal(err)
	}
	endless, err := compress(bytes.Repeat([]byte("x"), MaxLine+1))
	if err != nil {
		t.Fatal(err)
	}
	for want, content := range map[string][]byte{
		"it is empty":                           {},
		"it is cut off before its first state":  file[:40],
		"it is not compressed with zstd":        []byte("apiVersion: v1\nkind: Pod\nmetadata: {}\n"),
		"it is one that was unpacked":           []byte(`{"dogwatchRecording":1,"at":"2026-11-24T08:00:00Z"}` + "\n"),
		"first line is not that of a recording": other,
		"a line is longer than 16 MiB":          endless,
	} {
		_, err := Open(bytes.NewReader(content), int64(len(content)))
		if !errors.Is(err, ErrNotRecording) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
			continue
		}
		inPlainWords(t, want, err.Error())
	}
	for size := 4; size < ends[0]; size++ {
		if _, err := Open(bytes.NewReader(file[:size]), int64(size)); err != nil && !strings.Contains(err.Error(), "cut off before its first state") {
			t.Fatalf("cut at %d: %v", size, err)
		}
	}
}

// Whatever byte is wrong: it is said in plain words, and what is lost up to when.
func TestDamageIsSaidInWords(t *testing.T) {
	file, ends, _ := write(t, 3, 20)
	for at := ends[0]; at < ends[1]; at += 7 {
		damaged := bytes.Clone(file)
		damaged[at] ^= 0xff
		rec := open(t, damaged)
		info := rec.Info()
		for _, problem := range rec.Problems() {
			inPlainWords(t, "problem", problem)
		}
		for _, b := range info.Broken {
			inPlainWords(t, "broken", b.Reason)
			if b.Open || b.Next.IsZero() || b.Next.Before(b.To) {
				t.Errorf("byte %d: %+v", at, b)
			}
		}
		if len(rec.Problems()) > 0 != rec.Damaged() {
			t.Errorf("byte %d: damaged %v, %q", at, rec.Damaged(), rec.Problems())
		}
	}
}

// What is cut off within a block has lost something; what ends behind one may be still being written.
func TestCutOffAndStillBeingWritten(t *testing.T) {
	var out bytes.Buffer
	w, err := NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Begin(Header{At: start, Types: sampleTypes()}), w.Write(podEntry(Added, 1, 1)), w.Flush()); err != nil {
		t.Fatal(err)
	}
	flushed := out.Len()
	if err := errors.Join(w.Write(podEntry(Added, 2, 2)), w.Close(start.Add(time.Minute))); err != nil {
		t.Fatal(err)
	}
	for size := flushed; size <= out.Len(); size++ {
		rec := open(t, out.Bytes()[:size])
		if want := size > flushed && size < out.Len(); rec.Damaged() != want {
			t.Errorf("%d of %d bytes, flushed at %d: damaged %v, %q", size, out.Len(), flushed, rec.Damaged(), rec.Problems())
		}
	}
}

// A segment goes forward in time, whatever its lines say, and recordings that overlap have no gap between them.
func TestTimeGoesForward(t *testing.T) {
	var out bytes.Buffer
	w, err := NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	old := podEntry(Added, 0, 2)
	old.At = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, begin := range []int{0, 5} {
		err := errors.Join(w.Begin(Header{At: start.Add(time.Duration(begin) * time.Second), Types: sampleTypes()}),
			w.Write(podEntry(Added, begin+2, 1)), w.Write(old), w.Write(podEntry(Added, begin+9, 3)), w.End(start.Add(time.Duration(begin+10)*time.Second)))
		if err != nil {
			t.Fatal(err)
		}
	}
	rec := open(t, out.Bytes())
	s := rec.Segments()[0]
	var read, lines []time.Time
	if err := s.Read(func(e *Entry) error { read = append(read, e.At); return nil }); err != nil {
		t.Fatal(err)
	}
	for line, err := range s.Lines() {
		if err != nil {
			t.Fatal(err)
		}
		e, err := line.Entry()
		if err != nil || !e.At.Equal(line.At) {
			t.Errorf("entry of %s in a line of %s, %v", e.At, line.At, err)
		}
		lines = append(lines, line.At)
	}
	second := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	want := []time.Time{second(2), second(2), second(9), second(10)}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	info := rec.Info()
	if len(info.Gaps) > 0 {
		t.Errorf("gaps %+v", info.Gaps)
	}
	for _, m := range info.Busiest {
		if m.At.Before(start) {
			t.Errorf("busiest %+v", info.Busiest)
		}
	}
}
