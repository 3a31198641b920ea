package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/dogwatch/dogwatch/replay/recording"
)

// recorder is "dogwatch record" while it runs.
type recorder struct {
	cmd   *exec.Cmd
	file  string
	began time.Time
	done  chan error // has one error, nil perhaps, when it has ended
}

func startRecorder(ctx context.Context, program, file, kubeconfig string) (*recorder, error) {
	cmd := exec.CommandContext(ctx, program, "record", "pods", "-A", "--force", "-o", file, "--kubeconfig", kubeconfig)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Stderr = os.Stderr
	r := &recorder{cmd: cmd, file: file, began: time.Now(), done: make(chan error, 1)}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting to record: %w", err)
	}
	go func() { r.done <- cmd.Wait() }()
	return r, nil
}

// settle returns when the file has not grown for some seconds, so that all that happened is in it.
func (r *recorder) settle(ctx context.Context) error {
	tick := time.NewTicker(3 * time.Second)
	defer tick.Stop()
	for size := int64(-1); ; {
		info, err := os.Stat(r.file)
		if err != nil || info.Size() == size {
			return err
		}
		size = info.Size()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// end ends the recording and waits for it.
func (r *recorder) end() error {
	_ = r.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	if err := <-r.done; err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	return nil
}

// awaitState returns when the first state, of so many objects, is in the file.
func (r *recorder) awaitState(ctx context.Context, objects int) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		if r.hasState(objects) {
			return nil
		}
		select {
		case <-tick.C:
		case err := <-r.done:
			r.done <- err
			return errors.New("the recorder has ended before it began")
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (r *recorder) hasState(objects int) bool {
	rec, err := recording.OpenPath(r.file)
	if err != nil {
		return false // it is not there yet
	}
	defer rec.Close()
	first := rec.Segments()[0]
	if first.Objects != objects {
		return false
	}
	for line, err := range first.Lines() {
		if err != nil {
			return false
		}
		if line.Kind != recording.Present {
			return true
		}
	}
	return false
}

// usage is what the recorder has taken so far.
type usage struct {
	at   time.Time
	file int64 // bytes in the file
	rss  int64 // bytes
	cpu  time.Duration
}

func (u usage) String() string { return fmt.Sprintf("resident %.0f MB", mega(u.rss)) }

// report prints the recorder's memory, some time after the first state.
func (r *recorder) report(passed time.Duration) error {
	u, err := r.usage()
	if err == nil {
		fmt.Printf("after %7s: %s, file %.1f MB\n", passed.Round(time.Second), u, mega(u.file))
	}
	return err
}

func (r *recorder) usage() (usage, error) {
	u := usage{at: time.Now()}
	info, err := os.Stat(r.file)
	if err != nil {
		return u, err
	}
	u.file = info.Size()
	if u.rss, err = residentOf(r.cmd.Process.Pid); err != nil {
		return u, err
	}
	u.cpu, err = cpuOf(r.cmd.Process.Pid)
	return u, err
}
