package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/replay/recorder"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// liveRecorder records what the dashboard watches: its watches have one more subscriber each, and keep objects whole
// meanwhile.
type liveRecorder struct {
	ws      *workspace.Workspace
	changed func() // the screen is to be drawn again
	wake    chan struct{}
	create  func(path string) (*os.File, error)

	starting sync.Mutex // held by Start, which may wait for a disk; before mu
	mu       sync.Mutex
	run      *liveRecording // nil while nothing is recorded
	err      error          // why the last one ended by itself
	closed   bool           // nothing is begun any more
}

// liveRecording is one recording.
type liveRecording struct {
	file    *os.File
	written atomic.Int64
	since   time.Time
	rec     *recorder.Recorder
	cancel  context.CancelCauseFunc
	done    chan struct{} // closed when the file is
	err     error         // to be read after done
}

// errOtherContext ends a recording: it is of one cluster.
var errOtherContext = errors.New("the context was switched, and a recording is of one cluster")

func newLiveRecorder(changed func()) *liveRecorder {
	return &liveRecorder{
		changed: changed, wake: make(chan struct{}, 1),
		create: func(path string) (*os.File, error) { return createPrivate(path, false) },
	}
}

// use gives it the workspace to record, before anything else.
func (l *liveRecorder) use(ws *workspace.Workspace) { l.ws = ws }

// mark tells that the workspace has changed.
func (l *liveRecorder) mark() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// State implements ui.Recorder.
func (l *liveRecorder) State() ui.Recording {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.run
	if r == nil {
		return ui.Recording{Err: l.err}
	}
	return ui.Recording{File: r.file.Name(), Since: r.since, Bytes: r.written.Load(), Changes: r.rec.Progress().Events}
}

// Start implements ui.Recorder.
func (l *liveRecorder) Start(ctx context.Context, name string) error {
	l.starting.Lock()
	defer l.starting.Unlock()
	if running := l.State().File; running != "" {
		return fmt.Errorf("already recording into %s: end that first", running)
	}
	now := time.Now()
	of := l.ws.Snapshot().Context
	if name == "" {
		name = recordingName(of, now)
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return fmt.Errorf("finding the folder for the recording: %w", err)
	}
	file, err := l.create(path)
	if err != nil {
		return err
	}
	run := &liveRecording{file: file, since: now, done: make(chan struct{})}
	writer, err := recording.NewWriter(countingWriter{file, &run.written})
	if err != nil {
		return errors.Join(err, file.Close(), os.Remove(path))
	}
	// Stop and close end it, and tell of it; the end of ctx does not.
	ctx, run.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	run.rec = l.recorderOf(ctx, run, of, writer)
	if !l.begin(run) {
		run.cancel(nil)
		return errors.Join(errors.New("dogwatch is ending"), file.Close(), os.Remove(path))
	}
	go func() {
		defer runtime.HandleCrash()
		l.record(ctx, run, writer)
	}()
	return nil
}

// recorderOf makes the recorder of what is watched in one context.
func (l *liveRecorder) recorderOf(ctx context.Context, run *liveRecording, of string, writer *recording.Writer) *recorder.Recorder {
	var sources []recorder.Source // those of the last time
	return recorder.New(writer, recorder.Options{
		Context: of, Version: serverVersion(ctx, l.ws), Wake: l.wake,
		Sources: func() []recorder.Source {
			now := setup.Sources(l.ws)
			if l.ws.Snapshot().Context != of { // asked last: the watches are switched after it
				run.cancel(errOtherContext)
				return sources // that they are gone says nothing of their cluster
			}
			sources = now
			return sources
		},
		// The state of the beginning comes as it is; whole objects follow as soon as they are listed.
		Begun: func() { l.ws.KeepManagedFields(true) },
	})
}

// begin makes a recording the one that runs, unless the dashboard has ended.
func (l *liveRecorder) begin(run *liveRecording) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.run, l.err = run, nil
	}
	return !l.closed
}

// record is the life of a recording.
func (l *liveRecorder) record(ctx context.Context, run *liveRecording, writer *recording.Writer) {
	defer close(run.done)
	err := run.rec.Run(ctx)
	if err == nil {
		err = writer.Close(time.Now())
	}
	l.ws.KeepManagedFields(false)
	err = errors.Join(err, run.file.Close())
	if err == nil && errors.Is(context.Cause(ctx), errOtherContext) {
		err = errOtherContext
	}
	run.cancel(nil)
	if err != nil {
		run.err = run.ended(err)
	}
	l.mu.Lock()
	l.run, l.err = nil, run.err
	l.mu.Unlock()
	l.changed()
}

// ended says, in one line of a screen, why a recording ended by itself and what is left of it.
func (r *liveRecording) ended(err error) error {
	var inPath *os.PathError
	if errors.As(err, &inPath) {
		err = inPath.Err // which file it is, and what was being written, matter less
	}
	holds := "what came before"
	if r.rec.Progress().Saved.IsZero() {
		holds = "nothing"
	}
	return fmt.Errorf("the recording ended: %w; %s holds %s", err, filepath.Base(r.file.Name()), holds)
}

// Stop implements ui.Recorder.
func (l *liveRecorder) Stop(ctx context.Context) (string, error) {
	l.mu.Lock()
	run := l.run
	l.mu.Unlock()
	if run == nil {
		return "nothing was being recorded", nil
	}
	run.cancel(nil)
	select {
	case <-run.done:
	case <-ctx.Done():
		return "", fmt.Errorf("ending the recording: %w", ctx.Err())
	}
	if run.err != nil {
		return "", nil // State tells it
	}
	return run.summary(), nil
}

func (r *liveRecording) summary() string {
	p := r.rec.Progress()
	said := fmt.Sprintf("recorded %s in %s into %s", count(p.Events, "change"), span(time.Since(r.since)), r.file.Name())
	if p.Merged > 0 {
		said += fmt.Sprintf("; %d came too fast and were merged into later ones", p.Merged)
	}
	return said
}

// close ends what is still being recorded, and says so on the terminal that is the user's again.
func (l *liveRecorder) close(ctx context.Context, stderr io.Writer) {
	l.mu.Lock()
	run := l.run
	l.closed = true
	l.mu.Unlock()
	if run == nil {
		return
	}
	said, err := l.Stop(ctx)
	if err == nil {
		err = run.err
	}
	if err != nil {
		said = err.Error()
	}
	fmt.Fprintf(stderr, "dogwatch: %s\n", text.Clean(said))
}

// recordingName is a file name that tells cluster and time.
func recordingName(contextName string, at time.Time) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '-'
	}, contextName)
	const most = 80
	safe = strings.Trim(safe[:min(len(safe), most)], "-.")
	return fmt.Sprintf("dogwatch-%s-%s.jsonl.zst", safe, at.UTC().Format("20060102T150405Z"))
}

// countingWriter counts what goes into a file, for others to read meanwhile.
type countingWriter struct {
	to    io.Writer
	count *atomic.Int64
}

func (w countingWriter) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	w.count.Add(int64(n))
	return n, err
}
