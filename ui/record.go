package ui

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/ui/text"
)

// Recorder records what the tabs watch. State is cheap and is called while drawing; the others are called in commands. All
// are safe for concurrent use.
type Recorder interface {
	State() Recording
	// Start begins a recording in a file; an empty name leaves the choice to the Recorder.
	Start(ctx context.Context, file string) error
	// Stop ends the recording; what it says is for the user.
	Stop(ctx context.Context) (said string, err error)
}

// Recording is how a recording goes that is being made.
type Recording struct {
	// File is the file's full name; empty while nothing is recorded.
	File string
	// Since is when it began, by the local clock.
	Since time.Time
	// Bytes are in the file, Changes were recorded.
	Bytes   int64
	Changes uint64
	// Err is why the last recording ended by itself.
	Err error
}

// Mark is a recording as the first line shows it; empty where there is none.
func (r Recording) Mark(now time.Time) string {
	if r.File == "" {
		return ""
	}
	return fmt.Sprintf("● REC %s %s", text.Age(now.Sub(r.Since)), byteCount(r.Bytes))
}

func byteCount(n int64) string {
	const unit = 1000
	switch {
	case n < unit*unit:
		return fmt.Sprintf("%d kB", (n+unit-1)/unit)
	case n < unit*unit*unit:
		return fmt.Sprintf("%.1f MB", float64(n)/unit/unit)
	default:
		return fmt.Sprintf("%.1f GB", float64(n)/unit/unit/unit)
	}
}

// toggleRecord begins to record, or ends it.
func (a *App) toggleRecord() tea.Cmd {
	switch r := a.opts.Recorder; {
	case r == nil:
		a.sayNoRecorder()
		return nil
	case r.State().File == "":
		return a.record("")
	default:
		return func() tea.Msg {
			said, err := r.Stop(a.opts.Context)
			if err != nil {
				return failedMsg{err}
			}
			return saidMsg(said)
		}
	}
}

func (a *App) sayNoRecorder() {
	if a.past.player != nil {
		a.status.Info("this is a recording already: dogwatch recording cut takes a part out of it")
		return
	}
	a.status.Error("nothing can be recorded here")
}

// record begins a recording in a file; an empty name is one that tells the time.
func (a *App) record(file string) tea.Cmd {
	r := a.opts.Recorder
	if r == nil {
		a.sayNoRecorder()
		return nil
	}
	return func() tea.Msg {
		if err := r.Start(a.opts.Context, file); err != nil {
			return failedMsg{err}
		}
		if into := r.State().File; into != "" {
			return saidMsg("recording into " + into + "; " + a.globalKey(keymap.ToggleRecord) + " ends it")
		}
		return nil // it has ended by itself, which is told as such
	}
}

// saidMsg is something to tell the user.
type saidMsg string

// tellRecordEnded says at once when a recording has ended by itself.
func (a *App) tellRecordEnded() {
	if a.opts.Recorder == nil {
		return
	}
	err := a.opts.Recorder.State().Err
	if err != nil && err != a.recordErr { //nolint:errorlint // whether it is the same one, not what it is
		a.status.Error(err.Error())
	}
	a.recordErr = err
}

// recordMark is what the first line says of a recording that is being made.
func (a *App) recordMark(now time.Time) string {
	if a.opts.Recorder == nil {
		return ""
	}
	return a.opts.Recorder.State().Mark(now)
}
