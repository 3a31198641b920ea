package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/creack/pty"
)

// timeWritten starts dogwatch and says how long after that it has written a row to a pseudo-terminal that is read and not looked
// at: an emulator would share the processors with what is measured.
func (b *bed) timeWritten(ctx context.Context, kubeconfig string) (took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	home, err := os.MkdirTemp(b.dir, "home-")
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, b.program, "pods", "-A")
	cmd.Env = []string{"HOME=" + home, "KUBECONFIG=" + kubeconfig, "TERM=xterm-256color", "COLORTERM=truecolor"}
	begin := time.Now()
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: width, Rows: height})
	if err != nil {
		return 0, fmt.Errorf("starting dogwatch: %w", err)
	}
	defer tty.Close()
	defer func() {
		cancel()
		_ = cmd.Wait() // it was killed
	}()
	row := &sighting{of: []byte("pod-"), seen: make(chan struct{})}
	buffer := make([]byte, 64<<10)
	for !row.done {
		n, err := tty.Read(buffer)
		if err != nil {
			return 0, fmt.Errorf("dogwatch ended before it had written a row: %w", err)
		}
		_, _ = row.Write(buffer[:n]) // takes all
	}
	return time.Since(begin), nil
}
