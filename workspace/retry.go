package workspace

import (
	"slices"

	"github.com/dogwatch/dogwatch/informers"
)

// Retried counts what RetryNow found waiting for its next try.
type Retried struct {
	// Watches are those that had failed, or were forbidden.
	Watches int
	// Clusters are those of which it is not known which types they serve.
	Clusters int
}

// RetryNow asks at once again for what waits to be tried again, and asks every
// cluster which types it serves. It does not wait for the answers.
func (w *Workspace) RetryNow() Retried {
	w.mu.Lock()
	tabs, connections := w.allLocked(), []*connection{w.current}
	w.mu.Unlock()
	var retried Retried
	seen := map[*informers.Watch]bool{} // tabs may share one
	for _, t := range tabs {
		if conn := t.wanted().conn; !slices.Contains(connections, conn) {
			connections = append(connections, conn)
		}
		for _, s := range t.shownNow() {
			watch := s.lease.Watch()
			if !seen[watch] && !watch.State().NextTry.IsZero() {
				retried.Watches++
			}
			seen[watch] = true
			watch.RetryNow()
		}
	}
	for _, conn := range connections {
		if catalog := conn.cluster.Catalog(); catalog.Snapshot().Err != nil {
			retried.Clusters++
		}
		conn.cluster.Catalog().Refresh()
	}
	return retried
}
