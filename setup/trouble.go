package setup

import (
	"slices"

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
