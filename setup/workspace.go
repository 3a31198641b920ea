package setup

import (
	"context"
	"errors"
	"time"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/config"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/workspace"
)

// Workspace makes the workspace that the options describe, without any tab. It runs until ctx ends or it is closed; changed is called,
// from any goroutine, when what it shows is no longer as before.
func (o *Options) Workspace(ctx context.Context, changed func()) (*workspace.Workspace, error) {
	rules := readRules(o.Played)
	ws, err := o.workspaceWith(ctx, rules, changed)
	if err == nil {
		rules.goBy(ws.ServerNow)
	}
	return ws, errors.Join(err, rules.wait())
}

func (o *Options) workspaceWith(ctx context.Context, rules *builtinRules, changed func()) (*workspace.Workspace, error) {
	if err := cluster.PinContext(o.Kube); err != nil {
		return nil, err
	}
	marks, err := informers.NewMarks()
	if err != nil {
		return nil, err
	}
	watching := informers.Options{
		Resync: o.Resync, Health: rules.judge, ManagedFields: o.History != nil || o.Managers, KeepManagedFields: o.WholeObjects, Redact: o.Redact, Marks: marks,
	}
	rulesOfNoise, err := o.noise(rules)
	if err != nil {
		return nil, err
	}
	if o.Played != nil {
		watching.Now, watching.ForgetGone = o.Played, true
		// The server is this process: it is asked again at once, as after a row of seeks.
		watching.Backoff = informers.Backoff{Initial: 10 * time.Millisecond, Max: 100 * time.Millisecond}
	}
	manager := informers.NewManager(ctx, watching)
	return workspace.New(ctx, workspace.Options{
		Open: func(contextName string) (*cluster.Cluster, error) {
			return cluster.Open(o.Kube, contextName, cluster.Options{UserAgent: "dogwatch/" + Version()})
		},
		Manager:       manager,
		Namespace:     o.Kube.Context.Namespace,
		AllNamespaces: o.AllNamespaces,
		LabelSelector: o.LabelSelector,
		FieldSelector: o.FieldSelector,
		ShardSelector: o.ShardSelector,
		History:       o.History,
		HistoryNow:    o.Played,
		Recorded:      o.Recorded,
		Health:        rules.health,
		Noise:         rulesOfNoise,
		Changed:       changed,
	})
}

// DefaultTypes are those that are watched where nobody names any.
func DefaultTypes() []string {
	return []string{"pods", "deployments", "services", "nodes", "events"}
}

// OpenTabs opens a tab for each argument of a command line, or for each of the types that may be watched where there is none.
func OpenTabs(ws *workspace.Workspace, types, defaults []string) error {
	if len(types) == 0 {
		return ws.OpenDefaults(defaults...)
	}
	for _, arg := range types {
		parts, err := config.SplitTypes(arg)
		if err != nil {
			return err
		}
		if _, err := ws.Open(workspace.Target{Types: parts}); err != nil {
			return err
		}
	}
	return nil
}
