package metrics

import (
	"fmt"
	"strings"

	"github.com/dogwatch/dogwatch/follow"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/workspace"
)

// Missing says what of the watches that were asked for is not there yet: which types are not synced, or that some are not known. It is empty where all are.
func Missing(s workspace.Snapshot) string {
	var waiting []string
	unknown := 0
	for _, tab := range s.Tabs {
		if !tab.Resolved || tab.Problem != "" {
			unknown++
		}
		for _, source := range tab.Sources {
			if !source.State.Synced {
				gvr := source.Watch.GVR
				waiting = append(waiting, fmt.Sprintf("%s: %s", gvr.GroupResource(), source.State.Phase))
			}
		}
	}
	switch {
	case len(s.Tabs) == 0:
		return "nothing is watched yet"
	case unknown > 0:
		waiting = append(waiting, fmt.Sprintf("%d of %d of what was asked for has types that the server has not told of", unknown, len(s.Tabs)))
	}
	return strings.Join(waiting, "\n")
}

// Ready says it for a program whose types may be those of a configuration, which may name none; f is nil where there is none.
func Ready(f *follow.Follower, ws interface{ Snapshot() workspace.Snapshot }) func() string {
	return func() string {
		s := ws.Snapshot()
		if setup.WatchesNothing(f, s) {
			return ""
		}
		return Missing(s)
	}
}
