package cli

import (
	"errors"
	"os"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/x/ansi"
)

const (
	// outputLimit is how long a terminal may take nothing while the process ends.
	outputLimit = time.Second
	// lastWordsLimit is how long it may take nothing of what gives it back.
	lastWordsLimit = 200 * time.Millisecond
)

// output is the terminal that the screen is written to. A terminal that takes nothing, as a frozen window, holds writes up
// for ever, and with them the end of the process: so writes can be given a limit.
type output struct {
	*os.File
	// fd is the file's; asking the file for it would take the limit away.
	fd uintptr
	// stuck tells that a write was given up, in the middle of whatever it was.
	stuck atomic.Bool
}

// openOutput opens the terminal that a file is. The file itself stays as it is: its mode is shared with the shell.
func openOutput(terminal *os.File) *output {
	file, fd, err := openPolled(terminal, os.O_WRONLY)
	if err != nil {
		return &output{File: terminal, fd: terminal.Fd()} // without a limit
	}
	return &output{File: file, fd: fd}
}

// openPolled opens a terminal once more, by itself and so that reads and writes can be given a limit.
func openPolled(terminal *os.File, flag int) (file *os.File, fd uintptr, err error) {
	if file, err = reopen(terminal, flag); err != nil {
		return nil, 0, err
	}
	raw, err := file.SyscallConn()
	if err == nil {
		err = errors.Join(file.SetDeadline(time.Time{}), raw.Control(func(of uintptr) { fd = of }))
	}
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, fd, nil
}

// Fd is the terminal's file descriptor.
func (o *output) Fd() uintptr { return o.fd }

// Write writes to the terminal, within the limit once there is one.
func (o *output) Write(b []byte) (int, error) {
	n, err := o.File.Write(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		o.stuck.Store(true)
	}
	return n, err
}

// hurry gives all writes from now on a limit together, also one that waits already.
func (o *output) hurry() { _ = o.SetWriteDeadline(time.Now().Add(outputLimit)) }

// giveBack undoes, where a write was given up, what the screen has changed of the terminal. What the terminal has not taken
// yet is thrown away for it, so that it finds this when it goes on. To be called when nobody writes any more.
func (o *output) giveBack() {
	if !o.stuck.Load() {
		return
	}
	discard(o.fd)
	_ = o.SetWriteDeadline(time.Now().Add(lastWordsLimit))
	// CAN ends a sequence that was cut off. The alternate screen has a keyboard mode of its own, which is given back on it.
	_, _ = o.WriteString("\x18" + ansi.ResetStyle + ansi.ResetModeSynchronizedOutput + ansi.ResetModeMouseButtonEvent + ansi.ResetModeMouseExtSgr +
		ansi.ResetModeBracketedPaste + ansi.ResetModifyOtherKeys + ansi.PopKittyKeyboard(1) + ansi.ResetModeAltScreenSaveCursor + ansi.SetModeTextCursorEnable)
}

// close ends what openOutput began.
func (o *output) close(terminal *os.File) {
	if o.File != terminal {
		_ = o.Close()
	}
}
