package workspace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

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

// Unserved gives those of some types, as RESOURCE or RESOURCE.GROUP, that the current cluster does not serve under this very name: not what short names, kinds
// and categories stand for. What the server has not told yet is left out. It is cheap.
func (w *Workspace) Unserved(types []string) []string {
	s := w.clock.Load().Catalog().Snapshot()
	if s.Fetched.IsZero() {
		return nil
	}
	var all []string
	for _, name := range types {
		gr := schema.ParseGroupResource(name)
		failed := slices.ContainsFunc(s.Failed, func(f cluster.GroupFailure) bool { return f.GroupVersion.Group == gr.Group })
		if _, served := s.ServedAs(gr, ""); !served && !failed {
			all = append(all, name)
		}
	}
	return all
}

// Meant gives the names of types that may be meant by one that is not served, best first.
func (w *Workspace) Meant(name string) []string {
	var all []string
	resources, err := w.clock.Load().Catalog().Snapshot().Resolve(name)
	for _, r := range resources {
		all = append(all, r.GVR.GroupResource().String())
	}
	if unknown := new(cluster.UnknownTypeError); errors.As(err, &unknown) {
		all = unknown.Nearest
	}
	return all[:min(len(all), mostMeant)]
}

// mostMeant is how many types are offered in place of one.
const mostMeant = 3

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
