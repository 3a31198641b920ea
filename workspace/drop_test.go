package workspace_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestDroppedMemberLeavesTheRestOfItsCategory(t *testing.T) {
	for _, types := range [][]string{{"all"}, {"po", "all"}, {"all", "pods"}} {
		b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
		b.mustOpen(types...)
		b.await("all are live", func(s workspace.Snapshot) bool { return live(s) && len(s.Tabs[0].Sources) > 1 })
		if !b.ws.DropType("pods") {
			t.Errorf("%q shows no pods", types)
		}
		s := b.await("pods are no longer watched", func(workspace.Snapshot) bool { return b.server.OpenWatches()[pods] == 0 })
		if len(s.Tabs) != 1 {
			t.Fatalf("%q leaves %d tabs, want 1", types, len(s.Tabs))
		}
		s = b.await("deployments are left", func(s workspace.Snapshot) bool { return live(s) && len(s.Tabs[0].Sources) == 1 })
		if got := s.Tabs[0].Target.Types; !slices.Equal(got, []string{"deployments.apps"}) {
			t.Errorf("%q leaves %q", types, got)
		}
		b.ws.DropType("deployments.apps")
		if s := b.ws.Snapshot(); len(s.Tabs) != 0 {
			t.Errorf("%q leaves %d tabs, want none", types, len(s.Tabs))
		}
	}
}

func TestDropsAndChangesOfScopeLoseNothing(t *testing.T) {
	const many, droppers = 400, 4
	b := newBench(t, apiserver.Options{}, workspace.Options{Namespace: "n"})
	types := []string{"pods"}
	for i := range many {
		types = append(types, fmt.Sprintf("none%d", i))
	}
	b.mustOpen(types...)
	var wg sync.WaitGroup
	for first := range droppers {
		wg.Go(func() {
			for i := first; i < many; i += droppers {
				b.ws.DropType(fmt.Sprintf("none%d", i))
			}
		})
	}
	wg.Go(func() {
		for i := range many {
			b.ws.SetNamespace(fmt.Sprintf("n%d", i))
		}
	})
	wg.Wait()
	s := b.ws.Snapshot()
	if got := s.Tabs[0].Target.Types; len(got) != 1 {
		t.Errorf("%d types are left, want pods only: %.5q", len(got), got)
	}
	if got, want := s.Tabs[0].Namespace, fmt.Sprintf("n%d", many-1); got != want {
		t.Errorf("the tab is in %s, want %s", got, want)
	}
}
