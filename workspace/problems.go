package workspace

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/problems"
)

// startProblems begins to keep the list of what is unhealthy, until the workspace is closed.
func (w *Workspace) startProblems() {
	now := w.opts.HistoryNow
	if now == nil {
		now = w.ServerNow // which says when objects were made, and so when they are due
	}
	w.problems = problems.New(problems.Options{Sources: w.judged, Now: now, Moments: w.opts.HistoryNow != nil, Changed: w.opts.Changed})
	w.wg.Add(1)
	go func() {
		defer w.wg.Done()
		defer runtime.HandleCrash()
		w.problems.Run(w.ctx)
	}()
}

// judged are the watches as the list of problems reads them: none before the rules are read, or where they cannot be, which is told
// elsewhere.
func (w *Workspace) judged() []problems.Source {
	rules, err := w.opts.Health()
	if err != nil {
		return nil
	}
	watches := w.Watches()
	sources := make([]problems.Source, len(watches))
	for i, watched := range watches {
		sources[i] = problemsOf(watched.Watch, watched.Resource.Kind, watched.Watch.Store(), rules)
	}
	return sources
}

// problemsOf is what a store has of a watch's objects, of now or then, as a list of problems reads it.
func problemsOf(watch *informers.Watch, kind string, store *model.Store, rules *health.Rules) problems.Source {
	id := watch.Identity()
	gk := schema.GroupKind{Group: id.GVR.Group, Kind: kind}
	return problems.Source{
		Store: store, Cluster: id.Cluster, Type: id.GVR.GroupResource(), Kind: kind, Judge: rules.For(gk).Of, Explain: rules.Explain(gk).Of,
	}
}

// Problems is the list of what is unhealthy in all tabs. It is the same for the life of the workspace.
func (w *Workspace) Problems() *problems.List { return w.problems }
