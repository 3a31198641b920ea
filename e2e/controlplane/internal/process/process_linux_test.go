package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/e2e/await"
)

// parentEnv makes this test's binary play a parent that is going to be killed.
const parentEnv = "DOGWATCH_E2E_TEST_PARENT"

func TestChildDiesWithItsParent(t *testing.T) {
	if dir := os.Getenv(parentEnv); dir != "" {
		playParent(dir)
	}
	parent := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChildDiesWithItsParent$")
	parent.Env = append(os.Environ(), parentEnv+"="+t.TempDir())
	output, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	await.Success(t, time.Minute, "the child's end", func(context.Context) error {
		return gone(child)
	})
}

// playParent starts a child, prints its pid and waits to be killed.
func playParent(dir string) {
	p, err := Start("/bin", dir, "sleep", "600")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(p.Pid())
	_ = p.WaitReady(context.Background(), func(context.Context) error { return errors.New("never") })
	os.Exit(1)
}

// gone returns nil if the process has ended, even if nobody has waited for it.
func gone(pid int) error {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) || strings.Contains(string(stat), ") Z ") {
		return nil
	}
	return fmt.Errorf("process %d runs: %s %w", pid, stat, err)
}

func TestStopKillsAProgramThatIgnoresSIGTERM(t *testing.T) {
	p, err := Start("/bin", t.TempDir(), "sh", "-c", `trap '' TERM; echo armed; while :; do sleep 1; done`)
	if err != nil {
		t.Fatal(err)
	}
	await.Success(t, time.Minute, "the trap", func(context.Context) error {
		if !strings.Contains(p.Tail(5), "armed") {
			return errors.New("not set")
		}
		return nil
	})
	p.Stop(time.Millisecond)
	if p.Running() || p.exit().Error() != "signal: killed" {
		t.Errorf("ended with %v, want killed", p.exit())
	}
}
