//go:build !unix

package screen

import (
	"io"
	"os"
)

// Output is what the Bubble Tea program is to write to. It must know that this is a terminal, to set it up.
func (s *Screen) Output() io.Writer { return s }

// notifyResizes does nothing: Bubble Tea reads the size with what is typed.
func notifyResizes(chan<- os.Signal) {}
