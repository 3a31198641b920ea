package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/dogwatch/dogwatch/replay/recording"
)

// recorder is "dogwatch record" while it runs.
type recorder struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended, with err
	err  error
	once sync.Once
}

// startRecorder starts to record all types into the file, and returns when its first state is complete.
func startRecorder(ctx context.Context, program, kubeconfig, file string) (*recorder, error) {
	args := slices.Concat([]string{"record", "-A", "-o", file, "--kubeconfig", kubeconfig}, types())
	r := &recorder{cmd: exec.CommandContext(ctx, program, args...), done: make(chan struct{})}
	r.cmd.Cancel = func() error { return r.cmd.Process.Signal(syscall.SIGTERM) }
	r.cmd.Stdout, r.cmd.Stderr = os.Stderr, os.Stderr
	if err := r.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting to record: %w", err)
	}
	go func() {
		defer close(r.done)
		r.err = r.cmd.Wait()
	}()
	if err := r.awaitState(ctx, file); err != nil {
		return nil, errors.Join(fmt.Errorf("waiting for the recording to begin: %w", err), r.stop())
	}
	return r, nil
}

// awaitState returns when the file has the state of all types but the one that is defined later.
func (r *recorder) awaitState(ctx context.Context, file string) error {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		if live, err := liveTypes(file); err != nil || live == len(types())-1 {
			return err
		}
		select {
		case <-tick.C:
		case <-r.done:
			return errors.New("dogwatch record has ended")
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// liveTypes counts the types whose watch is live at the end of a recording that is being written.
func liveTypes(file string) (int, error) {
	content, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	rec, err := recording.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return 0, nil //nolint:nilerr // it has not begun yet
	}
	live := map[recording.TypeName]bool{}
	for _, s := range rec.Segments() {
		err := s.Read(func(e *recording.Entry) error {
			if e.Kind == recording.Watch {
				live[e.Type] = e.Live
			}
			return nil
		})
		if cut := (*recording.CutError)(nil); err != nil && !errors.As(err, &cut) {
			return 0, err
		}
	}
	n := 0
	for _, is := range live {
		if is {
			n++
		}
	}
	return n, nil
}

// stop ends the recording, once, and waits for it.
func (r *recorder) stop() error {
	r.once.Do(func() { _ = r.cmd.Process.Signal(syscall.SIGTERM) })
	select {
	case <-r.done:
	case <-time.After(recordTimeout):
		_ = r.cmd.Process.Kill()
		<-r.done
	}
	// A signal is a good end of a recording: dogwatch exits with 0.
	if r.err != nil {
		return fmt.Errorf("recording: %w", r.err)
	}
	return nil
}
