package dashboard

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

func TestSignalsEndTheProgramInOrder(t *testing.T) {
	for _, c := range []struct {
		signal syscall.Signal
		want   int
	}{{syscall.SIGINT, 130}, {syscall.SIGTERM, 143}, {syscall.SIGHUP, 129}} {
		t.Run(c.signal.String(), func(t *testing.T) {
			s := start(t, bare, controlplane.Reader, "configmaps", "csistoragecapacities")
			s.expectTop("2 live")
			expectOpenWatches(t, "csistoragecapacities", 1)
			s.expectTaken()
			if err := s.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			s.expectExit(c.want)
			expectOpenWatches(t, "csistoragecapacities", 0)
			expectWatches(t, bare, controlplane.Reader, "configmaps", 0)
			if screen := strings.TrimSpace(s.Screen()); screen != "" {
				t.Errorf("it has left something on the screen:\n%s", s.Dump())
			}
		})
	}
}

func TestPanicGivesTheTerminalBackAndLeavesAReport(t *testing.T) {
	home := t.TempDir()
	kubeconfig, err := bare.Kubeconfig(controlplane.Reader, "default")
	if err != nil {
		t.Fatal(err)
	}
	s := startProgram(t, crashing, home, kubeconfig, "configmaps")
	s.expectTop("1 live")
	s.expectTaken()
	if err := s.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	s.expectExit(70)
	expectWatches(t, bare, controlplane.Reader, "configmaps", 0)

	reports, err := filepath.Glob(filepath.Join(home, ".local", "state", "dogwatch", "crash-*.txt"))
	if err != nil || len(reports) != 1 {
		t.Fatalf("the reports are %q (%v), want one\n%s", reports, err, s.Dump())
	}
	// The path may be broken into lines where the screen ends.
	said := strings.ReplaceAll(s.Screen(), "\n", "")
	for _, want := range []string{"dogwatch crashed: assignment to entry in nil map", "A report is in", reports[0]} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q\n%s", want, s.Dump())
		}
	}
	report, err := os.ReadFile(reports[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"panic: assignment to entry in nil map", "main.stumble", "crash.go:"} {
		if !strings.Contains(string(report), want) {
			t.Errorf("the report does not hold %q:\n%s", want, report)
		}
	}
}
