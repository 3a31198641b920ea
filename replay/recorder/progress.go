package recorder

import (
	"sync/atomic"
	"time"
)

// Progress tells how far a recording is. It may be asked for at any time.
type Progress struct {
	// Events that were written, and changes that were merged into others because writing was too slow.
	Events, Merged uint64
	// Saved is the moment up to which all that was learned can be read from what was written; zero before the first.
	Saved time.Time
}

type progress struct {
	events, merged atomic.Uint64
	saved          atomic.Pointer[time.Time]
}

// Progress tells how far the recording is.
func (r *Recorder) Progress() Progress {
	p := Progress{Events: r.progress.events.Load(), Merged: r.progress.merged.Load()}
	if saved := r.progress.saved.Load(); saved != nil {
		p.Saved = *saved
	}
	return p
}

// flush makes what was written readable, and notes that.
func (r *Recorder) flush() error {
	now := r.opts.Clock.Now()
	if err := r.out.Flush(); err != nil {
		return err
	}
	if r.begun {
		r.progress.saved.Store(&now)
	}
	return nil
}
