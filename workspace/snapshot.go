package workspace

import (
	"slices"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/heat"
)

// TabID names a tab for as long as the workspace lives.
type TabID int

// Target is what the user asks to see, as typed.
type Target struct {
	// Types are types or categories in kubectl's spelling; several share one tab.
	Types []string
	// Namespace limits the tab; empty means the workspace's own scope.
	Namespace string
	// AllNamespaces asks for all of them; it wins over Namespace.
	AllNamespaces bool
	// Context is the kubeconfig context; empty means the workspace's own.
	Context       string
	LabelSelector string
	FieldSelector string
	// Filter is what the tab is filtered by when it opens.
	Filter string
}

// Source is one watch of a tab, as the screen shows it.
type Source struct {
	// Watch tells the watch from all others; tabs may share one.
	Watch      informers.Identity
	Name       string // plural, with its group where the tab has two of that name
	Kind       string
	Namespaced bool
	Cluster    string
	Columns    *model.Columns // nil until the first answer
	State      informers.State
	Count      int
	// Unhealthy is how many of them are, whatever the tab's filter.
	Unhealthy int
	// Heat is how much has changed lately, noise left out.
	Heat heat.Lately
}

// Tab is one tab at one moment.
type Tab struct {
	ID     TabID
	Title  string
	Target Target
	// Namespace is the namespace in force, empty for all.
	Namespace string
	Context   string
	// Sources are the tab's watches; none until its types are resolved.
	Sources []Source
	// View is nil until the tab's types are resolved. It stays the same while
	// the tab's watches do.
	View *model.View
	// Problem says why the tab has no watches (a type that does not exist, a
	// cluster that does not answer), with what to do. Empty when all is well.
	Problem string
	// Pending says why the types are not resolved yet, where that takes longer
	// than it should, and what may help.
	Pending string
	// Resolved tells that the catalog has been asked what the types are.
	Resolved bool
	// Waits tells that none of the types is there that the tab's patterns stand for. It shows them once they are.
	Waits bool
}

// Snapshot is the workspace at one moment. It is never changed after it is
// handed out.
type Snapshot struct {
	Context   string
	Server    string
	Namespace string // empty for all
	// Problem says what is wrong with the cluster's connection or discovery.
	Problem Problem
	Tabs    []Tab
	// Down names groups whose API does not answer.
	Down []string
	// Unhealthy is how many objects of all tabs are, each counted once.
	Unhealthy int
	// History is what is remembered of changes.
	History History
	// IsPast tells that the tabs show the past.
	IsPast bool
	// Generation grows with each change of the snapshot.
	Generation uint64
	// Ahead is how far the server's clock is ahead of the local one, to the
	// second.
	Ahead time.Duration
}

// Problem is a trouble in words, and when it is tried again.
type Problem struct {
	Summary string
	Hint    string
	NextTry time.Time
}

// TypeChoice is a line of the picker.
type TypeChoice struct {
	Name       string // plural
	Group      string
	Version    string
	Kind       string
	Namespaced bool
	ShortNames []string
	Categories []string
	// Watched tells that a tab of this workspace shows the type.
	Watched bool
	// Forbidden says why the type may not be watched here; empty where it may
	// or where that is not known.
	Forbidden string
	// NotServing says that the type's API does not answer now.
	NotServing bool
	// New marks a type that appeared while dogwatch ran.
	New bool
}

// Arg is the choice in a spelling that names it alone: "pods",
// "gauges.acme.io".
func (c TypeChoice) Arg() string {
	if c.Group == "" {
		return c.Name
	}
	return c.Name + "." + c.Group
}

// Snapshot gives the workspace as it is now. Its cost grows with the number of
// tabs, not with what they hold.
func (w *Workspace) Snapshot() Snapshot {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.current.cluster
	s := Snapshot{
		Context:    c.Name(),
		Server:     c.Server(),
		Namespace:  w.namespace,
		Generation: w.generation,
		Ahead:      time.Until(c.Now()).Round(time.Second),
		History:    w.history.state(),
		Unhealthy:  w.problems.Len(),
		Tabs:       make([]Tab, len(w.tabs)),
	}
	if past := w.rewind.Load(); past != nil {
		s.IsPast, s.Unhealthy = true, past.problems.Len()
	}
	catalog := c.Catalog().Snapshot()
	for _, failure := range catalog.Failed {
		s.Down = append(s.Down, failure.GroupVersion.String())
	}
	if catalog.Err != nil {
		problem := cluster.Explain(catalog.Err)
		s.Problem = Problem{Summary: problem.Summary, Hint: problem.Hint, NextTry: catalog.NextTry}
	}
	for i, t := range w.tabs {
		s.Tabs[i] = t.snapshot()
		if catalog := t.wanted().conn.cluster.Catalog().Snapshot(); !s.Tabs[i].Resolved && catalog.Fetched.IsZero() && catalog.Err != nil {
			problem := cluster.Explain(catalog.Err)
			s.Tabs[i].Pending = strings.TrimSpace(problem.Summary + ". " + problem.Hint)
		}
	}
	return s
}

func (t *tab) snapshot() Tab {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := Tab{
		ID:        t.id,
		Title:     t.wish.target.title(),
		Target:    t.wish.target,
		Namespace: t.wish.namespace,
		Context:   t.wish.conn.cluster.Name(),
	}
	// What is still shown of another connection is about to go: nothing of it is
	// given out under the name of this one.
	if !allOf(t.shown, t.wish.conn) {
		return out
	}
	out.Resolved, out.View, out.Problem, out.Waits = t.shown != nil || t.waits, t.view, t.problem, t.waits
	out.Sources = make([]Source, 0, len(t.shown))
	for _, s := range t.shown {
		watch := s.lease.Watch()
		out.Sources = append(out.Sources, Source{
			Watch:      watch.Identity(),
			Name:       t.nameLocked(s.resource),
			Kind:       s.resource.Kind,
			Namespaced: s.resource.Namespaced,
			Cluster:    s.conn.cluster.Name(),
			Columns:    watch.Store().Columns(),
			State:      watch.State(),
			Count:      watch.Store().Len(),
			Unhealthy:  watch.Store().Unhealthy(),
			Heat:       t.ws.heat(watch.Identity()),
		})
	}
	if past := t.ws.rewind.Load(); past != nil && len(out.Sources) > 0 {
		past.show(&out, t.shown)
	}
	return out
}

// nameLocked is a type's plural, with its group where the tab shows another type
// of the same plural.
func (t *tab) nameLocked(r cluster.Resource) string {
	gr := r.GVR.GroupResource()
	for _, other := range t.shown {
		if o := other.resource.GVR; o.Resource == gr.Resource && o.Group != gr.Group {
			return gr.String()
		}
	}
	return gr.Resource
}

// title is the target as a line of the command prompt would ask for it, without
// its filter.
func (t Target) title() string {
	words := []string{strings.Join(t.Types, ",")}
	if t.AllNamespaces {
		words = append(words, "all")
	}
	for _, word := range []string{t.Namespace, t.LabelSelector, t.FieldSelector} {
		if word != "" {
			words = append(words, word)
		}
	}
	if t.Context != "" {
		words = append(words, "@"+t.Context)
	}
	return strings.Join(words, " ")
}

// sameAs tells whether two targets ask for the same.
func (t Target) sameAs(other Target) bool {
	return slices.Equal(t.Types, other.Types) &&
		t.Namespace == other.Namespace && t.AllNamespaces == other.AllNamespaces &&
		t.Context == other.Context &&
		t.LabelSelector == other.LabelSelector && t.FieldSelector == other.FieldSelector
}
