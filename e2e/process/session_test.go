package process

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// session is a dogwatch on a screen, with a home of its own.
type session struct {
	*terminal.Terminal
	t    *testing.T
	home string
}

// newHome makes a home with a folder for temporary files in it, and gives what says so in an environment.
func newHome(t *testing.T) (home, temporary string) {
	t.Helper()
	home = t.TempDir()
	folder := filepath.Join(home, temporaryFolder)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	return home, "TMPDIR=" + folder
}

const temporaryFolder = "tmp"

// start runs a program on a terminal of 120x40. env is more of its environment.
func start(t *testing.T, path string, env []string, args ...string) *session {
	t.Helper()
	home, temporary := newHome(t)
	env = append([]string{"HOME=" + home, temporary, "PATH=" + os.Getenv("PATH")}, env...)
	tty, err := terminal.Start(t.Context(), terminal.Options{
		Path: path, Args: args, Dir: home, Env: env,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tty.Close)
	return &session{tty, t, home}
}

// startDemo runs the demo and waits until it has taken the terminal.
func startDemo(t *testing.T) *session {
	t.Helper()
	s := start(t, program, nil, "demo")
	s.expectTaken()
	return s
}

func (s *session) press(keys ...string) {
	s.t.Helper()
	if err := s.Press(keys...); err != nil {
		s.t.Fatal(err)
	}
}

// expect waits until all the texts are on the screen.
func (s *session) expect(texts ...string) {
	s.t.Helper()
	s.WaitForText(s.t, patience, texts...)
}

// expectTaken waits until the program shows its tabs and has taken of the terminal what it must give back.
func (s *session) expectTaken() {
	s.t.Helper()
	s.WaitFor(s.t, patience, "the dashboard in a terminal that is taken", func(screen string) bool {
		raw, err := s.Raw()
		return err == nil && raw && s.AltScreen() && strings.Contains(screen, "NAME") && strings.Contains(strings.Join(s.ChangedModes(), ","), "mode 1006 is on")
	})
}

// ended waits for the program's end and gives its exit code.
func (s *session) ended() int {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	code, err := s.Wait(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	return code
}

// expectEnd waits for the program's end, and checks its exit code and that the terminal is as it was.
func (s *session) expectEnd(want int) {
	s.t.Helper()
	if code := s.ended(); code != want {
		s.t.Errorf("it ended with %d, want %d\n%s", code, want, s.Dump())
	}
	s.expectGivenBack()
	s.expectNothingLeft()
}

// expectNothingLeft checks that no file is left that was of use to the program only.
func (s *session) expectNothingLeft() {
	s.t.Helper()
	left, err := os.ReadDir(filepath.Join(s.home, temporaryFolder))
	if err != nil || len(left) > 0 {
		s.t.Errorf("it leaves %v, %v", left, err)
	}
}

// expectGivenBack checks that the terminal is as it was.
func (s *session) expectGivenBack() {
	s.t.Helper()
	if changed := s.ChangedModes(); s.AltScreen() || s.CursorHidden() || len(changed) > 0 {
		s.t.Errorf("the terminal is not given back: %q\n%s", changed, s.Dump())
	}
	if raw, err := s.Raw(); err != nil || raw {
		s.t.Errorf("the terminal is left in raw mode: %v (%v)", raw, err)
	}
}

// reports are the reports of crashes in the home.
func (s *session) reports() []string {
	s.t.Helper()
	found, err := filepath.Glob(filepath.Join(s.home, ".local", "state", "dogwatch", "crash-*.txt"))
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

// said is the text on the screen, in one line: a path may be broken where the screen ends.
func (s *session) said() string { return strings.ReplaceAll(s.Screen(), "\n", "") }

// spoil writes on the terminal, as another program would.
func (s *session) spoil(text string) {
	s.t.Helper()
	terminal, err := os.OpenFile(fmt.Sprintf("/proc/%d/fd/1", s.Pid()), os.O_WRONLY|syscall.O_NOCTTY, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	defer terminal.Close()
	if _, err := terminal.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}
