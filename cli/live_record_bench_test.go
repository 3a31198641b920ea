package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/ui"
)

// BenchmarkFramesWhileRecording draws 30 frames a second of a list in which 1,000 objects a second change, with and without
// a recording of it: what a frame takes of the program loop, in the middle and at worst.
func BenchmarkFramesWhileRecording(b *testing.B) {
	for _, records := range []bool{false, true} {
		b.Run(fmt.Sprintf("recording=%v", records), func(b *testing.B) {
			bench := newLiveBench(b)
			app := ui.New(ui.Options{
				Context: b.Context(), Backend: bench.live.ws, Keys: keymap.Default(),
				Log: logbuffer.New(1, 1, func() {}), Recorder: bench.live,
			})
			app.Update(tea.WindowSizeMsg{Width: 200, Height: 50})
			stop := bench.churn()
			defer stop()
			if records {
				if err := bench.live.Start(b.Context(), filepath.Join(b.TempDir(), "out.zst")); err != nil {
					b.Fatal(err)
				}
				defer bench.live.close(context.Background(), b.Output())
			}
			frames := time.NewTicker(time.Second / 30)
			defer frames.Stop()
			var took []time.Duration
			for b.Loop() {
				<-frames.C
				began := time.Now()
				app.Update(ui.FrameMsg{Snapshot: bench.live.ws.Snapshot()})
				_ = app.View()
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us/frame")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us/frame")
		})
	}
}

// churn changes 1,000 pods a second until it is stopped.
func (b *liveBench) churn() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for n := 0; ; {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			for range 10 {
				n++
				b.apply(fmt.Sprintf("busy-%d", n%500), fmt.Sprintf(`"labels":{"n":"%d"}`, n))
			}
		}
	})
	return func() { cancel(); running.Wait() }
}
