package workspace

import "context"

// BeginRewindAfter is BeginRewind that waits for something between making the past and showing it.
func (w *Workspace) BeginRewindAfter(ctx context.Context, wait func()) (*Rewind, error) {
	c, err := w.takeCut(ctx)
	if err != nil {
		return nil, err
	}
	r := newRewind(w, c)
	wait()
	w.showPast(r)
	return r, nil
}

// OpenTabs has tabs looked at as when one has changed.
func (r *Rewind) OpenTabs() { r.openTabs() }

// Tabs is how many tabs have been opened in the past.
func (r *Rewind) Tabs() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.tabs)
}
