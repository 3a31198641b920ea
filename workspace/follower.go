package workspace

import (
	"sync"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/util/runtime"
)

// follower marks that there is something new, whenever what it follows says so. It has one goroutine, which ends with Close or the workspace.
type follower struct {
	version atomic.Uint64
	stop    func()
	ended   chan struct{} // closed to end it
	done    chan struct{} // closed when it has
	once    sync.Once
}

// start follows until Close, which calls stop first. drain takes what is delivered with each wake, and may be more with also, which may be
// nil. The error is ErrClosed.
func (f *follower) start(w *Workspace, wake, also <-chan struct{}, drain, stop func()) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return ErrClosed
	}
	f.stop, f.ended, f.done = stop, make(chan struct{}), make(chan struct{})
	w.wg.Add(1)
	go func() {
		defer w.wg.Done()
		defer close(f.done)
		defer runtime.HandleCrash()
		for {
			select {
			case <-w.ctx.Done():
				return
			case <-f.ended:
				return
			case <-wake:
			case <-also:
			}
			drain()
			f.version.Add(1)
			w.opts.Changed()
		}
	}()
	return nil
}

// Version counts what was new.
func (f *follower) Version() uint64 { return f.version.Load() }

// Close ends it, and waits until nothing is left of it.
func (f *follower) Close() {
	f.once.Do(func() {
		f.stop()
		close(f.ended)
		<-f.done
	})
}
