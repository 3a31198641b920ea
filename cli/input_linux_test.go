package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/creack/pty"
	"github.com/muesli/cancelreader"
	"golang.org/x/sys/unix"
)

// typed opens a terminal and its input.
func typed(t *testing.T) (keyboard, terminal *os.File, in *input) {
	t.Helper()
	keyboard, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = keyboard.Close(), terminal.Close() })
	in = openInput(terminal, func() func([]byte) []byte {
		return func(b []byte) []byte { return bytes.TrimPrefix(b, []byte("answer")) }
	})
	t.Cleanup(in.close)
	if in.reader() != io.Reader(in) || in.Fd() == terminal.Fd() {
		t.Fatal("the terminal is not opened anew")
	}
	return keyboard, terminal, in
}

// read reads in the background, as Bubble Tea does.
func read(in io.Reader) <-chan string {
	got := make(chan string, 1)
	go func() {
		buffer := make([]byte, 100)
		n, err := in.Read(buffer)
		if err != nil {
			got <- err.Error()
			return
		}
		got <- string(buffer[:n])
	}()
	return got
}

// What is typed while the input is paused is for whom has the terminal then.
func TestInputGivesWay(t *testing.T) {
	keyboard, terminal, in := typed(t)
	write := func(s string) {
		if _, err := keyboard.WriteString(s); err != nil {
			t.Fatal(err)
		}
	}
	first := read(in)
	write("answerone\n")
	// What the screen was answered is not for Bubble Tea.
	if got := <-first; got != "one\n" {
		t.Errorf("first it reads %q", got)
	}
	waiting := read(in)
	in.pause()
	if got := <-waiting; got != io.EOF.Error() {
		t.Errorf("a read that is under way ends with %q", got)
	}
	write("shell\n")
	if got := <-read(in); got != io.EOF.Error() {
		t.Errorf("a paused input reads %q", got)
	}
	if got := <-read(terminal); got != "shell\n" {
		t.Errorf("the shell reads %q", got)
	}
	in.resume()
	next := read(in)
	write("two\n")
	if got := <-next; got != "two\n" {
		t.Errorf("then it reads %q", got)
	}
	last := read(in)
	in.close()
	if got := <-last; got != io.EOF.Error() {
		t.Errorf("at the end it reads %q", got)
	}
	if flags, err := unix.FcntlInt(terminal.Fd(), unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK != 0 {
		t.Errorf("the shell's file has flags %x (%v)", flags, err)
	}
}

// A terminal that goes away is an error, or the program would never hear of it.
func TestInputTellsThatTheTerminalHasGone(t *testing.T) {
	keyboard, _, in := typed(t)
	got := make(chan error, 1)
	go func() {
		_, err := in.Read(make([]byte, 10))
		got <- err
	}()
	if err := keyboard.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; !errors.Is(err, unix.EIO) && !errors.Is(err, io.EOF) {
		t.Errorf("it reads %v", err)
	}
}

// Bubble Tea's reader must not take the input for a file, for which it would wait in a system call.
func TestInputIsNoFile(t *testing.T) {
	_, _, in := typed(t)
	if _, ok := in.reader().(cancelreader.File); ok {
		t.Error("it is one")
	}
}
