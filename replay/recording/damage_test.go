package recording

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

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

// tiny is a disk with room for so many bytes.
type tiny struct {
	bytes.Buffer
	left int
}

func (d *tiny) Write(p []byte) (int, error) {
	n := min(d.left, len(p))
	d.left -= n
	d.Buffer.Write(p[:n])
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

// Whatever was flushed before the disk was full can be read.
func TestWhatAFullDiskHolds(t *testing.T) {
	for room := 300; room < 2000; room += 170 {
		disk := &tiny{left: room}
		w, err := NewWriter(disk)
		if err != nil {
			t.Fatal(err)
		}
		flushed := 0
		err = w.Begin(Header{At: start, Types: sampleTypes()})
		for i := 0; err == nil; i++ {
			if err = w.Write(podEntry(Added, i, i)); err == nil {
				err = w.Flush()
			}
			if err == nil {
				flushed++
			}
		}
		if !errors.Is(err, syscall.ENOSPC) || !errors.Is(w.Close(start), syscall.ENOSPC) {
			t.Fatalf("%d bytes: %v", room, err)
		}
		rec, err := Open(bytes.NewReader(disk.Bytes()), int64(disk.Len()))
		if err != nil && flushed > 0 {
			t.Fatalf("%d bytes: %v", room, err)
		}
		if flushed == 0 {
			continue
		}
		got, _ := readAll(&rec.Segments()[0])
		if len(got) < flushed || len(rec.Problems()) != 1 {
			t.Errorf("%d bytes: %d of %d entries can be read, problems %q", room, len(got), flushed, rec.Problems())
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

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
