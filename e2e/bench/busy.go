package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/dogwatch/dogwatch/e2e/terminal"
)

const kubeconfigName = "kubeconfig"

// busy is a cluster in another process, whose pods change.
type busy struct {
	cmd        *exec.Cmd
	orders     io.WriteCloser
	outcomes   *bufio.Reader
	kubeconfig string
	// present is how many pods there are.
	present int
}

// bedWithBusy makes a bed and a server of pods that change; stop ends both.
func bedWithBusy(ctx context.Context, program string, pods int) (b *bed, c *busy, stop func() error, err error) {
	if b, err = makeBed(ctx, program); err != nil {
		return nil, nil, nil, err
	}
	if c, err = b.startBusy(ctx, pods); err != nil {
		return nil, nil, nil, errors.Join(err, b.remove())
	}
	return b, c, func() error { return errors.Join(c.end(), b.remove()) }, nil
}

func (b *bed) startBusy(ctx context.Context, pods int) (*busy, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "serve-load", "-pods", strconv.Itoa(pods), "-dir", b.dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the server: %w", err)
	}
	c := &busy{cmd: cmd, orders: in, outcomes: bufio.NewReader(out), kubeconfig: filepath.Join(b.dir, kubeconfigName), present: pods}
	for line := ""; line != ready+"\n"; { // first it says what the machine is like
		if line, err = c.outcomes.ReadString('\n'); err != nil {
			return nil, errors.Join(fmt.Errorf("waiting for the server: %w", err), c.end())
		}
	}
	return c, nil
}

// end ends the server.
func (c *busy) end() error { return errors.Join(c.orders.Close(), c.cmd.Wait()) }

// during runs f while pods change at a rate, and says how many changes a second there were.
func (c *busy) during(ctx context.Context, rate int, length time.Duration, f func(ctx context.Context) error) (achieved float64, err error) {
	if _, err := fmt.Fprintf(c.orders, order, rate, length); err != nil {
		return 0, fmt.Errorf("having pods change: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	if err := f(limited); err != nil && !errors.Is(err, context.DeadlineExceeded) { // which is the end that was wanted
		return 0, err
	}
	var changes int
	var took time.Duration
	if _, err := fmt.Fscanf(c.outcomes, outcome, &changes, &took, &c.present); err != nil {
		return 0, fmt.Errorf("waiting for the changes: %w", err)
	}
	return float64(changes) / took.Seconds(), nil
}

// pressKeys moves the cursor down and up between the first two rows, five times a second and more slowly where the screen is,
// until ctx ends. A key that is not answered within ten seconds is an error.
func pressKeys(ctx context.Context, tty *terminal.Terminal) (keys figures, err error) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return keys, context.Cause(ctx)
		}
		key := "down"
		if placeOf(tty.Screen()).row != 1 {
			key = "home"
		}
		// The last key may take longer than there is time.
		each, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), 10*time.Second, fmt.Errorf("no answer to the key %s", key))
		took, _, err := moveCursor(each, tty, key)
		cancel()
		if err != nil {
			return keys, err
		}
		keys = append(keys, took)
	}
}
