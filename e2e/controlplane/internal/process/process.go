// Package process runs the programs of a control plane as children that never outlive it.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// tailLines is how much of a program's output is shown when it fails.
const tailLines = 25

// Process is one program: alone in its process group, its output in a file.
// Its methods may be called from any goroutine.
type Process struct {
	name   string
	output string
	cmd    *exec.Cmd
	done   chan struct{} // closed when the program has ended
	err    error         // how it ended; read only after done is closed
}

// Start runs the program binaries/name. Its output goes to the end of dir/name.log, its working directory is dir.
func Start(binaries, dir, name string, args ...string) (*Process, error) {
	p := &Process{
		name:   name,
		output: filepath.Join(dir, name+".log"),
		cmd:    exec.Command(filepath.Join(binaries, name), args...),
		done:   make(chan struct{}),
	}
	output, err := os.OpenFile(p.output, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	p.cmd.Dir = dir
	p.cmd.Stdout, p.cmd.Stderr = output, output
	p.cmd.SysProcAttr = childAttributes()

	started := make(chan error, 1)
	go func() {
		// The kernel ties the child's life to this thread, not to the process, so the thread stays until the child ends.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.done)
		err := p.cmd.Start()
		_ = output.Close()
		started <- err
		if err == nil {
			p.err = p.cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	return p, nil
}

// WaitReady asks probe again and again until it returns nil.
// It gives up when ctx ends or the program does, and then shows the program's last output.
func (p *Process) WaitReady(ctx context.Context, probe func(context.Context) error) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := probe(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.done:
			return fmt.Errorf("not ready: %w", p.Failure())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w (%w)\n%s", p.name, context.Cause(ctx), err, p.Tail(tailLines))
		}
	}
}

// Failure says how the program ended, for programs that should run until they are told to end, and shows its
// last output. It returns nil while the program runs.
func (p *Process) Failure() error {
	if p.Running() {
		return nil
	}
	return fmt.Errorf("%s ended by itself: %w\n%s", p.name, p.exit(), p.Tail(tailLines))
}

func (p *Process) exit() error {
	if p.err == nil {
		return errors.New("exit status 0")
	}
	return p.err
}

// Name returns the program's name.
func (p *Process) Name() string { return p.name }

// Pid returns the program's process id, which is also that of its process group.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Running says whether the program has not ended yet.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Stop asks the program to end, kills its process group after grace, and returns when it is gone.
func (p *Process) Stop(grace time.Duration) {
	p.signal(syscall.SIGTERM)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		p.Kill()
	}
}

// Kill ends the program's process group at once and returns when the program is gone.
func (p *Process) Kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// signal reaches the whole process group. Once the program has been waited for its id may belong
// to somebody else, so nothing is sent then.
func (p *Process) signal(s syscall.Signal) {
	if p.Running() {
		_ = syscall.Kill(-p.cmd.Process.Pid, s)
	}
}

// Tail returns the last lines of the program's output.
func (p *Process) Tail(lines int) string {
	content, err := os.ReadFile(p.output)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(content), "\n"), "\n")
	all = all[max(0, len(all)-lines):]
	return fmt.Sprintf("--- last lines of %s:\n%s\n", p.name, strings.Join(all, "\n"))
}
