// Package terminal runs a program in a pseudo-terminal and shows what a user would see: the bytes that the
// program prints go through a terminal emulator, whose screen tests read, and whose answers (cursor position,
// colours, device attributes) go back to the program as a real terminal's would.
package terminal

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// Options say what to run and how large the terminal is.
type Options struct {
	// Path is the program; a name without a slash is looked up in $PATH.
	Path string
	Args []string
	// Env is the program's whole environment. Nil: the test's own. TERM and COLORTERM are set if it lacks them.
	Env []string
	// Dir is the program's working directory. Empty: the test's own.
	Dir string
	// Width and Height are in cells. Zero: 120x40.
	Width, Height int
	// Foreground and Background are the terminal's own colours, which programs ask for to fit in. Nil: white on black.
	Foreground, Background color.Color
	// Output receives a copy of what the program prints, before it is on the screen. Nil: nobody. Its errors are ignored.
	Output io.Writer
	// Pace is how many bytes a second the terminal takes, as a slow line does. Zero: as many as come.
	Pace int
}

// Terminal is a program in a pseudo-terminal. Its methods may be called from any goroutine.
type Terminal struct {
	cmd    *exec.Cmd
	pty    *os.File
	screen *vt.SafeEmulator
	modes  modes
	copy   io.Writer
	pace   int
	frozen sync.Mutex // held while the terminal takes nothing

	changed chan struct{} // holds a token after the screen has changed
	done    chan struct{} // closed when the program has ended and its last output is on the screen
	waitErr error         // how the program ended; read only after done is closed
	pumps   sync.WaitGroup
	closing sync.Once
}

// Start runs the program. It is killed when ctx ends; either way the caller must call [Terminal.Close].
func Start(ctx context.Context, options Options) (*Terminal, error) {
	if options.Width == 0 || options.Height == 0 {
		options.Width, options.Height = 120, 40
	}
	t := &Terminal{
		cmd:     exec.CommandContext(ctx, options.Path, options.Args...),
		screen:  vt.NewSafeEmulator(options.Width, options.Height),
		changed: make(chan struct{}, 1),
		done:    make(chan struct{}),
		modes:   modes{changed: map[ansi.Mode]bool{}},
		copy:    options.Output,
		pace:    options.Pace,
	}
	if t.copy == nil {
		t.copy = io.Discard
	}
	t.screen.SetCallbacks(t.modes.callbacks())
	t.screen.SetDefaultForegroundColor(options.Foreground)
	t.screen.SetDefaultBackgroundColor(options.Background)
	t.cmd.Dir = options.Dir
	t.cmd.Env = environment(options.Env)

	started := make(chan error, 1)
	t.pumps.Go(func() { t.run(started, options.Width, options.Height) })
	if err := <-started; err != nil {
		t.pumps.Wait()
		return nil, fmt.Errorf("starting %s in a pseudo-terminal: %w", options.Path, err)
	}
	return t, nil
}

// environment adds a capable terminal's name where env has none.
func environment(env []string) []string {
	if env == nil {
		env = os.Environ()
	}
	// Of a variable given twice the last counts, so what env says wins.
	return append([]string{"TERM=xterm-256color", "COLORTERM=truecolor"}, env...)
}

// run starts the program, reports that, and then stays with it until it has ended.
func (t *Terminal) run(started chan<- error, width, height int) {
	// The kernel ties the program's life to this thread, not to the process, so the thread stays until it ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	size := &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}
	file, err := pty.StartWithAttrs(t.cmd, size, childAttributes())
	if err != nil {
		started <- err
		return
	}
	t.pty = file
	var output sync.WaitGroup
	output.Go(t.showOutput)
	t.pumps.Go(t.sendAnswers)
	started <- nil

	t.waitErr = t.cmd.Wait()
	output.Wait()
	close(t.done)
	t.notify()
}

// showOutput brings what the program prints to the screen until nobody has the pseudo-terminal open any more.
func (t *Terminal) showOutput() {
	buffer := make([]byte, 64*1024)
	if t.pace > 0 {
		buffer = buffer[:max(t.pace/50, 1)]
	}
	for {
		t.frozen.Lock()
		t.frozen.Unlock() //nolint:staticcheck // waits for as long as somebody holds it
		n, err := t.pty.Read(buffer)
		if n > 0 {
			_, _ = t.copy.Write(buffer[:n])
			_, _ = t.screen.Write(buffer[:n])
			t.notify()
		}
		if err != nil {
			return // EIO on Linux, EOF elsewhere
		}
		if t.pace > 0 {
			time.Sleep(time.Duration(n) * time.Second / time.Duration(t.pace))
		}
	}
}

// sendAnswers gives the program what the emulator says: keys, mouse events, answers to queries.
func (t *Terminal) sendAnswers() {
	buffer := make([]byte, 4096)
	for {
		n, err := t.screen.Read(buffer)
		if err != nil {
			return
		}
		_, _ = t.pty.Write(buffer[:n]) // Fails once the program is gone; then the answers go nowhere.
	}
}

// notify says that the screen may have changed. One unread notice is enough.
func (t *Terminal) notify() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// Resize changes the terminal's size in cells and tells the program.
func (t *Terminal) Resize(width, height int) error {
	t.screen.Resize(width, height)
	if err := pty.Setsize(t.pty, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)}); err != nil {
		return fmt.Errorf("resizing the pseudo-terminal: %w", err)
	}
	return nil
}

// Freeze has the terminal take nothing more, but for what it waits for already, until thaw. Whoever prints much waits then.
func (t *Terminal) Freeze() (thaw func()) {
	t.frozen.Lock()
	return sync.OnceFunc(t.frozen.Unlock)
}

// HangUp closes the terminal under the program, as closing a window does. Nothing can be typed or read any more.
func (t *Terminal) HangUp() error {
	if err := t.pty.Close(); err != nil {
		return fmt.Errorf("closing the pseudo-terminal: %w", err)
	}
	return nil
}

// Signal sends a signal to the program.
func (t *Terminal) Signal(s os.Signal) error {
	if err := t.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("sending %v to %s: %w", s, t.cmd.Path, err)
	}
	return nil
}

// Pid returns the program's process id.
func (t *Terminal) Pid() int { return t.cmd.Process.Pid }

// Done is closed when the program has ended and its last output is on the screen.
func (t *Terminal) Done() <-chan struct{} { return t.done }

// Wait returns the program's exit code when it has ended: -1 if a signal ended it.
// It returns an error if ctx ends first.
func (t *Terminal) Wait(ctx context.Context) (code int, err error) {
	select {
	case <-t.done:
	case <-ctx.Done():
		return 0, fmt.Errorf("waiting for %s to end: %w\n%s", t.cmd.Path, context.Cause(ctx), t.Dump())
	}
	if exit := (*exec.ExitError)(nil); t.waitErr != nil && !errors.As(t.waitErr, &exit) {
		return 0, fmt.Errorf("waiting for %s to end: %w", t.cmd.Path, t.waitErr)
	}
	return t.cmd.ProcessState.ExitCode(), nil
}

// Close kills the program and its children if they still run, and returns when nothing of the terminal is
// left but its last screen. It may be called more than once.
func (t *Terminal) Close() {
	t.closing.Do(func() {
		select {
		case <-t.done:
		default:
			_ = syscall.Kill(-t.cmd.Process.Pid, syscall.SIGKILL) // The program leads a session, so a group, of its own.
		}
		<-t.done
		// The emulator's own Close races with its Read; ending its input does the same without.
		if input, ok := t.screen.InputPipe().(io.Closer); ok {
			_ = input.Close()
		}
		t.pumps.Wait()
		_ = t.pty.Close()
	})
}
