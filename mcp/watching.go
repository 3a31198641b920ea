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
	// Selector, FieldSelector and Namespace limit what it has.
	Selector      string `json:"selector,omitempty"`
	FieldSelector string `json:"field_selector,omitempty"`
	Namespace     string `json:"namespace,omitempty"`
	// State is the watch's phase: of "live" alone the answer is the present state.
	State string `json:"state"`
	// AsOf is of when what is known is; empty where nothing is.
	AsOf      string `json:"as_of,omitempty"`
	Objects   int    `json:"objects"`
	Unhealthy int    `json:"unhealthy,omitempty"`
	// Listed tells that a whole list was there once: else there may be more objects.
	Complete bool   `json:"complete"`
	Reason   string `json:"reason,omitempty"`
	NextTry  string `json:"next_try,omitempty"`
	Note     string `json:"note,omitempty"`
}

// stateOf says how a watch is.
func (s *Server) stateOf(w workspace.Watched) watchState {
	state, id, store := w.Watch.State(), w.Watch.Identity(), w.Watch.Store()
	out := watchState{
		Type: groupResource(w.Resource.GVR), Selector: id.LabelSelector, FieldSelector: id.FieldSelector, Namespace: id.Namespace,
		State: state.Phase.String(), Objects: store.Len(), Unhealthy: store.Unhealthy(),
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
func (s *watchState) note(said string) { s.Note = notes(said, s.Note) }

// watched gives what answers for the types that an argument names, once each watch is live or known not to be, and how the watches are. A type that
// nobody watched is watched from now on, as the note of its state says.
func (s *Server) watched(ctx context.Context, arg, namespace string) ([]source, []watchState, error) {
	if err := s.inScope(namespace); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.Patience)
	defer cancel()
	resources, err := s.resolve(ctx, arg)
	if err == nil {
		err = inNamespace(resources, namespace)
	}
	if err != nil {
		return nil, nil, err
	}
	if len(resources) > s.opts.MostWatched {
		return nil, nil, fmt.Errorf("%s stands for %d types, and at most %d can be asked for at once: name those of interest", quoted(arg), len(resources), s.opts.MostWatched)
	}
	all := make([]source, len(resources))
	var states []watchState
	for i, r := range resources {
		watches, note, err := s.watch(ctx, groupResource(r.GVR))
		if err != nil {
			return nil, nil, err
		}
		all[i] = source{r, watches}
		for _, w := range watches {
			state := s.stateOf(w)
			state.note(note)
			states = append(states, state)
		}
	}
	return all, states, nil
}

// resolve gives the types that are named, with commas between. It waits until the server has told its types.
func (s *Server) resolve(ctx context.Context, arg string) ([]cluster.Resource, error) {
	ctx, cancel := s.discovering(ctx)
	defer cancel()
	if strings.TrimSpace(arg) == "" {
		return nil, errors.New("which type? Name one as for kubectl, such as pods or deployments.apps; list_types tells which there are")
	}
	var all []cluster.Resource
	for one := range strings.SplitSeq(arg, ",") {
		resources, err := s.ws.Resolve(ctx, strings.TrimSpace(one))
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("finding the type %s: %w", quoted(one), errTypesNotTold)
		}
		if err != nil {
			return nil, err
		}
		for _, r := range resources {
			if !slices.ContainsFunc(all, func(other cluster.Resource) bool { return other.GVR == r.GVR }) {
				all = append(all, r)
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there is no type now that %s stands for; list_types tells which there are", quoted(arg))
	}
	return all, nil
}

// inNamespace refuses a namespace of types that have none.
func inNamespace(resources []cluster.Resource, namespace string) error {
	isNamespaced := func(r cluster.Resource) bool { return r.Namespaced }
	if namespace == "" || slices.ContainsFunc(resources, isNamespaced) {
		return nil
	}
	return fmt.Errorf("%s are in no namespace: ask without one", groupResource(resources[0].GVR))
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

// watch gives the watches that answer for a type, and what is to be said of them.
func (s *Server) watch(ctx context.Context, name string) (watches []workspace.Watched, note string, err error) {
	discovering, cancel := s.discovering(ctx)
	defer cancel()
	s.opts.Marks.wait(discovering, func() bool { // a tab may be about to have it
		isResolved := !slices.ContainsFunc(s.ws.Snapshot().Tabs, isAwaited)
		watches = watchesOf(s.ws.Watches(), name)
		return isResolved || len(watches) > 0
	})
	if len(watches) == 0 {
		dropped, err := s.ask(name)
		if err != nil {
			return nil, "", err
		}
		note = watchedFromNowOn
		if !s.opts.Recorded {
			note += ": of changes before, nothing is known"
		}
		if dropped != "" {
			note += "; " + dropped + " is not watched any more instead"
		}
	}
	s.asked.use(name)
	s.opts.Marks.wait(ctx, func() bool {
		watches = watchesOf(s.ws.Watches(), name)
		return len(watches) > 0 && !slices.ContainsFunc(watches, func(w workspace.Watched) bool { return !s.isSettled(w) })
	})
	if len(watches) == 0 {
		return nil, "", fmt.Errorf("watching %s: %w", name, ctx.Err())
	}
	return watches, note, nil
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
