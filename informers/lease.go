package informers

import "sync"

// Lease is one user's hold on a watch. All methods are safe for concurrent use.
type Lease struct {
	manager *Manager
	watch   *Watch
	once    sync.Once
}

// Watch is the watch that the lease holds. After Drop it may have ended.
func (l *Lease) Watch() *Watch { return l.watch }

// Prioritize lets the watch list before others that wait for their turn: what
// the user looks at comes first. It holds for one turn, as what was looked at
// once would else stay before what is looked at now.
func (l *Lease) Prioritize() {
	l.watch.urgent.Store(true)
	l.watch.cluster.starts.hurry(l.watch)
}

// Drop gives the lease back. The last lease on a watch ends it: its goroutines,
// its connection and its store's memory are gone when Drop returns. Further
// calls wait for the first and do nothing. It must not be called from a
// function given to Watch.OnChange.
func (l *Lease) Drop() {
	l.once.Do(func() { l.manager.release(l.watch) })
}
