package ui

import (
	"context"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/workspace"
)

const (
	// frameInterval is the time between two frames while all the time something
	// changes: 60 a second, as many as a screen shows. A key does not wait for a
	// frame.
	frameInterval = 16 * time.Millisecond
	// frameBurst is how many frames come at once after a quiet moment: with one
	// change come others, as with a first row the next ones.
	frameBurst = 8
)

// FrameMsg brings the program loop what has changed since the last frame.
type FrameMsg struct {
	Snapshot workspace.Snapshot
	// Marks is how many marks have become this frame.
	Marks int
}

// Frames turns any number of marks, from any goroutine, into at most one
// FrameMsg every frameInterval but for a short burst, and into none while nothing changes. It is the
// only caller of Program.Send: a busy program loop slows it and nothing else.
type Frames struct {
	dirty chan struct{} // one slot
	marks atomic.Int64  // since the last frame
}

// NewFrames makes an adapter that Run drives.
func NewFrames() *Frames {
	return &Frames{dirty: make(chan struct{}, 1)}
}

// Mark says that the screen may have to be drawn again. It never blocks.
func (f *Frames) Mark() {
	f.marks.Add(1)
	select {
	case f.dirty <- struct{}{}:
	default:
	}
}

// Run sends frames until ctx ends. snapshot is called off the program loop.
func (f *Frames) Run(ctx context.Context, send func(tea.Msg), snapshot func() workspace.Snapshot) {
	defer runtime.HandleCrash()
	pace := rate.NewLimiter(rate.Every(frameInterval), frameBurst)
	for pace.Wait(ctx) == nil {
		select {
		case <-ctx.Done():
			return
		case <-f.dirty:
		}
		send(FrameMsg{Marks: int(f.marks.Swap(0)), Snapshot: snapshot()})
	}
}
