package process

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/await"
)

// other is the program that knows rules. No fault in it shows unless it is named.
func other() string { return filepath.Join(filepath.Dir(faulty), "dogwatch-signals") }

func demoRecording(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "demo", "demo.jsonl.zst"))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// What panics in the program that knows rules, and has no screen, leaves a report too, and says neither what the panic said nor what
// functions were called with: its log may go anywhere.
func TestPanicInTheOtherProgramLeavesAReport(t *testing.T) {
	kubeconfig, stop := serve(t)
	defer stop()
	recording := demoRecording(t)
	stream := []string{"stream", "-A", "pods", "--signals", "--kubeconfig", kubeconfig}
	t.Run("at", func(t *testing.T) { // which ends when all of them have, that run beside each other
		for place, args := range map[string][]string{
			"cmd/dogwatch-signals/main.go#1":          {"rules"},
			"cmd/dogwatch-signals/delivery.go#1":      stream,
			"cmd/dogwatch-signals/streamsignals.go#1": stream,
			"stream/run.go#2":                         stream,
			"mcp/http.go#1":                           {"mcp", "--http", "0", "--recording", recording},
			"cmd/dogwatch-signals/mcp_signals.go#1":   {"mcp", "--signals", "--recording", recording},
			"signals/recorded/follow.go#1":            {"follow"},
			"replay/served/served.go#1":               {"mcp", "--recording", recording},
		} {
			t.Run(strings.ReplaceAll(place, "/", "_"), func(t *testing.T) {
				t.Parallel()
				panicAt(t, place, args)
			})
		}
	})
}

// panicAt runs the other program with a fault at a place.
func panicAt(t *testing.T, place string, args []string) {
	t.Helper()
	home, temporary := newHome(t)
	command := exec.CommandContext(t.Context(), other(), args...)
	command.Env = []string{"HOME=" + home, temporary, faultEnv + "=" + place}
	var said bytes.Buffer
	command.Stdout, command.Stderr = io.Discard, &said
	in, err := command.StdinPipe() // it stays open: nothing ends before the panic
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var exit *exec.ExitError
	if err := command.Run(); !errors.As(err, &exit) || exit.ExitCode() != 70 {
		t.Errorf("it ends with %v", err)
	}
	s := &session{t: t, home: home}
	reports := s.reports()
	if len(reports) != 1 || !strings.HasSuffix(said.String(), "dogwatch crashed: assignment to entry in nil map\nA report is in "+reports[0]+". It holds no data of the cluster.\n") {
		t.Errorf("the reports are %q, and it says\n%s", reports, &said)
	}
	if strings.Contains(said.String(), "goroutine ") {
		t.Errorf("a stack is said:\n%s", &said)
	}
	s.expectNothingLeft()
}

// words is what a process says.
type words struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *words) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(text)
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// TestTheOtherProgramListensOnlyWhereAskedFor is TestNothingListensUnlessAskedFor for what has no screen.
func TestTheOtherProgramListensOnlyWhereAskedFor(t *testing.T) {
	const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`
	kubeconfig := nowhere(t)
	for name, c := range map[string]struct {
		args []string
		said string // when it is at work
		want int
	}{
		"answers":                {[]string{"mcp", "--kubeconfig", kubeconfig}, `"id":1,`, 0},
		"answers over HTTP":      {[]string{"mcp", "--kubeconfig", kubeconfig, "--http", "0"}, "answering at http://127.0.0.1:", 1},
		"answers of a recording": {[]string{"mcp", "--recording", demoRecording(t)}, `"id":1,`, 1},
		"a stream":               {[]string{"stream", "pods", "--kubeconfig", kubeconfig}, "not watching", 0},
	} {
		t.Run(name, func(t *testing.T) {
			home, temporary := newHome(t)
			command := exec.CommandContext(t.Context(), other(), c.args...)
			command.Env = []string{"HOME=" + home, temporary}
			said := &words{}
			command.Stdout, command.Stderr = said, said
			in, err := command.StdinPipe()
			if err == nil {
				err = command.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := in.Write([]byte(hello + "\n")); err != nil {
				t.Fatal(err)
			}
			await.Success(t, patience, c.said+" to be said", func(context.Context) error {
				if !strings.Contains(said.String(), c.said) {
					return errors.New("it says " + said.String())
				}
				return nil
			})
			expectListening(t, command.Process.Pid, c.want)
			_ = command.Process.Kill()
			_ = command.Wait()
			(&session{t: t, home: home}).expectNothingLeft() // though it was killed
		})
	}
}
