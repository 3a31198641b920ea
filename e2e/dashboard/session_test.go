package dashboard

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// session is a dogwatch on a screen of 160x40 and the test that uses it.
type session struct {
	*terminal.Terminal
	t *testing.T
}

// start runs dogwatch as a user whose kubeconfig names the namespace default.
func start(t *testing.T, cluster *controlplane.ControlPlane, user string, args ...string) *session {
	t.Helper()
	kubeconfig, err := cluster.Kubeconfig(user, "default")
	if err != nil {
		t.Fatal(err)
	}
	return startWith(t, kubeconfig, args...)
}

// startWith runs dogwatch with a kubeconfig, which need not exist.
func startWith(t *testing.T, kubeconfig string, args ...string) *session {
	t.Helper()
	return startProgram(t, program, t.TempDir(), kubeconfig, args...)
}

// startProgram runs a dogwatch in a home of its own.
func startProgram(t *testing.T, path, home, kubeconfig string, args ...string) *session {
	t.Helper()
	tty, err := terminal.Start(t.Context(), terminal.Options{
		Path: path, Args: args, Width: 160, Height: 40,
		Env: []string{"HOME=" + home, "KUBECONFIG=" + kubeconfig},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tty.Close)
	return &session{Terminal: tty, t: t}
}

func (s *session) press(keys ...string) {
	s.t.Helper()
	if err := s.Press(keys...); err != nil {
		s.t.Fatal(err)
	}
}

// command types a line after ":".
func (s *session) command(line string) {
	s.t.Helper()
	s.press(":")
	s.Type(line)
	s.press("enter")
}

// expect waits until all the texts are on the screen.
func (s *session) expect(texts ...string) {
	s.t.Helper()
	s.WaitForText(s.t, patience, texts...)
}

// expectGone waits until the text is nowhere on the screen.
func (s *session) expectGone(text string) {
	s.t.Helper()
	s.WaitForNoText(s.t, patience, text)
}

// expectTop waits until the first line holds the text.
func (s *session) expectTop(text string) {
	s.t.Helper()
	s.WaitFor(s.t, patience, text+" on the first line", func(screen string) bool {
		first, _, _ := strings.Cut(screen, "\n")
		return strings.Contains(first, text)
	})
}

// expectRow waits until one line holds all the texts.
func (s *session) expectRow(texts ...string) {
	s.t.Helper()
	s.WaitFor(s.t, patience, "a row with "+strings.Join(texts, ", "), func(screen string) bool {
		return slices.ContainsFunc(strings.Split(screen, "\n"), func(line string) bool { return containsAll(line, texts) })
	})
}

func containsAll(line string, texts []string) bool {
	return !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(line, text) })
}

// quit presses q and expects that the program ends well and gives the terminal back.
func (s *session) quit() {
	s.t.Helper()
	s.press("q")
	s.expectExit(0)
}

// expectExit waits for the program's end.
func (s *session) expectExit(want int) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	code, err := s.Wait(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	if code != want {
		s.t.Errorf("dogwatch ended with %d, want %d\n%s", code, want, s.Dump())
	}
	if changed := s.ChangedModes(); s.AltScreen() || s.CursorHidden() || len(changed) > 0 {
		s.t.Errorf("dogwatch has not given the terminal back: %q", changed)
	}
	if raw, err := s.Raw(); err != nil || raw {
		s.t.Errorf("dogwatch has left the terminal in raw mode: %v (%v)", raw, err)
	}
}

// expectTaken waits until the program has taken all of the terminal that it must give back.
func (s *session) expectTaken() {
	s.t.Helper()
	await.Success(s.t, patience, "dogwatch to switch what it switches back", func(context.Context) error {
		changed := strings.Join(s.ChangedModes(), ", ")
		for _, mode := range []string{"mode 25 is on: false", "mode 1049 is on: true", "mode 1006 is on: true", "mode 2004 is on: true"} {
			if !strings.Contains(changed, mode) {
				return fmt.Errorf("%s is not among %s", mode, changed)
			}
		}
		return nil
	})
	if raw, err := s.Raw(); err != nil || !raw {
		s.t.Errorf("the terminal is in raw mode: %v (%v)", raw, err)
	}
}

// kubectl runs kubectl as the administrator.
func kubectl(t *testing.T, cluster *controlplane.ControlPlane, args ...string) {
	t.Helper()
	if _, err := cluster.Kubectl(t.Context(), args...); err != nil {
		t.Fatal(err)
	}
}

// apply stores a manifest. A type in it may be so new that it is not served yet.
func apply(t *testing.T, cluster *controlplane.ControlPlane, manifest string) {
	t.Helper()
	await.Success(t, patience, "the manifest to be taken", func(ctx context.Context) error {
		return cluster.Apply(ctx, manifest)
	})
}

// cleanUp runs kubectl after the test, whatever became of it.
func cleanUp(t *testing.T, cluster *controlplane.ControlPlane, args ...string) {
	t.Cleanup(func() {
		// The test's own context has ended by now.
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if _, err := cluster.Kubectl(ctx, args...); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("cleaning up: %v", err)
		}
	})
}
