package workspace

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/cluster"
)

// connection is a cluster that tabs use, with the upkeep of its catalog.
type connection struct {
	cluster *cluster.Cluster
	// known are the types of the first catalog, to tell which are new since.
	known  map[string]bool
	cancel context.CancelFunc
}

// connectLocked finds or opens the connection for a context; "" is the
// kubeconfig's current one.
func (w *Workspace) connectLocked(contextName string) (*connection, error) {
	if conn, ok := w.connections[contextName]; ok {
		return conn, nil
	}
	c, err := w.opts.Open(contextName)
	if err != nil {
		return nil, fmt.Errorf("opening context %q: %w", contextName, err)
	}
	if conn, ok := w.connections[c.Name()]; ok {
		return conn, nil
	}
	ctx, cancel := context.WithCancel(w.ctx)
	conn := &connection{cluster: c, cancel: cancel}
	w.connections[c.Name()] = conn
	w.opts.Manager.AddCluster(c.Name(), getter{c}, types{c.Catalog()})
	w.wg.Add(1)
	go func() {
		defer w.wg.Done()
		defer runtime.HandleCrash()
		w.upkeep(ctx, conn)
	}()
	return conn, nil
}

// upkeep runs a connection's catalog until ctx ends, and marks the screen
// whenever something was learned.
func (w *Workspace) upkeep(ctx context.Context, conn *connection) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer runtime.HandleCrash()
		// Run ends with its context only; what fails is in the catalog's snapshot.
		_ = conn.cluster.Run(ctx)
	}()
	catalog, stopCatalog := conn.cluster.Catalog().Subscribe()
	defer stopCatalog()
	access, stopAccess := conn.cluster.Access().Subscribe()
	defer stopAccess()
	for {
		select {
		case <-ended:
			return
		case <-catalog:
			w.noteKnown(conn)
			if err := conn.cluster.Catalog().Snapshot().Err; err != nil {
				klog.Warningf("discovery of %s: %v", conn.cluster.Name(), err)
			}
		case <-access:
		}
		w.mu.Lock()
		w.changedLocked()
		w.mu.Unlock()
	}
}

// noteKnown remembers the types of the first catalog.
func (w *Workspace) noteKnown(conn *connection) {
	snapshot := conn.cluster.Catalog().Snapshot()
	w.mu.Lock()
	defer w.mu.Unlock()
	if conn.known != nil || snapshot.Fetched.IsZero() {
		return
	}
	conn.known = map[string]bool{}
	for _, r := range snapshot.Resources {
		conn.known[r.GVR.GroupResource().String()] = true
	}
}

// dropUnusedLocked ends connections that no tab uses, that no single object is
// watched over and that are not the current one.
func (w *Workspace) dropUnusedLocked() {
	for name, conn := range w.connections {
		used := conn == w.current || slices.ContainsFunc(w.allLocked(), func(t *tab) bool { return t.wanted().conn == conn }) ||
			slices.ContainsFunc(w.singles, func(s *Single) bool { return s.conn == conn })
		if used {
			continue
		}
		delete(w.connections, name)
		// At once: the name may be opened again before the upkeep has ended.
		w.opts.Manager.RemoveCluster(name)
		conn.cancel()
	}
}
