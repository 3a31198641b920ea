package process

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/terminal"
)

// startWithout runs dogwatch with an environment that has no home.
func startWithout(t *testing.T, path string, env []string, args ...string) *session {
	t.Helper()
	dir, temporary := newHome(t)
	tty, err := terminal.Start(t.Context(), terminal.Options{Path: path, Args: args, Dir: dir, Env: append([]string{temporary}, env...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tty.Close)
	return &session{tty, t, dir}
}

func TestWithoutAHomeItShowsAndEnds(t *testing.T) {
	kubeconfig, stop := serve(t)
	defer stop()
	for name, args := range map[string][]string{"a recording": {"demo"}, "a cluster": {"pods", "-A", "--kubeconfig", kubeconfig}} {
		t.Run(name, func(t *testing.T) {
			s := startWithout(t, program, []string{}, args...)
			s.expectTaken()
			s.press("ctrl+l")
			s.expect("no history is kept")
			s.press("q", "q") // closes the log, and quits
			s.expectEnd(0)
		})
	}
}

// A home that is no folder is as good as none, where the kubeconfig is elsewhere.
func TestAHomeThatIsNoFolderIsNone(t *testing.T) {
	kubeconfig, stop := serve(t)
	defer stop()
	home := filepath.Join(t.TempDir(), "home")
	write(t, home, "")
	s := startWithout(t, program, []string{"HOME=" + home, "KUBECONFIG=" + kubeconfig}, "pods", "-A")
	s.expectTaken()
	s.press("q")
	s.expectEnd(0)
}

// What client-go would do for who has a kubeconfig of 2014, to write it anew elsewhere, is not for who only reads.
func TestNoKubeconfigIsWritten(t *testing.T) {
	kubeconfig, stop := serve(t)
	defer stop()
	content, err := os.ReadFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".kube"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(home, ".kube", ".kubeconfig"), string(content))
	s := startWithout(t, program, []string{"HOME=" + home, "KUBECONFIG=" + kubeconfig}, "pods", "-A")
	s.expectTaken()
	s.press("q")
	s.expectEnd(0)
	if _, err := os.Stat(filepath.Join(home, ".kube", "config")); !os.IsNotExist(err) {
		t.Errorf("a kubeconfig was written (%v)", err)
	}
}

// Where no report can be written, it is shown instead.
func TestPanicWithoutAHomeShowsTheReport(t *testing.T) {
	s := startWithout(t, faulty, []string{faultEnv + "=state/history.go#1", "XDG_STATE_HOME=/proc/none"}, "demo")
	s.expectEnd(70)
	for _, want := range []string{"dogwatch crashed: assignment to entry in nil map", "No report could be written", "fault.At(...)"} {
		if !strings.Contains(s.said(), want) {
			t.Errorf("it does not say %q\n%s", want, s.Dump())
		}
	}
}

// What is wrong with the configuration is on the screen, and what is right is used.
func TestBrokenConfigurationIsSaidOnTheScreen(t *testing.T) {
	config := t.TempDir()
	if err := os.Mkdir(filepath.Join(config, "dogwatch"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(config, "dogwatch", "config.yaml"), []byte("theme: drak\nkeys: {quit: Q}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, program, []string{"XDG_CONFIG_HOME=" + config}, "demo")
	s.expect(`✖ config.yaml:1: theme: "drak" is none of dark, light, 16, none`)
	s.press("q", "y") // q does nothing any more
	s.expect("apiVersion: v1")
	s.press("Q")
	s.expectEnd(0)
}

// The kubeconfig is read when a context is opened: what becomes of the file does not touch what runs.
func TestKubeconfigMayChangeWhileItRuns(t *testing.T) {
	kubeconfig, stop := serve(t)
	defer stop()
	content, err := os.ReadFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(t.TempDir(), "kubeconfig")
	write(t, mine, string(content))
	s := start(t, program, []string{"KUBECONFIG=" + mine}, "pods", "-A")
	s.expectTaken()
	s.expect("1 live")
	for _, c := range []struct {
		name   string
		change func()
		want   string
	}{
		{"broken", func() { write(t, mine, "{[") }, "kubeconfig"},
		{"gone", func() {
			if err := os.Remove(mine); err != nil {
				t.Fatal(err)
			}
		}, "other"},
	} {
		c.change()
		s.press(":")
		s.Type("ctx other")
		s.press("enter")
		s.expect("✖", c.want, "1 live")
		s.press("k") // takes the message away
		s.WaitForNoText(t, patience, "✖")
	}
	write(t, mine, strings.ReplaceAll(string(content), "shop-eu", "other"))
	s.press(":")
	s.Type("ctx other")
	s.press("enter")
	s.WaitFor(t, patience, "the new context", func(screen string) bool {
		first, _, _ := strings.Cut(screen, "\n")
		return strings.Contains(first, "other") && strings.Contains(first, "1 live")
	})
	s.press("q")
	s.expectEnd(0)
}

// write replaces a file, as editors do.
func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func TestUnreadableKubeconfigIsSaid(t *testing.T) {
	dir := t.TempDir()
	s := start(t, program, []string{"KUBECONFIG=" + dir}, "pods")
	if code := s.ended(); code != 1 {
		t.Errorf("it ended with %d, want 1\n%s", code, s.Dump())
	}
	s.expectGivenBack()
	if !strings.Contains(s.said(), "dogwatch: ") || !strings.Contains(s.said(), filepath.Base(dir)) {
		t.Errorf("it does not name the file\n%s", s.Dump())
	}
}
