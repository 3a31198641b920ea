package workspace

import (
	"slices"
	"sync"
)

// wakes are channels, with room for one, into which a token is put when something happened. The zero wakes are ready to use.
type wakes struct {
	mu  sync.Mutex
	all []chan<- struct{}
}

// add has a channel woken until remove is called.
func (w *wakes) add(c chan<- struct{}) (remove func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, c)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if i := slices.Index(w.all, c); i >= 0 {
			w.all = slices.Delete(w.all, i, i+1)
		}
	}
}

// wake never blocks.
func (w *wakes) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.all {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
