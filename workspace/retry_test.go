package workspace_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestRetryCountsWhatWaits(t *testing.T) {
	noNodes := func(_, _ string, resource schema.GroupVersionResource, _ string) bool {
		return resource.Resource != "nodes"
	}
	b := newBench(t, apiserver.Options{Policy: noNodes}, workspace.Options{AllNamespaces: true})
	b.mustOpen("po")
	b.await("pods are live", live)
	if got := b.ws.RetryNow(); got != (workspace.Retried{}) {
		t.Errorf("of live watches alone it retries %+v", got)
	}
	for range 2 { // two tabs that share a watch
		b.mustOpen("no")
		if _, err := b.ws.Open(workspace.Target{Types: []string{"po", "no"}}); err != nil {
			t.Fatal(err)
		}
	}
	b.await("nodes wait", func(s workspace.Snapshot) bool {
		for _, tab := range s.Tabs[1:] {
			if n := len(tab.Sources); n == 0 || tab.Sources[n-1].State.Phase != informers.Forbidden || tab.Sources[n-1].State.NextTry.IsZero() {
				return false
			}
		}
		return true
	})
	if got, want := b.ws.RetryNow(), (workspace.Retried{Watches: 1}); got != want {
		t.Errorf("it retries %+v, want %+v", got, want)
	}
}
