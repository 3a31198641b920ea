package cli

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// input is the terminal that keys are read from, through Go's own poller. Bubble Tea waits for a file in a system call of its
// own: whoever has handed a key on waits there for the next one, and the key for the processor that he took along, until the
// runtime notices, up to 20 ms later.
type input struct {
	// terminal is the shell's file.
	terminal *os.File
	// polled is opened by ourselves; nil where that can't be done, and Bubble Tea is to read the shell's.
	polled *os.File
	fd     uintptr // polled's; asking the file for it would make its reads block

	reading sync.Mutex // held by who reads
	// hear takes out of what was read what is not for Bubble Tea.
	hear func(read []byte) (rest []byte)
}

// openInput opens the terminal that a file is. The file itself stays as it is: its mode is shared with the shell.
func openInput(terminal *os.File, listener func() (hear func([]byte) []byte)) *input {
	in := &input{terminal: terminal}
	file, fd, err := openPolled(terminal, os.O_RDONLY)
	if err != nil {
		return in
	}
	in.polled, in.fd, in.hear = file, fd, listener()
	return in
}

// reader is what Bubble Tea is to read: a terminal, but no file that it would wait for by itself.
func (in *input) reader() io.Reader {
	if in.polled == nil {
		return in.terminal
	}
	return in
}

// Read reads what was typed. While it is paused there is nothing more to come.
func (in *input) Read(b []byte) (int, error) {
	in.reading.Lock()
	defer in.reading.Unlock()
	for {
		n, err := in.polled.Read(b)
		if err != nil {
			return n, quiet(err)
		}
		if rest := in.hear(b[:n]); len(rest) > 0 {
			return copy(b, rest), nil
		}
	}
}

// quiet is the error of a read that we ended ourselves: there is nothing more to come.
func quiet(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, os.ErrClosed) {
		return io.EOF
	}
	return err
}

// pause ends the read that waits, and all that follow: what is typed from now on is for others.
func (in *input) pause() {
	if in.polled != nil {
		_ = in.polled.SetReadDeadline(time.Unix(1, 0)) // it takes one: that was tried
	}
}

// resume lets Bubble Tea read again.
func (in *input) resume() {
	if in.polled != nil {
		_ = in.polled.SetReadDeadline(time.Time{})
	}
}

// close ends what openInput began, and waits for who reads.
func (in *input) close() {
	if in.polled == nil {
		return
	}
	_ = in.polled.Close()
	in.reading.Lock()
	defer in.reading.Unlock()
}

// Fd is the terminal's file descriptor, by which Bubble Tea finds that it is one.
func (in *input) Fd() uintptr { return in.fd }

// Write and Close are what a terminal has too. Nobody writes to its input, and close closes it.
func (*input) Write([]byte) (int, error) { return 0, os.ErrInvalid }

// Close does nothing.
func (*input) Close() error { return nil }
