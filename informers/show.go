package informers

import (
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// The transitions of a watch's state.

// showType tells that the type is served. One that was gone counts as gone until
// the server has answered.
func (w *Watch) showType(t Type) {
	w.set(func(s *State) {
		s.Type = t
		if s.Phase == WaitingForDiscovery {
			s.become(Listing)
		}
	})
}

func (w *Watch) showListing() {
	w.set(func(s *State) { s.become(Listing) })
}

func (w *Watch) showLive() {
	w.stale.Store(false)
	w.set(func(s *State) { s.become(Live) })
}

// showStale tells of silence, if nothing worse is known.
func (w *Watch) showStale() {
	w.stale.Store(true)
	w.set(func(s *State) {
		if s.Phase == Live {
			s.become(Stale)
			s.Reason = errSilent.Error()
		}
	})
}

// awake ends the silence.
func (w *Watch) awake() {
	if w.stale.CompareAndSwap(true, false) {
		w.set(func(s *State) {
			if s.Phase == Stale {
				s.become(Live)
			}
		})
	}
}

// showFailure tells what failed and when it is tried again.
func (w *Watch) showFailure(verb string, err error, wait time.Duration) {
	select { // a RetryNow from before is spent
	case <-w.retry:
	default:
	}
	w.count.failures.Add(1)
	next, doubted := w.opts.Clock.Now().Add(wait), w.backoff.doubts(err)
	w.set(func(s *State) {
		s.become(Retrying)
		if apierrors.IsForbidden(err) && !doubted {
			s.Phase = Forbidden
		}
		s.Verb, s.Err, s.Reason, s.NextTry = verb, err, reason(err), next
	})
}

// showEnding tells why the present rows are the last for now.
func (w *Watch) showEnding(end ending, cause error) {
	w.set(func(s *State) {
		if end == endGone {
			s.become(Gone)
			s.Err, s.Reason = cause, "the server does not serve "+typeName(s.Type.GVR)+" any longer"
			return
		}
		s.become(Listing)
		if errors.Is(cause, errWhole) {
			return
		}
		s.Err, s.Reason = cause, "the watch could not be resumed, so all is listed anew"
	})
}

// showStopped tells that the watch has ended.
func (w *Watch) showStopped() {
	w.set(func(s *State) { *s = State{Phase: Stopped, Type: s.Type, Synced: s.Synced} })
}

// countRemaining tells how many of a list's objects are still to come, from
// how many there are in all; -1 is not known.
func (w *Watch) countRemaining(total int64) {
	if total >= 0 {
		total = max(0, total-w.count.listed.Load())
	}
	w.count.remaining.Store(total)
}

// become changes the phase and forgets the trouble of the one before.
func (s *State) become(p Phase) {
	s.Phase, s.Verb, s.Err, s.Reason, s.NextTry = p, "", nil, "", time.Time{}
}
