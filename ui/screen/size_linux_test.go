package screen

import (
	"math"
	"testing"

	"github.com/creack/pty"
)

// A terminal may say that it has more cells than there is memory for, and than Bubble Tea believes, which would then show nothing.
func TestTerminalThatSaysItIsHuge(t *testing.T) {
	keyboard, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = keyboard.Close(), terminal.Close() }()
	if err := pty.Setsize(terminal, &pty.Winsize{Rows: math.MaxUint16, Cols: math.MaxUint16}); err != nil {
		t.Fatal(err)
	}
	if width, height := New(terminal, env()).size(); width < 1000 || height < 400 || width > 4096 || height > 4096 || width*height > 1<<20 {
		t.Errorf("it is taken to have %d x %d cells", width, height)
	}
}
