package ui

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/workspace"
)

// Whatever changes all the time makes no more frames than a screen shows, but for a burst at first and after each quiet moment.
func TestFramesArePacedButForABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		frames, sent := NewFrames(), 0
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			frames.Run(ctx, func(tea.Msg) { sent++; frames.Mark() }, func() workspace.Snapshot { return workspace.Snapshot{} })
		}()
		synctest.Wait()
		if sent != 0 {
			t.Errorf("%d frames while nothing has changed", sent)
		}
		frames.Mark() // each frame brings about the next
		synctest.Wait()
		if sent < 2 || sent > 1+frameBurst {
			t.Errorf("%d frames at once, the burst is %d", sent, frameBurst)
		}
		before := sent
		time.Sleep(100 * frameInterval) // synctest's clock: no real time passes
		synctest.Wait()
		if got := sent - before; got < 99 || got > 101 {
			t.Errorf("%d frames in the time of 100", got)
		}
		cancel()
		<-done
	})
}
