package setup

import (
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/workspace"
)

// Trouble is why nothing is heard of a tab's types now; empty where it is.
func Trouble(s workspace.Snapshot, tab workspace.Tab) string {
	switch {
	case tab.Problem != "":
		return tab.Problem
	case tab.Pending != "":
		return tab.Pending
	case tab.Waits:
		return "no such type is there yet: it is watched once it is"
	case !tab.Resolved:
		return s.Problem.Summary
	}
	for _, source := range tab.Sources {
		p := source.State.Phase
		if p == informers.Live || p == informers.Listing || p == informers.WaitingForDiscovery {
			continue
		}
		text := p.String()
		if source.State.Reason != "" {
			text += ": " + source.State.Reason
		}
		if len(tab.Sources) > 1 {
			text = source.Name + ": " + text
		}
		return text
	}
	return ""
}

// Resolved tells that the catalog has been asked for the types of all tabs.
func Resolved(s workspace.Snapshot) bool {
	return len(s.Tabs) > 0 && !slices.ContainsFunc(s.Tabs, func(tab workspace.Tab) bool { return !tab.Resolved && tab.Problem == "" })
}

// Misnamed gives the first of the rules that is for no type that is watched, and the name that it has for it: what it was to hide may be
// there under another name. A type that is to be watched, but which the server does not have yet, is let pass under the name that was given
// for it. nil is none.
func Misnamed(rules []*informers.Redaction, s workspace.Snapshot, watches []workspace.Watched) (rule *informers.Redaction, name string) {
	for _, rule := range rules {
		name, _, _ := strings.Cut(rule.String(), ":")
		if !matches(rule, watches) && !slices.ContainsFunc(s.Tabs, func(tab workspace.Tab) bool { return waitsFor(tab, name) }) {
			return rule, name
		}
	}
	return nil, ""
}

// matches tells whether a rule is for a type that is watched.
func matches(rule *informers.Redaction, watches []workspace.Watched) bool {
	return slices.ContainsFunc(watches, func(w workspace.Watched) bool { return rule.For(workspace.TypeOf(w.Resource)) })
}

// waitsFor tells whether a type of that name is missing to a tab.
func waitsFor(tab workspace.Tab, name string) bool {
	return tab.Problem != "" && slices.ContainsFunc(tab.Target.Types, func(arg string) bool { return strings.EqualFold(arg, name) })
}
