package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/version"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
)

// Watched is a watch of a tab, or of a type that is held.
type Watched struct {
	Resource cluster.Resource
	Watch    *informers.Watch
	// IsHeld tells that no tab has it.
	IsHeld bool
}

// Watches are the watches of all tabs and of what is held, each once, for other
// users of what they deliver than the screen. A watch lives until the last who
// has it drops it.
func (w *Workspace) Watches() []Watched {
	w.mu.Lock()
	tabs := w.allLocked()
	w.mu.Unlock()
	var all []Watched
	for _, t := range tabs {
		for _, s := range t.shownNow() {
			watch := s.lease.Watch()
			if !slices.ContainsFunc(all, func(other Watched) bool { return other.Watch == watch }) {
				all = append(all, Watched{Resource: s.resource, Watch: watch, IsHeld: t.isHeld})
			}
		}
	}
	return all
}

// Discovery is what is known of the types of the current cluster, in numbers.
type Discovery struct {
	// Types can be watched, and Down are group versions of which the server cannot tell the types.
	Types, Down int
	// Refreshes is how often the server has told all, Failures how often not, and Fetched when it last did; zero before.
	Refreshes, Failures uint64
	Fetched             time.Time
}

// Discovery tells it as it is now.
func (w *Workspace) Discovery() Discovery {
	catalog := w.clock.Load().Catalog()
	known := catalog.Snapshot()
	done, failed := catalog.Refreshes()
	return Discovery{Types: len(known.Resources), Down: len(known.Failed), Refreshes: done, Failures: failed, Fetched: known.Fetched}
}

// KeepManagedFields makes all watches keep objects whole from now on, or no longer; see informers.Manager.
func (w *Workspace) KeepManagedFields(keep bool) { w.opts.Manager.KeepManagedFields(keep) }

// ServerVersion asks the current cluster for its version, such as "v1.37.2".
func (w *Workspace) ServerVersion(ctx context.Context) (string, error) {
	w.mu.Lock()
	c := w.current.cluster
	w.mu.Unlock()
	resp, err := c.Get(ctx, "/version", nil, "application/json")
	if err != nil {
		return "", fmt.Errorf("asking the server for its version: %w", err)
	}
	defer resp.Body.Close()
	var info version.Info
	if err := json.NewDecoder(resp.Body).Decode(&info); err != nil {
		return "", fmt.Errorf("reading the server's version: %w", err)
	}
	return info.GitVersion, nil
}
