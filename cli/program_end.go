package cli

import (
	"context"
	"sync"
	"time"
)

// programEnd lets a panic in any goroutine end the terminal program, which may be about to take the terminal, be at work, or
// be what panicked.
type programEnd struct {
	mu       sync.Mutex
	crashing bool
	ended    chan struct{} // nil while no program runs
}

// forbid has no program begin any more, and of never return.
func (e *programEnd) forbid() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.crashing = true
}

// of runs the program, and returns when it has ended. If that is because of a panic it never returns, nor does the program
// begin any more then: the panic writes its report and exits, with its own code.
func (e *programEnd) of(run func() error) error {
	ended := make(chan struct{})
	e.begin(ended)
	err := run()
	close(ended)
	e.begin(nil)
	return err
}

// begin notes what is closed at the end of the program that begins now, unless the process is ending.
func (e *programEnd) begin(ended chan struct{}) {
	e.mu.Lock()
	crashing := e.crashing
	if !crashing {
		e.ended = ended
	}
	e.mu.Unlock()
	if crashing {
		select {}
	}
}

// now ends the program, after forbid, and gives the terminal back. Its own end is the better one: killed while it takes the terminal, it
// would leave it taken. But the loop may be what panicked.
func (e *programEnd) now(cancel context.CancelFunc, kill func(), out *output) {
	e.mu.Lock()
	ended := e.ended
	e.mu.Unlock()
	if ended == nil {
		return
	}
	out.hurry()
	cancel()
	select {
	case <-ended:
	case <-time.After(loopLimit):
		kill()
	}
	out.giveBack()
}
