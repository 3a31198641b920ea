package terminal

import (
	"errors"
	"fmt"

	"github.com/charmbracelet/x/termios"
	"golang.org/x/sys/unix"
)

// Raw says whether the terminal is in raw mode: input is not collected into lines, or not echoed. A shell that gets
// the terminal back like that is of no use.
func (t *Terminal) Raw() (bool, error) {
	connection, err := t.pty.SyscallConn()
	if err != nil {
		return false, fmt.Errorf("reading the pseudo-terminal's settings: %w", err)
	}
	var settings *unix.Termios
	var readErr error
	err = connection.Control(func(fd uintptr) { settings, readErr = termios.GetTermios(int(fd)) })
	if err := errors.Join(err, readErr); err != nil {
		return false, fmt.Errorf("reading the pseudo-terminal's settings: %w", err)
	}
	return settings.Lflag&unix.ICANON == 0 || settings.Lflag&unix.ECHO == 0, nil
}
