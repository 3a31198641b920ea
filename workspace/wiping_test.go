package workspace

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// seen keeps all memory that is read into.
type seen struct {
	io.Reader
	pieces [][]byte
}

func (s *seen) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.pieces = append(s.pieces, p[:n])
	return n, err
}

// What is read for a look is in one place only, which whoever looked wipes.
func TestReadingLeavesNoCopies(t *testing.T) {
	text := strings.Repeat("hunter2 ", 20_000)
	s := &seen{Reader: iotest.HalfReader(strings.NewReader(text))}
	got, err := readWiping(s)
	if string(got) != text || err != nil {
		t.Fatalf("read %d bytes of %d, %v", len(got), len(text), err)
	}
	clear(got)
	broken := &seen{Reader: io.MultiReader(strings.NewReader(text), iotest.ErrReader(errors.New("broke")))}
	if got, err := readWiping(broken); got != nil || err == nil {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	for _, piece := range append(s.pieces, broken.pieces...) {
		if bytes.Contains(piece, []byte("hunter2")) {
			t.Fatal("a copy is left")
		}
	}
}
