package process

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// elsewhere are the places that the demo does not come to, and what does.
func elsewhere() map[string]string {
	const (
		end   = "the end of the process, which comes about as soon: no test here"
		other = "the other program: TestPanicInTheOtherProgramLeavesAReport"
	)
	return map[string]string{
		"cli/dashboard.go#1":           end,
		"cli/ending.go#1":              end,
		"replay/apiserver/server.go#1": end,
		"workspace/workspace.go#1":     end,
		"workspace/follower.go#1":      "a page of the pane: TestPanicOfAPageGivesTheTerminalBack",
		"workspace/rewind.go#1":        "a key of a live cluster's dashboard: TestPanicInThePastGivesTheTerminalBack",
		"cli/live_record.go#1":         "a key of a live cluster's dashboard: TestPanicOfTheRecorderGivesTheTerminalBack",
		"model/view_bulk.go#1":         "a list of tens of thousands: no test here",
		"cluster/discovery.go#1":       "a server without aggregated discovery: no test here",
		"cluster/doubts.go#1":          "a server that is silent for 25 s: no test here",
		"cluster/terms.go#1":           "a server that is silent for 25 s: no test here",
		"cli/live_judge.go#1":          "a live cluster with the other program beside this one: no test here",
		"cli/signals.go#1":             "a command for the other program: no test here",
		"metrics/serve.go#1":           "the end of the process, or a server that fails: no test here",
		"follow/follower.go#1":         "a live cluster's dashboard with a configuration: no test here",
		"follow/file.go#1":             "a live cluster's dashboard with a configuration: no test here",

		"cmd/dogwatch-signals/rbac.go#1":          "the command of a moment: no test here",
		"cmd/dogwatch-signals/main.go#1":          other,
		"cmd/dogwatch-signals/delivery.go#1":      other,
		"cmd/dogwatch-signals/deliveries.go#1":    "the end of a stream that takes too long: no test here",
		"cmd/dogwatch-signals/streamsignals.go#1": other,
		"mcp/http.go#1":                           other,
		"cmd/dogwatch-signals/mcp_signals.go#1":   other,
		"signals/recorded/follow.go#1":            other,
		"stream/run.go#1":                         "the end of a stream: no test here",
		"stream/run.go#2":                         other,
		"stream/brokers/nats.go#1":                "a stream to NATS: no test here",
		"stream/brokers/nats.go#2":                "a stream to NATS: no test here",
	}
}

// Whatever goroutine panics: the terminal is as it was, the exit code says a crash, and the user is told of a report.
func TestPanicInAnyGoroutineGivesTheTerminalBack(t *testing.T) {
	if len(places) < 20 {
		t.Fatalf("there are faults in %d places only: %q", len(places), places)
	}
	for _, place := range places {
		if _, ok := elsewhere()[place]; ok {
			continue
		}
		t.Run(strings.ReplaceAll(place, "/", "_"), func(t *testing.T) {
			t.Parallel()
			s := start(t, faulty, []string{faultEnv + "=" + place}, "demo", "--pprof", "0")
			s.expectCrash()
		})
	}
}

// expectCrash waits for the program's end in a crash, and checks what it leaves.
func (s *session) expectCrash() {
	s.t.Helper()
	s.expectEnd(70)
	reports := s.reports()
	if len(reports) != 1 {
		s.t.Fatalf("the reports are %q, want one\n%s", reports, s.Dump())
	}
	const panicked = "assignment to entry in nil map"
	for _, want := range []string{"dogwatch crashed: " + panicked, "A report is in " + reports[0]} {
		if !strings.Contains(s.said(), want) {
			s.t.Errorf("it does not say %q\n%s", want, s.Dump())
		}
	}
	report, err := os.ReadFile(reports[0])
	if err != nil {
		s.t.Fatal(err)
	}
	for _, want := range []string{"panic: " + panicked, "fault.At(...)"} {
		if !strings.Contains(string(report), want) {
			s.t.Errorf("the report does not hold %q:\n%s", want, report)
		}
	}
}

func TestPlacesThatOtherTestsComeToAreThere(t *testing.T) {
	for place := range elsewhere() {
		if !slices.Contains(places, place) {
			t.Errorf("there is no %s any more", place)
		}
	}
}

// The recorder runs on a live cluster only.
func TestPanicOfTheRecorderGivesTheTerminalBack(t *testing.T) {
	kubeconfig, stop := serve(t)
	defer stop()
	s := start(t, faulty, []string{faultEnv + "=cli/live_record.go#1", "KUBECONFIG=" + kubeconfig}, "pods", "-A")
	s.expectTaken()
	s.press("R")
	s.expectCrash()
}

// A live cluster's past is shown on a live cluster only.
func TestPanicInThePastGivesTheTerminalBack(t *testing.T) {
	kubeconfig, stop := serve(t)
	defer stop()
	s := start(t, faulty, []string{faultEnv + "=workspace/rewind.go#1", "KUBECONFIG=" + kubeconfig}, "pods", "-A")
	s.expectTaken()
	s.press("t")
	s.expectCrash()
}

// A page of the pane follows what it shows while it is open.
func TestPanicOfAPageGivesTheTerminalBack(t *testing.T) {
	t.Parallel()
	s := start(t, faulty, []string{faultEnv + "=workspace/follower.go#1"}, "demo")
	s.expectTaken()
	s.expect("Running") // a row to open the page of
	s.press("H")
	s.expectCrash()
}

// serve serves the demo's recording, and gives the path of a kubeconfig for it.
func serve(t *testing.T) (kubeconfig string, stop func()) {
	t.Helper()
	recording, err := filepath.Abs(filepath.Join("..", "..", "demo", "demo.jsonl.zst"))
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	s := start(t, program, nil, "replay", recording, "--loop", "--serve", "127.0.0.1:0", "--write-kubeconfig", kubeconfig)
	s.expect("ctrl-c ends it")
	return kubeconfig, func() {
		if err := s.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		if code := s.ended(); code != 130 {
			t.Errorf("the server ended with %d, want 130", code)
		}
	}
}
