package workspace_test

import (
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/workspace"
)

// newHeldBench watches nodes for nobody's tab, as for rules.
func newHeldBench(t *testing.T) *changes {
	t.Helper()
	c := newRewindBench(t)
	held := c.ws.Hold()
	t.Cleanup(held.Close)
	if err := held.Set([]string{"nodes"}); err != nil {
		t.Fatal(err)
	}
	c.awaitWatched("nodes*", "pods")
	return c
}

// A tab that comes while the past is shown has what anybody watched, as for rules; of what nobody did it says so. Back in the present it is a tab as all.
func TestATabThatComesInThePastShowsIt(t *testing.T) {
	c := newHeldBench(t)
	node := func(name, uid string) time.Time {
		t.Helper()
		return c.remember(schema.GroupVersionResource{Version: "v1", Resource: "nodes"}, fmt.Sprintf(`{"apiVersion":"v1","kind":"Node","metadata":{"name":%q,"uid":%q}}`, name, uid))
	}
	before, after := node("node-early", "e"), node("node-late", "n")
	past, err := c.ws.BeginRewind(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.mustOpen("nodes")
	has := func(want bool) func(workspace.Snapshot) bool {
		return func(s workspace.Snapshot) bool {
			if len(s.Tabs) != 2 || s.Tabs[1].View == nil || s.Tabs[1].Problem != "" {
				return false
			}
			_, found := s.Tabs[1].View.Find(model.RowID{Key: model.Key{Name: "node-late"}, UID: "n"})
			return found == want && s.Tabs[1].View.Window(0, 1).Len > 0
		}
	}
	c.await("the nodes have a past", has(true))
	for at, want := range map[time.Time]bool{before: false, after: true} {
		if err := past.Seek(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		c.await(fmt.Sprintf("node-late is there: %v", want), has(want))
	}
	if _, err := c.ws.Open(workspace.Target{Types: []string{"pods"}, Namespace: "default"}); err != nil {
		t.Fatal(err)
	}
	c.await("what nobody watched has no past", func(s workspace.Snapshot) bool {
		return len(s.Tabs) == 3 && s.Tabs[2].View == nil && s.Tabs[2].Problem != ""
	})
	inPast := c.ws.Snapshot().Tabs[1].View
	c.ws.EndRewind()
	c.await("the nodes are those of the present", func(s workspace.Snapshot) bool {
		return !s.IsPast && s.Tabs[1].View != inPast && has(true)(workspace.Snapshot{Tabs: s.Tabs[:2]}) && s.Tabs[1].Sources[0].State.Phase == informers.Live
	})
}

// A tab that comes while the past is made has it, too, and one that has it keeps its view. None comes into a past that has ended.
func TestTabsThatComeAsThePastBegins(t *testing.T) {
	c := newHeldBench(t)
	open := func(of string, n int) func() {
		return func() {
			c.mustOpen(of)
			c.await(of+" are live", func(s workspace.Snapshot) bool { return len(s.Tabs) == n && len(s.Tabs[n-1].Sources) > 0 && live(s) })
		}
	}
	past, err := c.ws.BeginRewindAfter(t.Context(), open("nodes", 2))
	if err != nil {
		t.Fatal(err)
	}
	first := c.ws.Snapshot().Tabs
	past.OpenTabs()
	for i, tab := range c.ws.Snapshot().Tabs {
		if tab.View == nil || tab.Problem != "" || tab.View != first[i].View {
			t.Errorf("%s has another view, or no past: %s", tab.Title, tab.Problem)
		}
	}
	c.ws.EndRewind()
	c.ws.CloseTab(first[1].ID)
	if past, err = c.ws.BeginRewind(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.ws.EndRewind()
	n := past.Tabs()
	open("nodes", 2)()
	past.OpenTabs()
	if past.Tabs() != n {
		t.Error("a past that has ended has a tab more")
	}
}
