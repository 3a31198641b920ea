package informers

import (
	"maps"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/utils/clock"
)

// guard looks after the sessions of one cluster: after the silence of their
// streams, and after whether their types are served still. One goroutine does
// that for all, for as long as there are any: of hundreds of watches each would
// else hold a stack for it. It is safe for concurrent use.
type guard struct {
	types Types
	clock clock.Clock

	mu sync.Mutex
	// sessions says when each is to be looked at again.
	sessions map[*session]time.Time
	runs     run // the latest; the one before it may still be about to end
}

// run is one life of the goroutine.
type run struct {
	wake       chan struct{} // one slot; its own, or it might be emptied by the run before
	stop, done chan struct{}
}

func newRun() run {
	return run{make(chan struct{}, 1), make(chan struct{}), make(chan struct{})}
}

// hurry has the goroutine look again.
func (r run) hurry() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func newGuard(types Types, c clock.Clock) *guard {
	return &guard{types: types, clock: c, sessions: map[*session]time.Time{}}
}

// add begins to look after a session. remove must follow.
func (g *guard) add(s *session) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sessions[s] = g.clock.Now().Add(s.watch.opts.StreamPatience)
	if len(g.sessions) == 1 {
		g.runs = newRun()
		go g.run(g.runs)
		return
	}
	g.runs.hurry()
}

// remove forgets a session. With the last one the goroutine has ended.
func (g *guard) remove(s *session) {
	g.mu.Lock()
	delete(g.sessions, s)
	var done chan struct{}
	if len(g.sessions) == 0 {
		close(g.runs.stop)
		done = g.runs.done
	}
	g.mu.Unlock()
	if done != nil {
		<-done
	}
}

// size is how many sessions there are.
func (g *guard) size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.sessions)
}

func (g *guard) run(r run) {
	defer close(r.done)
	defer runtime.HandleCrash()
	changed, forget := g.types.Subscribe()
	defer forget()
	for {
		timer := g.clock.NewTimer(g.look())
		select {
		case <-timer.C():
		case <-changed:
		case <-r.wake:
		case <-r.stop:
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// look looks at all sessions, and tells in what time to look again.
func (g *guard) look() time.Duration {
	now := g.clock.Now()
	for s, at := range g.present() {
		if !g.types.Serves(s.typ.GVR) {
			s.finish(endGone, errNotServed)
		}
		if !at.After(now) {
			g.postpone(s, now.Add(s.inspect(now)))
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	next := time.Hour
	for _, at := range g.sessions {
		next = min(next, at.Sub(now))
	}
	return next
}

// present gives the sessions that there are now: while one is looked at others may come and go.
func (g *guard) present() map[*session]time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.sessions)
}

func (g *guard) postpone(s *session, at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.sessions[s]; ok {
		g.sessions[s] = at
	}
}

// hurry looks at a session by this time.
func (g *guard) hurry(s *session, at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if before, ok := g.sessions[s]; !ok || !at.Before(before) {
		return
	}
	g.sessions[s] = at
	g.runs.hurry()
}

// noteOdd has all listed anew in a while: what was printed wrongly may have changed no more by the time at which it is printed
// as it should be.
func (s *session) noteOdd() {
	at := s.watch.opts.Clock.Now().Add(s.watch.opts.Backoff.Max)
	s.mu.Lock()
	due := s.relist
	if due.IsZero() {
		s.relist = at
	}
	s.mu.Unlock()
	if due.IsZero() {
		s.watch.cluster.guard.hurry(s, at)
	}
}

// inspect judges the silence at this time and tells when to look again.
func (s *session) inspect(now time.Time) time.Duration {
	w := s.watch
	limit := w.opts.StaleAfter
	silence := now.Sub(time.Unix(0, w.count.heard.Load()))
	st, page, relist := s.current()
	switch {
	case page != nil:
		return min(w.opts.StreamPatience, page.unlessStill(now, w.opts.AnswerPatience, errNoAnswer))
	case st == nil:
		return w.opts.StreamPatience
	case st.initial.Load():
		return st.body.unlessStill(now, w.opts.StreamPatience, errNoBookmark)
	case !relist.IsZero() && !relist.After(now):
		st.cancel(errCells)
		return limit
	case !w.bookmarks.Load():
		return s.soonest(now, st.body.unlessStill(now, 2*limit, errQuiet))
	case silence >= 2*limit:
		return st.body.unlessStill(now, limit, errSilent)
	case silence >= limit:
		w.showStale()
		return s.soonest(now, 2*limit-silence)
	}
	return s.soonest(now, limit-silence)
}

// soonest is a time to look again, or the one before it at which all is to be listed anew.
func (s *session) soonest(now time.Time, in time.Duration) time.Duration {
	if _, _, relist := s.current(); !relist.IsZero() {
		return min(in, max(relist.Sub(now), 0))
	}
	return in
}

// current tells what is being read, and when all is to be listed anew.
func (s *session) current() (st *stream, page *countingBody, relist time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stream, s.paging, s.relist
}
