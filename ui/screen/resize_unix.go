//go:build unix

package screen

import (
	"io"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// Output is what the Bubble Tea program is to write to. Of a terminal it would ask how large it is and make cells for all of it,
// of which it draws none, before it does anything else; so it is not told that this is one, and learns the size from us.
func (s *Screen) Output() io.Writer { return struct{ io.Writer }{s} }

// notifyResizes has c hear of it when the terminal gets another size.
func notifyResizes(c chan<- os.Signal) { signal.Notify(c, unix.SIGWINCH) }
