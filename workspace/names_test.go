package workspace_test

import (
	"testing"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestTypesOfOnePluralAreToldApart(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	metrics := sample.Gauges()
	metrics.Resource.Group, metrics.Resource.Resource, metrics.Resource.Version = "metrics.k8s.io", "pods", "v1beta1"
	metrics.Kind, metrics.Singular, metrics.ShortNames = "PodMetrics", "", nil
	b.addType(metrics)
	if _, err := b.ws.Open(workspace.Target{Types: []string{"pods", "pods.metrics.k8s.io", "nodes"}}); err != nil {
		t.Fatal(err)
	}
	s := b.await("all are live", func(s workspace.Snapshot) bool { return live(s) && len(s.Tabs[0].Sources) == 3 })
	watches := map[any]bool{}
	for i, want := range []string{"pods", "pods.metrics.k8s.io", "nodes"} {
		source := s.Tabs[0].Sources[i]
		watches[source.Watch] = true
		if source.Name != want {
			t.Errorf("%s is called %s, want %s", source.Watch, source.Name, want)
		}
	}
	if len(watches) != 3 {
		t.Errorf("%d watches, want 3", len(watches))
	}
}
