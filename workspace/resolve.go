package workspace

import (
	"context"
	"fmt"
	"time"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/noise"
)

// Resolve gives the types that an argument stands for in the current cluster: one, or those of a category. It waits, within ctx, until the
// server has told which there are. The error says in words what is wrong, with the nearest name where there is no such type.
func (w *Workspace) Resolve(ctx context.Context, arg string) ([]cluster.Resource, error) {
	w.mu.Lock()
	catalog := w.current.cluster.Catalog()
	w.mu.Unlock()
	if resources, err := catalog.Snapshot().Resolve(arg); err == nil {
		return resources, nil
	}
	catalog.Hurry()
	snapshot, err := catalog.Await(ctx, func(s *cluster.Snapshot) bool {
		_, err := s.Resolve(arg)
		return err == nil || !s.Fetched.IsZero() || s.Err != nil
	})
	if err != nil {
		return nil, fmt.Errorf("finding the type %q: the server has not told its types yet: %w", arg, err)
	}
	resources, err := snapshot.Resolve(arg)
	if err != nil && snapshot.Fetched.IsZero() && snapshot.Err != nil {
		return nil, fmt.Errorf("finding the type %q: %w", arg, snapshot.Err)
	}
	return resources, err
}

// Served gives the types of the current cluster that can be watched, as far as the server has told them.
func (w *Workspace) Served() []cluster.Resource { return w.clock.Load().Catalog().Snapshot().Resources }

// Noise tells which changes mean nothing; nil where nothing is remembered.
func (w *Workspace) Noise() *noise.Rules { return w.noise }

// Remembered says since when all changes that a watch of a tab sees are remembered; zero where none are.
func (w *Workspace) Remembered(watch informers.Identity) time.Time {
	if w.history == nil {
		return time.Time{}
	}
	f := w.history.following(watch)
	if f == nil {
		return time.Time{}
	}
	return f.remembered(w.history.timeline, w.history.now)
}
