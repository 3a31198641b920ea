package replay

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// pace is the pause between two looks at a condition.
const pace = 100 * time.Millisecond

// until returns when check does without an error. It gives up when ctx ends.
func until(ctx context.Context, what string, check func(context.Context) error) error {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w (%w)", what, err, context.Cause(ctx))
		}
	}
}

// process is a program that runs beside the test.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr output
	done           chan struct{} // closed when it has ended, with err
	err            error
}

// start starts a program. It ends with ctx at the latest.
func start(ctx context.Context, env []string, program string, args ...string) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, program, args...), done: make(chan struct{})}
	p.cmd.Env = env
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", program, err)
	}
	go func() {
		defer close(p.done)
		p.err = p.cmd.Wait()
	}()
	return p, nil
}

// running returns an error if the program has ended.
func (p *process) running() error {
	select {
	case <-p.done:
		return fmt.Errorf("%s has ended: %w\n%s", p.cmd, p.err, p.stderr.String())
	default:
		return nil
	}
}

// end asks the program to end, waits until it has, and returns how it did.
func (p *process) end(signal syscall.Signal) error {
	_ = p.cmd.Process.Signal(signal) // it may have ended
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		_ = p.cmd.Process.Kill()
		<-p.done
	}
	if p.err != nil {
		return fmt.Errorf("ending %s: %w\n%s", p.cmd, p.err, p.stderr.String())
	}
	return nil
}

// output is what a program has printed so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
