package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/replay/recorder"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/ui/text"
)

// judge runs the program once.
func (l *liveSignals) judge(ctx context.Context) error {
	of := l.enter()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	said := &lastLine{}
	command, in, out, err := l.start(ctx, said)
	if err != nil {
		return err
	}
	var beside sync.WaitGroup
	if !l.isPlayed {
		beside.Go(func() {
			defer runtime.HandleCrash()
			defer in.Close()
			if err := l.record(ctx, cancel, of, in); err != nil && ctx.Err() == nil {
				klog.Warningf("signals: %v", err)
			}
		})
		beside.Go(func() { defer runtime.HandleCrash(); l.watch(ctx, cancel) })
	}
	readErr := l.read(out)
	if readErr != nil {
		cancel(readErr) // what it says cannot be understood
	}
	err = command.Wait()
	cause := context.Cause(ctx)
	cancel(nil)
	beside.Wait()
	switch {
	case errors.Is(cause, errOtherContext):
		return errOtherContext
	case readErr != nil:
		return readErr
	case err != nil && command.ProcessState.Exited() && said.text() != "": // one that is killed has not said why
		return errors.New(said.text())
	case err != nil:
		return fmt.Errorf("running %s: %w", signalsProgram, err)
	}
	return nil
}

// start starts the program, which ends with ctx. in is what it reads from, nil where a recording is played, and out is what it says; said is given its complaints.
func (l *liveSignals) start(ctx context.Context, said io.Writer) (command *exec.Cmd, in io.WriteCloser, out io.Reader, err error) {
	program, err := l.find()
	if err != nil {
		return nil, nil, nil, err
	}
	args := []string{"follow"}
	if l.follows {
		args = append(args, "--configured")
	}
	command = exec.CommandContext(ctx, program, append(args, l.args...)...)
	command.WaitDelay = time.Second
	command.Stderr = said
	if out, err = command.StdoutPipe(); err == nil && !l.isPlayed {
		in, err = command.StdinPipe()
	}
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("running %s: %w", signalsProgram, err)
	}
	return command, in, out, nil
}

// record writes what is watched in a context to the program until ctx ends, or the workspace goes to another context.
func (l *liveSignals) record(ctx context.Context, cancel context.CancelCauseFunc, of string, to io.Writer) error {
	writer, err := recording.NewWriter(to)
	if err != nil {
		return err
	}
	var sources []recorder.Source // those of the last time
	var unseen unseenTypes
	r := recorder.New(&asking{Writer: writer, l: l, edit: -1}, recorder.Options{
		Context: of, Version: func() string { return "" }, Wake: l.wake, Live: true,
		Sources: func() []recorder.Source {
			now := setup.Sources(l.ws)
			if l.ws.Snapshot().Context != of { // asked last: the watches are switched after it
				cancel(errOtherContext)
				return sources
			}
			sources = now
			l.noteUnseen(&unseen)
			return sources
		},
	})
	return r.Run(ctx)
}

// unseenTypes are types of rules of which nothing is seen, as far as the log tells of them.
type unseenTypes struct {
	unserved setup.Unserved
	refused  []string
}

// noteUnseen looks which types of the user's rules the server does not have, and which of all may not be watched.
func (l *liveSignals) noteUnseen(unseen *unseenTypes) {
	news := slices.DeleteFunc(l.held.Refused(), func(name string) bool { return slices.Contains(unseen.refused, name) })
	if len(news) > 0 {
		klog.Warningf("signals: you may not watch %s: rules tell nothing of that", strings.Join(news, ", "))
	}
	unseen.refused = append(unseen.refused, news...)
	l.mu.Lock()
	own := l.wanted.Own
	l.mu.Unlock()
	unserved := unseen.unserved.Of(l.ws, own)
	l.mu.Lock()
	isSame := slices.Equal(l.unserved, unserved)
	l.unserved = unserved
	l.mu.Unlock()
	if isSame {
		return
	}
	if len(unserved) > 0 {
		klog.Warningf("signals: there is no type %s", strings.Join(unserved, ", "))
	}
	l.changed()
}

// setReady tells that rules are applied, to all that there is.
func (l *liveSignals) setReady() {
	l.mu.Lock()
	l.err = nil
	l.answers++
	l.mu.Unlock()
	l.list.SetReady()
}

// read takes what the program says until it ends.
func (l *liveSignals) read(from io.Reader) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, 64<<10), signal.MaxMessage)
	for lines.Scan() {
		var m signal.Message
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			return fmt.Errorf("%s is of another version: %w", signalsProgram, err)
		}
		switch {
		case m.Signal != nil:
			l.list.Take(m.Signal)
		case m.Judged:
			l.answered()
		case m.Ready:
			l.setReady()
		case m.Wanted != nil:
			l.mu.Lock()
			l.wanted = *m.Wanted
			l.mu.Unlock()
			if err := l.hold(); err != nil {
				klog.Warningf("signals: %v", err)
			}
			l.mark() // for who looks whether the server has them
			l.changed()
		case m.Fault != nil:
			l.mu.Lock()
			l.faults = append(l.faults[:len(l.faults):len(l.faults)], *m.Fault)
			l.mu.Unlock()
			klog.Warning(m.Fault)
			l.changed()
		}
	}
	return lines.Err()
}

// lastLine keeps the last line that is written to it, and sends all of them to the log.
type lastLine struct {
	mu   sync.Mutex
	rest string
	last string
}

// Write implements io.Writer.
func (w *lastLine) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	const most = 64 << 10
	w.rest += string(b)
	for {
		line, rest, more := strings.Cut(w.rest, "\n")
		if !more && len(w.rest) < most {
			return len(b), nil
		}
		w.last, w.rest = text.Clean(line), rest
		klog.Warningf("%s: %s", signalsProgram, w.last)
	}
}

func (w *lastLine) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}
