package workspace

// OpenDefaults opens a tab for each of args that the user turns out to be
// allowed to watch. If that is none, the first stays and says so.
func (w *Workspace) OpenDefaults(args ...string) error {
	for _, arg := range args {
		if _, _, err := w.open(Target{Types: []string{arg}}, true); err != nil {
			return err
		}
	}
	return nil
}

// stays tells whether an optional tab has a reason to be there.
func (t *tab) stays(wish want, plan []planned) bool {
	refused, allowed := t.ask(wish, plan)
	if allowed {
		t.ws.allow(t)
	}
	return !refused || t.ws.keepRefused(t)
}

// ask tells whether all of the planned types are known to be forbidden, or any
// to be allowed. Neither is so for types that are not resolved.
func (t *tab) ask(wish want, plan []planned) (refused, allowed bool) {
	refused = len(plan) > 0
	for _, p := range plan {
		verdict, err := wish.conn.cluster.Access().Check(t.ctx, p.resource, p.identity.Namespace)
		known := err == nil && verdict.Known
		refused = refused && known && !verdict.Allowed
		allowed = allowed || known && verdict.Allowed
	}
	return refused, allowed
}

// allow notes that a tab is of use, and lets those that are not look whether
// they are still needed.
func (w *Workspace) allow(t *tab) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t.allowed {
		return
	}
	t.allowed = true
	for _, other := range w.tabs {
		if other != t && other.wanted().optional {
			other.nudge()
		}
	}
}

// keepRefused tells whether a tab that may watch nothing is what the user gets
// to see: the first of the optional tabs, as long as none of them is of use.
func (w *Workspace) keepRefused(t *tab) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	first := true
	for _, other := range w.tabs {
		switch {
		case other == t || !other.wanted().optional:
		case other.allowed:
			return false
		default:
			first = first && other.id > t.id
		}
	}
	return first
}
