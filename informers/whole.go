package informers

import "errors"

// errWhole is why a session ends whose objects lack the managedFields that are wanted now.
var errWhole = errors.New("the objects are wanted with their managedFields")

// KeepManagedFields makes all watches, those to come too, keep objects whole from now on, or no longer. Turned on, each
// watch lists anew, since what it holds has lost its managedFields; its rows stay meanwhile. Turned off, objects lose theirs
// as they change; nothing is listed for that.
func (m *Manager) KeepManagedFields(keep bool) {
	m.mu.Lock()
	m.whole = keep
	watches := make([]*Watch, 0, len(m.running))
	for w := range m.running {
		watches = append(watches, w)
	}
	m.mu.Unlock()
	for _, w := range watches {
		w.keepManagedFields(keep)
	}
}

func (w *Watch) keepManagedFields(keep bool) {
	if w.whole.Swap(keep) == keep || !keep {
		return
	}
	// A session that is listing still looks by itself once it is done.
	if s := w.session.Load(); s != nil {
		if st, _, _ := s.current(); st != nil && !st.initial.Load() {
			st.cancel(errWhole)
		}
	}
}

// isOutdated tells that the session reads objects without the managedFields that are wanted.
func (s *session) isOutdated() bool { return !s.decoder.whole && s.watch.whole.Load() }
