package cli

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// reopen opens a terminal once more, by itself.
func reopen(terminal *os.File, flag int) (*os.File, error) {
	return os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", terminal.Fd()), flag|unix.O_NOCTTY, 0)
}

// discard throws away what a terminal has not taken yet.
func discard(fd uintptr) { _ = unix.IoctlSetInt(int(fd), unix.TCFLSH, unix.TCOFLUSH) }
