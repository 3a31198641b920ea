package workspace

import (
	"github.com/dogwatch/dogwatch/cluster"
)

// Choices lists every type of the current cluster that could be watched, for
// the picker. Whether a type is allowed may not be known yet; asking is under
// way then, and the workspace reports a change when the answer comes.
func (w *Workspace) Choices() []TypeChoice {
	w.mu.Lock()
	conn, namespace, known := w.current, w.namespace, w.current.known
	w.mu.Unlock()
	snapshot := conn.cluster.Catalog().Look()
	watched := w.watchedTypes(conn)
	choices := make([]TypeChoice, 0, len(snapshot.Resources))
	for _, r := range snapshot.Resources {
		choices = append(choices, choice(conn, r, namespace, watched, known))
	}
	return choices
}

func choice(conn *connection, r cluster.Resource, namespace string, watched, known map[string]bool) TypeChoice {
	gr := r.GVR.GroupResource().String()
	c := TypeChoice{
		Name:       r.GVR.Resource,
		Group:      r.GVR.Group,
		Version:    r.GVR.Version,
		Kind:       r.Kind,
		Namespaced: r.Namespaced,
		ShortNames: r.ShortNames,
		Categories: r.Categories,
		Watched:    watched[gr],
		NotServing: r.Stale,
		New:        known != nil && !known[gr],
	}
	if !r.Namespaced {
		namespace = ""
	}
	if verdict := conn.cluster.Access().May(r, namespace); verdict.Known && !verdict.Allowed {
		c.Forbidden = verdict.Reason
	}
	return c
}

// watchedTypes are the types that tabs of a connection show.
func (w *Workspace) watchedTypes(conn *connection) map[string]bool {
	w.mu.Lock()
	tabs := make([]*tab, len(w.tabs))
	copy(tabs, w.tabs)
	w.mu.Unlock()
	watched := map[string]bool{}
	for _, t := range tabs {
		for _, s := range t.shownNow() {
			if s.conn == conn {
				watched[s.resource.GVR.GroupResource().String()] = true
			}
		}
	}
	return watched
}
