package setup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/workspace"
)

// CheckRedactions finds the first of the rules that is for a type which nobody knows: what it was to hide may be there under another name. Known are the types
// that the server has, watched or not, since they may be watched later, and those that tabs wait for, by their names or by a pattern. It waits, within ctx,
// until the server has told what it has.
func CheckRedactions(ctx context.Context, rules []*informers.Redaction, ws *workspace.Workspace) error {
	for _, rule := range rules {
		name := rule.Type()
		if name == "" || isServed(rule, ws) || isAwaited(name, ws.Snapshot().Tabs) {
			continue
		}
		_, err := ws.Resolve(ctx, name)
		if isServed(rule, ws) {
			continue
		}
		if err == nil {
			err = fmt.Errorf("%q is the name of several types: give one of them", name)
		}
		return fmt.Errorf("--redact %s: %w", rule, err)
	}
	return nil
}

// isServed tells whether a rule is for a type that is watched or that the server is known to have.
func isServed(rule *informers.Redaction, ws *workspace.Workspace) bool {
	return slices.ContainsFunc(ws.Watches(), func(w workspace.Watched) bool { return rule.For(workspace.TypeOf(w.Resource)) }) ||
		slices.ContainsFunc(ws.Served(), func(r cluster.Resource) bool { return rule.For(workspace.TypeOf(r)) })
}

// isAwaited tells whether a tab wants types of that name, once there are any.
func isAwaited(name string, tabs []workspace.Tab) bool {
	return slices.ContainsFunc(tabs, func(tab workspace.Tab) bool {
		return slices.ContainsFunc(tab.Target.Types, func(arg string) bool {
			return strings.EqualFold(arg, name) || cluster.StandsFor(arg, schema.ParseGroupResource(name))
		})
	})
}
