package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// nothingError says why nothing is recorded. No file is left behind then.
type nothingError struct{ error }

func (e nothingError) Unwrap() error { return e.error }

// check waits until it is known which types there are, and finds what would record nothing, or what was to be hidden.
func (r *recordRun) check(ctx context.Context, ws *workspace.Workspace) error {
	s := ws.Snapshot()
	for !allResolved(s) {
		r.tell(s)
		select {
		case <-ctx.Done():
			return nothingRecorded(s)
		case <-r.wake:
		}
		s = ws.Snapshot()
	}
	r.changed() // for who waits next
	if !slices.ContainsFunc(s.Tabs, func(tab workspace.Tab) bool { return len(tab.Sources) > 0 }) {
		return nothingRecorded(s)
	}
	return r.checkRules(s, ws.Watches())
}

func allResolved(s workspace.Snapshot) bool {
	return len(s.Tabs) > 0 && !slices.ContainsFunc(s.Tabs, func(tab workspace.Tab) bool { return !tab.Resolved && tab.Problem == "" })
}

// nothingRecorded is the error of a recording of which nothing has come in.
func nothingRecorded(s workspace.Snapshot) error {
	var why []string
	for _, tab := range s.Tabs {
		if problem := trouble(s, tab); problem != "" && !slices.Contains(why, problem) {
			why = append(why, problem)
		}
	}
	if len(why) == 0 {
		why = []string{"it ended before anything came in"}
	}
	return nothingError{setup.Local(fmt.Errorf("nothing was recorded: %s", text.Clean(strings.ReplaceAll(strings.Join(why, "; "), "\n", "; "))))}
}

// checkRules refuses a rule for a type that is not recorded: what it was to hide may be recorded under another name. A type
// that is to be recorded, but which the server does not have yet, is let pass under the name that was given for it.
func (r *recordRun) checkRules(s workspace.Snapshot, watches []workspace.Watched) error {
	for _, rule := range r.redact {
		name, _, _ := strings.Cut(rule.String(), ":")
		if !matches(rule, watches) && !slices.ContainsFunc(s.Tabs, func(tab workspace.Tab) bool { return waitsFor(tab, name) }) {
			return nothingError{setup.Local(fmt.Errorf("--redact %s: no type that is recorded is called %q; nothing was recorded", text.Clean(rule.String()), name))}
		}
	}
	return nil
}

// matches tells whether a rule is for a type that is recorded.
func matches(rule *informers.Redaction, watches []workspace.Watched) bool {
	return slices.ContainsFunc(watches, func(w workspace.Watched) bool { return rule.For(workspace.TypeOf(w.Resource)) })
}

// waitsFor tells whether a type of that name is missing to a tab.
func waitsFor(tab workspace.Tab, name string) bool {
	return tab.Problem != "" && slices.ContainsFunc(tab.Target.Types, func(arg string) bool { return strings.EqualFold(arg, name) })
}
