package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/e2e/await"
)

func TestSignalsGiveTheTerminalBack(t *testing.T) {
	for _, c := range []struct {
		signal syscall.Signal
		want   int
	}{{syscall.SIGINT, 130}, {syscall.SIGTERM, 143}, {syscall.SIGHUP, 129}} {
		t.Run(c.signal.String(), func(t *testing.T) {
			s := startDemo(t)
			if err := s.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			s.expectEnd(c.want)
			if screen := strings.TrimSpace(s.Screen()); screen != "" {
				t.Errorf("it has left something on the screen:\n%s", s.Dump())
			}
		})
	}
}

func TestClosedTerminalEndsTheProgram(t *testing.T) {
	s := startDemo(t)
	if err := s.HangUp(); err != nil {
		t.Fatal(err)
	}
	if code := s.ended(); code != 129 {
		t.Errorf("it ended with %d, want 129", code)
	}
	s.expectNothingLeft()
}

// A window that is frozen takes nothing: that must not hold the program up when it is told to end, and the terminal is to be
// as it was when it goes on.
func TestTerminalThatTakesNothingDoesNotHoldUpTheEnd(t *testing.T) {
	s := startDemo(t)
	s.press("t", "space") // what the recording's server writes is not for the terminal
	s.expect("‖")
	thaw := s.Freeze()
	defer thaw()
	// Each key draws another screen, until the kernel has no room for more. The runtime writes a few bytes to wake itself up.
	// Before that, frames wait for an answer of the terminal, for two seconds at most.
	const screenful, stuck = 500, 60
	before, same := 0, 0
	await.Success(t, patience, "the program to be held up", func(context.Context) error {
		s.press("?")
		now, err := written(s.Pid())
		if err != nil {
			return err
		}
		if now-before < screenful {
			same++
		} else {
			same = 0
		}
		before = now
		if same < stuck {
			return fmt.Errorf("it has written %d bytes, and goes on", now)
		}
		return nil
	})
	if err := s.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	await.Success(t, patience, "the end", func(context.Context) error {
		if state := stateOf(s.Pid()); state != "" && state != "Z" {
			return fmt.Errorf("it is in state %s", state)
		}
		return nil
	})
	thaw()
	s.expectEnd(143)
}

// written counts the bytes that a process has written so far, to whatever it was.
func written(pid int) (count int, err error) {
	counts, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(counts), "wchar: ")
	_, err = fmt.Sscan(rest, &count)
	return count, err
}

// stateOf is a process's state, as ps shows it; empty where there is none.
func stateOf(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	state, _, _ := strings.Cut(rest, " ")
	return state
}

// A shell with job control stops the program and lets it go on.
func TestStopGivesTheTerminalBackUntilTheProgramGoesOn(t *testing.T) {
	for name, stop := range map[string]func(s *session, pid int) error{
		"by the key":    func(s *session, _ int) error { return s.Press("ctrl+z") },
		"by the signal": func(_ *session, pid int) error { return syscall.Kill(pid, syscall.SIGTSTP) },
	} {
		t.Run(name, func(t *testing.T) {
			// The shell gets the terminal when its job has stopped, and says so; what is read then lets the job go on.
			script := fmt.Sprintf(`set -m; %q demo; echo "stopped"; read -r line; fg >/dev/null; echo "ended with $?"`, program)
			s := start(t, "/bin/bash", nil, "-c", script)
			s.expectTaken()
			if err := stop(s, child(t, s.Pid())); err != nil {
				t.Fatal(err)
			}
			s.expect("stopped")
			s.expectGivenBack()
			s.press("enter")
			s.expectTaken()
			s.press("?")
			s.expect("page up") // it hears
			s.press("?", "q")   // closes the help, and quits
			s.expect("ended with 0")
			s.expectEnd(0)
		})
	}
}

// child is the only child of a process.
func child(t *testing.T, pid int) int {
	t.Helper()
	var found int
	await.Success(t, patience, "the shell's job", func(context.Context) error {
		children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
		if err != nil {
			return err
		}
		_, err = fmt.Sscan(string(children), &found)
		return err
	})
	return found
}

// Where no shell looks after the program, it cannot be stopped: it must not wait for somebody to let it go on.
func TestKeyToStopDoesNothingWithoutAShell(t *testing.T) {
	s := startDemo(t)
	s.press("ctrl+z")
	var pressed time.Time
	await.Success(t, patience, "the help to be shown", func(context.Context) error {
		if strings.Contains(s.Screen(), "page up") {
			return nil
		}
		// What is typed while the terminal is given back and taken again may be lost, as while a shell has it.
		if time.Since(pressed) > 5*time.Second {
			s.press("?")
			pressed = time.Now()
		}
		return errors.New("it is not")
	})
	s.press("?", "q") // closes the help, and quits
	s.expectEnd(0)
}

// SIGSTOP cannot be seen coming: whatever was written on the terminal meanwhile is gone when the program goes on.
func TestScreenIsDrawnAnewAfterSIGSTOP(t *testing.T) {
	s := startDemo(t)
	if err := s.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	await.Success(t, patience, "the process to stop", func(context.Context) error {
		if state := stateOf(s.Pid()); state != "T" {
			return fmt.Errorf("it is in state %q", state)
		}
		return nil
	})
	s.spoil("\x1b[2J\x1b[Hsomething else\x1b[?1049l")
	if err := s.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	s.expectTaken()
	s.WaitForNoText(t, patience, "something else")
	s.press("q")
	s.expectEnd(0)
}
