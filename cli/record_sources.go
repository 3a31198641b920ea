package cli

import (
	"context"
	"fmt"
	"sync"

	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// serverVersion asks for the version once it is needed, and again until the server has told.
func serverVersion(ctx context.Context, ws *workspace.Workspace) func() string {
	var mu sync.Mutex
	known := ""
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		if known != "" {
			return known
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), versionPatience)
		defer cancel()
		version, err := ws.ServerVersion(ctx)
		if err != nil {
			klog.Warningf("recording: %v", err)
		}
		known = version
		return known
	}
}

// changed is the workspace's mark that something is different.
func (r *recordRun) changed() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// tell says on stderr what keeps a type from being recorded, once for each change.
func (r *recordRun) tell(s workspace.Snapshot) {
	for _, tab := range s.Tabs {
		r.say(tab.Title, setup.Trouble(s, tab))
		for _, source := range tab.Sources {
			r.listed = r.listed || source.State.Synced || source.State.Listed > 0
		}
	}
}

// tellUnused says which rules have hidden nothing so far: their paths may be misspelled.
func (r *recordRun) tellUnused(what string) {
	for _, rule := range r.redact {
		if rule.Count() == 0 {
			fmt.Fprintf(r.stderr, "--redact %s: %s\n", rule, what)
		}
	}
}

func (r *recordRun) say(title, problem string) {
	before := r.told[title]
	if before == problem {
		return
	}
	r.told[title] = problem
	title = text.Clean(title)
	if problem == "" {
		fmt.Fprintf(r.stderr, "%s: recording\n", title)
		return
	}
	fmt.Fprintf(r.stderr, "%s: not recording: %s\n", title, text.Clean(problem))
}
