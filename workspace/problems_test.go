package workspace_test

import (
	"testing"

	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestTroubleOfTwoTabsIsOneProblem(t *testing.T) {
	rules, err := health.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true, Health: func() (*health.Rules, error) { return rules, nil }})
	failed := []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"broken"},` +
		`"status":{"phase":"Pending","containerStatuses":[{"name":"api","ready":false,"state":{"waiting":{"reason":"ImagePullBackOff","message":"no such image"}}}]}}`)
	if _, err := b.store.Apply(pods, failed); err != nil {
		t.Fatal(err)
	}
	all := b.mustOpen("pods")
	shop, err := b.ws.Open(workspace.Target{Types: []string{"pods"}, Namespace: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	b.await("the watches are live", live)
	b.await("it is counted once", func(s workspace.Snapshot) bool { return s.Unhealthy == 1 })
	w := b.ws.Problems().Window(0, 10)
	if len(w.Problems) != 1 || w.Problems[0].Name != "broken" || w.Problems[0].Reason != "ImagePullBackOff" || w.Problems[0].Message != "container api: no such image" {
		t.Errorf("the problems are %+v", w.Problems)
	}
	b.ws.CloseTab(all)
	b.await("the other tab has it still", func(s workspace.Snapshot) bool { return s.Unhealthy == 1 && len(s.Tabs) == 1 })
	b.ws.CloseTab(shop)
	b.await("no tab has it", func(s workspace.Snapshot) bool { return s.Unhealthy == 0 })
}
