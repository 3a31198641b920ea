//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package sinks

import (
	"errors"
	"os"
	"syscall"
)

// lock has a file for this process alone until it is closed, and tells whether no other has it so. Who does not ask may write to it all the same, as `>>` does.
// A file system that knows no locks is no reason not to write.
func lock(file *os.File) bool {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return !errors.Is(err, syscall.EWOULDBLOCK)
		}
	}
}
