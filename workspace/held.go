package workspace

import (
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/informers"
)

// Held are types that are watched without a tab, as those that rules are about: in the scope of tabs that have none of their own. What the
// server does not serve, or not yet, is watched once it does. Its methods are safe for concurrent use.
type Held struct {
	ws  *Workspace
	mu  sync.Mutex
	tab *tab // nil while there are no types
}

// Hold gives a Held without types.
func (w *Workspace) Hold() *Held { return &Held{ws: w} }

// Set says which types are watched, spelled as in a Target. Its error is ErrClosed. It waits for the watches that end with the last type.
func (h *Held) Set(types []string) error {
	if len(types) == 0 {
		h.Close()
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.tab != nil {
		h.tab.change(func(next *want) { next.target.Types = slices.Clone(types) })
		return nil
	}
	var err error
	h.tab, err = h.ws.openHeld(slices.Clone(types))
	return err
}

// Refused names the types that may not be watched, as RESOURCE or RESOURCE.GROUP.
func (h *Held) Refused() []string {
	h.mu.Lock()
	t := h.tab
	h.mu.Unlock()
	if t == nil {
		return nil
	}
	var all []string
	for _, s := range t.shownNow() {
		if s.lease.Watch().State().Phase == informers.Forbidden {
			all = append(all, s.resource.GVR.GroupResource().String())
		}
	}
	return all
}

// Close ends the watches that nobody else has, and waits for them. Refused does not wait for it: it is asked while drawing.
func (h *Held) Close() {
	h.mu.Lock()
	t := h.tab
	h.tab = nil
	h.mu.Unlock()
	if t != nil {
		t.stop()
	}
}

func (w *Workspace) openHeld(types []string) (*tab, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, ErrClosed
	}
	target := Target{Types: types}
	t := newTab(w, 0, want{target: target, conn: w.current, namespace: w.scopeLocked(target, w.current)})
	t.isHeld = true
	w.held = append(w.held, t)
	w.runLocked(t)
	return t, nil
}

// runLocked has a tab bring about what is wanted of it.
func (w *Workspace) runLocked(t *tab) {
	w.wg.Add(1)
	go func() {
		defer w.wg.Done()
		defer runtime.HandleCrash()
		t.run()
	}()
}

// allLocked are the tabs, and behind them those that nobody sees.
func (w *Workspace) allLocked() []*tab { return slices.Concat(w.tabs, w.held) }
