package spool_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/dogwatch/dogwatch/stream/spool"
)

// FuzzSpool: whatever a directory holds, it either cannot be opened, and is told why, or comes to its end, and takes a message that comes out
// again as it was.
func FuzzSpool(f *testing.F) {
	segment, position := written(f)
	f.Add(segment, position)
	f.Add(segment[:len(segment)-3], position)
	f.Add(append(segment[:len(segment):len(segment)], "more"...), []byte("00000000000000000003 00000000\n"))
	f.Add(segment, []byte(nil))
	f.Add([]byte("dogwatch-spool/1 json\n"), position)
	f.Add([]byte("dogwatch-spool/1 text\n"), position)
	f.Fuzz(func(t *testing.T, segment, position []byte) {
		dir := t.TempDir()
		for name, content := range map[string][]byte{"00000000000000000001.spool": segment, "position": position} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, err := spool.Open(dir, "json", plenty)
		if err != nil {
			if err.Error() == "" {
				t.Error("it is not said why")
			}
			return
		}
		defer end(t, s)
		put(t, s, 7, 8)
		s.Seal()
		last := ""
		for {
			batch, err := s.Peek(t.Context(), 3)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || len(batch) == 0 {
				t.Fatalf("%d come, %v", len(batch), err)
			}
			last = string(batch[len(batch)-1].Body)
			if err := s.Drop(len(batch)); err != nil {
				t.Fatal(err)
			}
		}
		if want := string(message(7).Body); last != want {
			t.Errorf("the last one is %q, not %q", last, want)
		}
	})
}

// written is what a spool of three messages, one of them delivered, leaves in its files.
func written(f *testing.F) (segment, position []byte) {
	f.Helper()
	dir := f.TempDir()
	s, err := spool.Open(dir, "json", plenty)
	if err != nil {
		f.Fatal(err)
	}
	for n := range 3 {
		if err := s.Put(f.Context(), message(n)); err != nil {
			f.Fatal(err)
		}
	}
	if _, err := s.Peek(f.Context(), 1); err != nil {
		f.Fatal(err)
	}
	err = errors.Join(s.Drop(1), s.Close())
	segment, wrong := os.ReadFile(filepath.Join(dir, "00000000000000000001.spool"))
	position, missing := os.ReadFile(filepath.Join(dir, "position"))
	if err := errors.Join(err, wrong, missing); err != nil {
		f.Fatal(err)
	}
	return segment, position
}
