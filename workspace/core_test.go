package workspace_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/workspace"
)

// A type of the core group is watched as soon as the server has told of that group; whatever may be elsewhere waits for the rest,
// and is not called unknown.
func TestCoreTypesAreShownWhileOtherGroupsAreAwaited(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	slow, groups := startOther(t), make(chan struct{})
	slow.SetFaults(func(r *http.Request) *apiserver.Fault {
		if strings.HasPrefix(r.URL.Path, "/apis") {
			return &apiserver.Fault{Stall: groups}
		}
		return nil
	})
	b.addContext("slow", slow)
	for _, types := range [][]string{{"pods"}, {"deployments"}, {"pods", "deployments"}, {"nothing"}} {
		if _, err := b.ws.Open(workspace.Target{Types: types, Context: "slow", AllNamespaces: true}); err != nil {
			t.Fatal(err)
		}
	}
	s := b.await("the pods are there", func(s workspace.Snapshot) bool {
		tab := s.Tabs[0]
		return len(tab.Sources) == 1 && tab.Sources[0].Count == otherPods
	})
	for _, tab := range s.Tabs[1:] {
		if tab.Resolved || tab.Problem != "" {
			t.Errorf("%s is resolved %v, problem %q", tab.Title, tab.Resolved, tab.Problem)
		}
	}
	view := s.Tabs[0].View
	close(groups)
	s = b.await("all are resolved", func(s workspace.Snapshot) bool {
		return s.Tabs[1].Resolved && s.Tabs[2].Resolved && s.Tabs[3].Problem != ""
	})
	if len(s.Tabs[2].Sources) != 2 || s.Tabs[0].View != view {
		t.Errorf("%d sources of two types; the view of pods stayed: %v", len(s.Tabs[2].Sources), s.Tabs[0].View == view)
	}
}
