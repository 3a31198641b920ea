package mcp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/workspace"
)

// asked are the types that are watched because somebody asked for them, beside those that tabs have.
type asked struct {
	held  *workspace.Held
	mu    sync.Mutex
	types []string // the one that was asked for last is last
}

// watchState says in an answer how a watch is that it comes from.
type watchState struct {
	Type string `json:"type"`
	// State is the watch's phase: of "live" alone the answer is the present state.
	State string `json:"state"`
	// AsOf is of when what is known is; empty where nothing is.
	AsOf    string `json:"as_of,omitempty"`
	Objects int    `json:"objects"`
	// Listed tells that a whole list was there once: else there may be more objects.
	Complete bool   `json:"complete"`
	Reason   string `json:"reason,omitempty"`
	NextTry  string `json:"next_try,omitempty"`
	Note     string `json:"note,omitempty"`
}

// stateOf says how a watch is.
func (s *Server) stateOf(w workspace.Watched) watchState {
	state := w.Watch.State()
	out := watchState{
		Type: groupResource(w.Resource.GVR), State: state.Phase.String(), Objects: w.Watch.Store().Len(),
		Complete: state.Synced, Reason: cutText(state.Reason, reasonBytes), NextTry: stamp(state.NextTry), AsOf: stamp(state.LastHeard),
	}
	switch {
	case state.Phase == informers.Live:
		out.AsOf = stamp(s.opts.Now())
	case !state.Synced && state.Phase == informers.Listing:
		out.Note = "its first list has not come whole since " + stamp(state.Since) + ": there may be more objects"
	}
	return out
}

// note says one thing, before what is said of the state.
func (s *watchState) note(said string) {
	if said != "" && s.Note != "" {
		said += "; "
	}
	s.Note = said + s.Note
}

// watched gives the watches of the types that an argument names, each once it is live or known not to be. A type that nobody watched is
// watched from now on, as the note of its state says.
func (s *Server) watched(ctx context.Context, arg, namespace string) ([]workspace.Watched, []watchState, error) {
	if err := s.inScope(namespace); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.Patience)
	defer cancel()
	resources, err := s.resolve(ctx, arg)
	if err != nil {
		return nil, nil, err
	}
	if len(resources) > s.opts.MostWatched {
		return nil, nil, fmt.Errorf("%s stands for %d types, and at most %d can be asked for at once: name those of interest", quoted(arg), len(resources), s.opts.MostWatched)
	}
	all := make([]workspace.Watched, len(resources))
	states := make([]watchState, len(resources))
	for i, r := range resources {
		var note string
		if all[i], note, err = s.watch(ctx, r); err != nil {
			return nil, nil, err
		}
		states[i] = s.stateOf(all[i])
		states[i].note(note)
	}
	return all, states, nil
}

// resolve gives the types that are named, with commas between.
func (s *Server) resolve(ctx context.Context, arg string) ([]cluster.Resource, error) {
	if strings.TrimSpace(arg) == "" {
		return nil, errors.New("which type? Name one as for kubectl, such as pods or deployments.apps; list_types tells which there are")
	}
	var all []cluster.Resource
	for one := range strings.SplitSeq(arg, ",") {
		resources, err := s.ws.Resolve(ctx, strings.TrimSpace(one))
		if err != nil {
			return nil, err
		}
		for _, r := range resources {
			if !slices.ContainsFunc(all, func(other cluster.Resource) bool { return other.GVR == r.GVR }) {
				all = append(all, r)
			}
		}
	}
	return all, nil
}

// inScope says where a namespace is not watched.
func (s *Server) inScope(namespace string) error {
	if scope := s.ws.Snapshot().Namespace; scope != "" && namespace != "" && namespace != scope {
		return fmt.Errorf("only the namespace %q is watched: that is how dogwatch was started", scope)
	}
	return nil
}

// watchedFromNowOn begins what is said of a type that nobody watched.
const watchedFromNowOn = "watched from now on"

// watch gives the watch of a type, and what is to be said of it.
func (s *Server) watch(ctx context.Context, r cluster.Resource) (w workspace.Watched, note string, err error) {
	name := groupResource(r.GVR)
	w, ok := s.find(r)
	if !ok {
		dropped, err := s.ask(name)
		if err != nil {
			return w, "", err
		}
		note = watchedFromNowOn
		if !s.opts.Recorded {
			note += ": of changes before, nothing is known"
		}
		if dropped != "" {
			note += "; " + dropped + " is not watched any more instead"
		}
		if !s.opts.Marks.wait(ctx, func() bool { w, ok = s.find(r); return ok }) {
			return w, "", fmt.Errorf("watching %s: %w", name, ctx.Err())
		}
	}
	s.asked.use(name)
	s.opts.Marks.wait(ctx, func() bool { return s.isSettled(w) })
	return w, note, nil
}

// awaitHistory waits until what is to be remembered of watches that have their objects is: at once for a cluster, while a recording is read.
func (s *Server) awaitHistory(ctx context.Context, watches []workspace.Watched) {
	if s.ws.Timeline() == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.Patience)
	defer cancel()
	s.opts.Marks.wait(ctx, func() bool {
		return !s.ws.Snapshot().History.Reading && !slices.ContainsFunc(watches, func(w workspace.Watched) bool {
			return w.Watch.State().Synced && s.ws.Remembered(w.Watch.Identity()).IsZero()
		})
	})
}

// isSettled tells that waiting for a watch brings nothing more, soon. One that has been listing for as long as a question waits has been waited for.
func (s *Server) isSettled(w workspace.Watched) bool {
	state := w.Watch.State()
	switch state.Phase {
	case informers.WaitingForDiscovery, informers.Listing: // with a whole list it is not live yet
		return time.Since(state.Since) >= s.opts.Patience
	}
	return true
}

func (s *Server) find(r cluster.Resource) (workspace.Watched, bool) {
	return watchOf(s.ws.Watches(), groupResource(r.GVR))
}

// watchOf gives the watch that answers for a type: the first of a tab that no selector limits, or else the first. Their objects may be the same ones.
func watchOf(all []workspace.Watched, name string) (found workspace.Watched, ok bool) {
	for _, w := range all {
		id := w.Watch.Identity()
		if groupResource(id.GVR) != name {
			continue
		}
		if !w.IsHeld && id.LabelSelector == "" && id.FieldSelector == "" {
			return w, true
		}
		if !ok {
			found, ok = w, true
		}
	}
	return found, ok
}

// ask has a type watched. Where there are too many such types, the one that was asked for longest ago goes, which is named unless somebody has
// subscribed to it. What a tab has by now, as one that the configuration names, is not among them any more.
func (s *Server) ask(name string) (dropped string, err error) {
	a := &s.asked
	a.mu.Lock()
	defer a.mu.Unlock()
	inTab := s.inTabs()
	types := slices.DeleteFunc(slices.Clone(a.types), func(other string) bool { return other == name || inTab[other] })
	if types = append(types, name); len(types) > s.opts.MostWatched {
		dropped, types = types[0], types[1:]
	}
	if err := a.held.Set(types); err != nil {
		return "", fmt.Errorf("watching %s: %w", name, err)
	}
	a.types = types
	if s.subscriptions.has(dropped) {
		dropped = ""
	}
	return dropped, nil
}

// inTabs are the types that tabs have.
func (s *Server) inTabs() map[string]bool {
	all := map[string]bool{}
	for _, w := range s.ws.Watches() {
		if !w.IsHeld {
			all[groupResource(w.Resource.GVR)] = true
		}
	}
	return all
}

// use notes that a type was asked for.
func (a *asked) use(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i := slices.Index(a.types, name); i >= 0 {
		a.types = append(slices.Delete(a.types, i, i+1), name)
	}
}
