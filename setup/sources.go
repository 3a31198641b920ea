package setup

import (
	"github.com/dogwatch/dogwatch/replay/recorder"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/workspace"
)

// Sources are the workspace's watches as a recorder takes them.
func Sources(ws *workspace.Workspace) []recorder.Source {
	watches := ws.Watches()
	sources := make([]recorder.Source, len(watches))
	for i, w := range watches {
		id, r := w.Watch.Identity(), w.Resource
		sources[i] = recorder.Source{
			Watch: w.Watch,
			Type: recording.Type{
				Name: recording.NameOf(r.GVR), Kind: r.Kind, Singular: r.Singular, Namespaced: r.Namespaced,
				ShortNames: r.ShortNames, Categories: r.Categories, Verbs: r.Verbs,
			},
			Scope: recording.Scope{Namespace: id.Namespace, LabelSelector: id.LabelSelector, FieldSelector: id.FieldSelector},
		}
	}
	return sources
}
