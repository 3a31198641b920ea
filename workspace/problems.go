package workspace

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/problems"
)

// startProblems begins to keep the list of what is unhealthy, until the workspace is closed.
func (w *Workspace) startProblems() error {
	rules := w.opts.Health
	if rules == nil {
		var err error
		if rules, err = health.Builtin(); err != nil {
			return fmt.Errorf("judging health: %w", err)
		}
	}
	w.problems = problems.New(problems.Options{
		Sources: func() []problems.Source { return judged(w.Watches(), rules) },
		Now:     w.opts.HistoryNow, Changed: w.opts.Changed,
	})
	w.wg.Add(1)
	go func() {
		defer w.wg.Done()
		defer runtime.HandleCrash()
		w.problems.Run(w.ctx)
	}()
	return nil
}

// judged are watches as the list of problems reads them.
func judged(watches []Watched, rules *health.Rules) []problems.Source {
	sources := make([]problems.Source, len(watches))
	for i, w := range watches {
		id := w.Watch.Identity()
		gk := schema.GroupKind{Group: id.GVR.Group, Kind: w.Resource.Kind}
		sources[i] = problems.Source{
			Store: w.Watch.Store(), Cluster: id.Cluster, Type: id.GVR.GroupResource(), Kind: w.Resource.Kind,
			Judge: rules.For(gk).Of, Explain: rules.Explain(gk).Of,
		}
	}
	return sources
}

// Problems is the list of what is unhealthy in all tabs. It is the same for the life of the workspace.
func (w *Workspace) Problems() *problems.List { return w.problems }
