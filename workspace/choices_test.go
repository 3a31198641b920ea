package workspace_test

import (
	"slices"
	"testing"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestChoicesSayWhatIsNotServing(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{})
	gauges := sample.Gauges().Resource
	notServing := func(down bool) func(workspace.Snapshot) bool {
		return func(workspace.Snapshot) bool {
			return slices.ContainsFunc(b.ws.Choices(), func(c workspace.TypeChoice) bool {
				return c.Name == gauges.Resource && c.NotServing == down
			})
		}
	}
	b.await("gauges are served", notServing(false))
	b.store.SetDown(gauges.GroupVersion(), true)
	b.ws.RetryNow()
	b.await("gauges are not served", notServing(true))
	if slices.ContainsFunc(b.ws.Choices(), func(c workspace.TypeChoice) bool { return c.Group == "" && c.NotServing }) {
		t.Error("a type of the core group is said to be not served")
	}
}
