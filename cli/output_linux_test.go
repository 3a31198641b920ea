package cli

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// A terminal that nobody reads holds up a write, which is given up after the limit; the shell's own file stays as it is.
func TestWritesToATerminalThatTakesNothingEnd(t *testing.T) {
	master, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer terminal.Close()
	out := openOutput(terminal)
	defer out.close(terminal)
	if out.File == terminal || out.Fd() == terminal.Fd() {
		t.Fatal("the terminal is not opened anew")
	}
	if _, err := out.Write([]byte("\x1b[?1049h")); err != nil || out.stuck.Load() {
		t.Fatalf("the first write: %v", err)
	}
	ended := make(chan error)
	go func() {
		for {
			if _, err := out.Write([]byte(strings.Repeat("x", 4096))); err != nil {
				ended <- err
				return
			}
		}
	}()
	out.hurry()
	if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the write ended with %v", err)
	}
	if flags, err := unix.FcntlInt(terminal.Fd(), unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK != 0 {
		t.Errorf("the shell's file has flags %x (%v)", flags, err)
	}

	out.giveBack()
	var got strings.Builder
	buffer := make([]byte, 4096)
	if err := master.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	// The keyboard is given back on the screen that it was taken on.
	for !strings.HasSuffix(got.String(), "\x1b[>4m\x1b[<1u\x1b[?1049l\x1b[?25h") {
		n, err := master.Read(buffer)
		if err != nil {
			t.Fatalf("the terminal is not given back: %v; it got %q", err, got.String()[max(0, got.Len()-200):])
		}
		got.Write(buffer[:n])
	}
}

func TestATerminalThatTakesAllIsLeftAlone(t *testing.T) {
	master, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer terminal.Close()
	out := openOutput(terminal)
	out.hurry()
	if _, err := out.Write([]byte("all")); err != nil {
		t.Fatal(err)
	}
	out.giveBack()
	out.close(terminal)
	if _, err := terminal.WriteString("!"); err != nil {
		t.Errorf("the shell's file: %v", err)
	}
	buffer := make([]byte, 100)
	got := ""
	for len(got) < 4 {
		n, err := master.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		got += string(buffer[:n])
	}
	if got != "all!" {
		t.Errorf("the terminal got %q", got)
	}
}
