package informers

import "time"

// guard looks after the silence of the session's streams until the watch ends
// or the session is finished and drained.
func (s *session) guard() {
	clock := s.watch.opts.Clock
	timer := clock.NewTimer(s.watch.opts.StreamPatience)
	defer timer.Stop()
	for {
		select {
		case <-timer.C():
			timer.Reset(s.inspect(clock.Now()))
		case <-s.watch.ctx.Done():
			return
		case <-s.drained:
			return
		}
	}
}

// inspect judges the silence at this time and tells when to look again.
func (s *session) inspect(now time.Time) time.Duration {
	w := s.watch
	limit := w.opts.StaleAfter
	silence := now.Sub(time.Unix(0, w.count.heard.Load()))
	st := s.current()
	switch {
	case st == nil:
		return w.opts.StreamPatience
	case st.initial.Load():
		if silence < w.opts.StreamPatience {
			return w.opts.StreamPatience - silence
		}
		st.cancel(errNoBookmark)
		return limit
	case !w.bookmarks.Load():
		return limit // only a connection's errors tell of its end
	case silence >= 2*limit:
		st.cancel(errSilent)
		return limit
	case silence >= limit:
		w.showStale()
		return 2*limit - silence
	}
	return limit - silence
}

func (s *session) current() *stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stream
}
