//go:build unix

package setup

import "golang.org/x/sys/unix"

// openAtOnce opens a pipe that nobody reads with an error, instead of waiting for a reader.
const openAtOnce = unix.O_NONBLOCK
