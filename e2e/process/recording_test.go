package process

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/await"
)

// However a recording ends, what was written of it can be opened: closed by a signal, cut off by the kill that no process hears.
func TestRecordingIsReadableHoweverTheProcessEnds(t *testing.T) {
	kubeconfig, stop := serve(t)
	defer stop()
	for _, c := range []struct {
		signal syscall.Signal
		want   int
	}{{syscall.SIGTERM, 143}, {syscall.SIGHUP, 129}, {syscall.SIGKILL, -1}} {
		t.Run(c.signal.String(), func(t *testing.T) {
			s := start(t, program, []string{"KUBECONFIG=" + kubeconfig}, "pods", "-A")
			s.expectTaken()
			s.expect("1 live")
			s.press(":")
			s.Type("record mine.jsonl.zst")
			s.press("enter")
			s.expect("REC")
			file := filepath.Join(s.home, "mine.jsonl.zst")
			await.Success(t, patience, "pods in the recording", func(ctx context.Context) error {
				info, err := about(ctx, file)
				if err == nil && !hasPods(info) {
					err = fmt.Errorf("no pods in\n%s", info)
				}
				return err
			})
			if err := s.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			if code := s.ended(); code != c.want {
				t.Errorf("it ended with %d, want %d\n%s", code, c.want, s.Dump())
			}
			info, err := about(t.Context(), file)
			if err != nil || !hasPods(info) {
				t.Errorf("the recording: %v\n%s", err, info)
			}
			if open := strings.Contains(info, "BROKEN"); open != (c.signal == syscall.SIGKILL) {
				t.Errorf("it is said to be cut off: %v\n%s", open, info)
			}
		})
	}
}

// about is what "recording info" says.
func about(ctx context.Context, file string) (string, error) {
	out, err := exec.CommandContext(ctx, program, "recording", "info", file).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return string(out), err
}

// hasPods tells whether a recording has the first state of some pods: "pods.v1. 69 0 0 all namespaces".
func hasPods(info string) bool {
	for line := range strings.Lines(info) {
		if fields := strings.Fields(line); len(fields) > 2 && strings.HasPrefix(fields[0], "pods") && fields[1] != "0" {
			return true
		}
	}
	return false
}
