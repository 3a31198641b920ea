package ui

import (
	"context"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
	"k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/workspace"
)

// frameInterval is the least time between two frames: 60 a second, as many as a
// screen shows. A key does not wait for a frame, and the first
// change after a quiet moment comes at once.
const frameInterval = 16 * time.Millisecond

// FrameMsg brings the program loop what has changed since the last frame.
type FrameMsg struct {
	Snapshot workspace.Snapshot
	// Marks is how many marks have become this frame.
	Marks int
}

// Frames turns any number of marks, from any goroutine, into at most one
// FrameMsg every frameInterval, and into none while nothing changes. It is the
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
	pace := time.NewTimer(0)
	defer pace.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pace.C:
		}
		select {
		case <-ctx.Done():
			return
		case <-f.dirty:
		}
		send(FrameMsg{Marks: int(f.marks.Swap(0)), Snapshot: snapshot()})
		pace.Reset(frameInterval)
	}
}
