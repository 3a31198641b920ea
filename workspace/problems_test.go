package workspace_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/model/timeline"
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

// A moment of the past says since when an object is not well the same from whichever side one comes to it.
func TestAMomentDatesAProblemTheSameFromBothSides(t *testing.T) {
	c := changesOfPod(newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true, History: timeline.New(1 << 20), Health: health.Builtin}))
	c.mustOpen("pods")
	c.await("the watch is live", live)
	c.begin()
	put := func(reason, since string) time.Time {
		t.Helper()
		return c.remember(pods, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"api","uid":"p"},"status":{"phase":"Failed","reason":%q,`+
			`"conditions":[{"type":"Ready","status":"False","lastTransitionTime":%q}]}}`, reason, since))
	}
	const earlier, later = "2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z"
	first, second := put("Evicted", earlier), put("NodeLost", later)
	past, err := c.ws.BeginRewind(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		at            time.Time
		reason, since string
	}{{second, "NodeLost", later}, {first, "Evicted", earlier}, {second, "NodeLost", later}} {
		if err := past.Seek(t.Context(), step.at); err != nil {
			t.Fatal(err)
		}
		var problem *problems.Problem
		c.await("the problem is "+step.reason, func(workspace.Snapshot) bool {
			w := past.Problems().Window(0, 1)
			if len(w.Problems) == 1 {
				problem = w.Problems[0]
			}
			return problem != nil && problem.Reason == step.reason
		})
		if got := problem.Since.UTC().Format(time.RFC3339); got != step.since {
			t.Errorf("%s is so since %s, not %s", step.reason, got, step.since)
		}
	}
}
