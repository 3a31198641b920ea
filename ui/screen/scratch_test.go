package screen

import (
	"bytes"
	"strings"
	"testing"
	"unsafe"
)

// What was on the screen is in none of the buffers as soon as something else is, however little of the screen that takes.
func TestWhatWasShownIsNotKept(t *testing.T) {
	const value = "a-value-that-was-revealed"
	to := plain(80, 10)
	s := New(newTTY(to.width, to.height), env())
	view := func(line string) string { return strings.Repeat("above\n", 3) + line + "\nbelow" }
	draw(s, view("before there are cells"), to)
	draw(s, view(value+strings.Repeat(" and more", 4)), to)
	revealed, first := []byte(s.lines[3]), s.shown.content
	draw(s, view("-"), to)
	for name, buffer := range map[string]*scratch{"drawing": &s.drawing, "out": &s.out} {
		if kept := buffer.Bytes(); bytes.Contains(kept[:cap(kept)], []byte("value")) {
			t.Errorf("%s holds %q", name, kept[:cap(kept)])
		}
	}
	if !bytes.Contains(revealed, []byte(value)) {
		t.Errorf("the value was not drawn: %q", revealed)
	}
	for x := range len("above") { // which has stayed as it was
		if c := s.cells.CellAt(x, 0); within(c.Content, first) {
			t.Errorf("cell %d, %q, holds the View before", x, c.Content)
		}
	}
	content := s.shown.content
	for y, line := range s.lines {
		if line != "" && within(line, content) {
			t.Errorf("line %d holds the whole View", y)
		}
	}
}

// within tells whether part is in the memory of whole.
func within(part, whole string) bool {
	p, w := uintptr(unsafe.Pointer(unsafe.StringData(part))), uintptr(unsafe.Pointer(unsafe.StringData(whole)))
	return p >= w && p < w+uintptr(len(whole))
}

func TestScratchWipesWhatItIsGiven(t *testing.T) {
	var s scratch
	given := []byte("a value")
	if n, err := s.Write(given); n != len(given) || err != nil {
		t.Fatal(n, err)
	}
	if s.String() != "a value" {
		t.Errorf("it holds %q", s.String())
	}
	if !bytes.Equal(given, make([]byte, len(given))) {
		t.Errorf("what it was given is still %q", given)
	}
}
