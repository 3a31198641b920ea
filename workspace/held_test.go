package workspace_test

import (
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/workspace"
)

// watched names the types that are watched, those without a tab with a star.
func (b *bench) watched() []string {
	var all []string
	for _, w := range b.ws.Watches() {
		name := w.Resource.GVR.GroupResource().String()
		if w.IsHeld {
			name += "*"
		}
		if w.Watch.State().Phase == informers.Live {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

func (b *bench) awaitWatched(want ...string) {
	b.t.Helper()
	b.await("these are live: "+want[0], func(workspace.Snapshot) bool { return slices.Equal(b.watched(), want) })
}

// What is held is watched without a tab, shared with tabs that show it, for as long as it is asked for.
func TestHeldTypesAreWatchedWithoutATab(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	tab := b.mustOpen("pods")
	held := b.ws.Hold()
	if err := held.Set([]string{"nodes", "pods", "nothing.acme.io"}); err != nil {
		t.Fatal(err)
	}
	b.awaitWatched("nodes*", "pods")
	if s := b.ws.Snapshot(); len(s.Tabs) != 1 {
		t.Errorf("there are %d tabs", len(s.Tabs))
	}
	b.ws.CloseTab(tab)
	b.awaitWatched("nodes*", "pods*")
	if err := held.Set([]string{"pods"}); err != nil {
		t.Fatal(err)
	}
	b.awaitWatched("pods*")
	if err := held.Set(nil); err != nil {
		t.Fatal(err)
	}
	b.await("nothing is watched", func(workspace.Snapshot) bool { return b.openWatches() == 0 })
	if err := held.Set([]string{"nodes"}); err != nil {
		t.Fatal(err)
	}
	b.awaitWatched("nodes*")
	held.Close()
	b.await("nothing is watched", func(workspace.Snapshot) bool { return b.openWatches() == 0 })
}

// A type that is served later is watched then, in the namespace that is in force.
func TestHeldTypeThatAppearsLaterIsWatched(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{Namespace: "shop"})
	gauges := sample.Gauges()
	if err := b.store.RemoveType(gauges.Resource); err != nil {
		t.Fatal(err)
	}
	held := b.ws.Hold()
	defer held.Close()
	if err := held.Set([]string{"gauges.acme.io", "pods"}); err != nil {
		t.Fatal(err)
	}
	b.ws.RetryNow()
	b.awaitWatched("pods*")
	b.addType(gauges)
	b.awaitWatched("gauges.acme.io*", "pods*")
	scope := func(namespace string) func(workspace.Snapshot) bool {
		return func(workspace.Snapshot) bool {
			return slices.ContainsFunc(b.ws.Watches(), func(w workspace.Watched) bool {
				return w.Resource.GVR.Resource == "pods" && w.Watch.Identity().Namespace == namespace
			})
		}
	}
	b.await("they are of shop", scope("shop"))
	b.ws.SetNamespace("default")
	b.await("they are of default", scope("default"))
}

func TestHeldTypesThatMayNotBeWatchedAreNamed(t *testing.T) {
	b := newBench(t, apiserver.Options{Policy: func(_, _ string, r schema.GroupVersionResource, _ string) bool { return r.Resource != "nodes" }}, workspace.Options{AllNamespaces: true})
	held := b.ws.Hold()
	defer held.Close()
	if refused := held.Refused(); refused != nil {
		t.Errorf("of nothing, %q is refused", refused)
	}
	if err := held.Set([]string{"nodes", "pods"}); err != nil {
		t.Fatal(err)
	}
	b.await("nodes are refused", func(workspace.Snapshot) bool { return slices.Equal(held.Refused(), []string{"nodes"}) })
}

// Names that stand for a type are not the type's own, by which rules know it.
func TestTypesThatAreNotServedUnderTheirNameAreTold(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{})
	if early := b.ws.Unserved([]string{"nothing.acme.io"}); early != nil {
		t.Errorf("before anything is known %q are not served", early)
	}
	b.mustOpen("pods")
	b.awaitWatched("pods")
	asked := []string{"pods", "pod", "deployments.apps", "deployments", "nodes", "po", "podz", "nothing.acme.io"}
	b.await("what is not served", func(workspace.Snapshot) bool {
		return slices.Equal(b.ws.Unserved(asked), []string{"pod", "deployments", "po", "podz", "nothing.acme.io"})
	})
	for name, want := range map[string][]string{"pod": {"pods"}, "po": {"pods"}, "deployments": {"deployments.apps"}, "podz": {"pods"}, "nothing.acme.io": nil} {
		if meant := b.ws.Meant(name); !slices.Equal(meant[:min(1, len(meant))], want) {
			t.Errorf("by %s is meant %q", name, meant)
		}
	}
}

// Of a group that does not answer nobody knows which types it has.
func TestTypesOfAGroupThatDoesNotAnswerAreNotToldAsMissing(t *testing.T) {
	st, err := sample.Store(1)
	if err != nil {
		t.Fatal(err)
	}
	st.SetDown(sample.Gauges().Resource.GroupVersion(), true)
	b := newBenchOf(t, st, apiserver.Options{}, informers.Options{}, workspace.Options{})
	b.mustOpen("pods")
	b.await("what is not served", func(workspace.Snapshot) bool {
		return slices.Equal(b.ws.Unserved([]string{"valves.acme.io", "valves.example.com"}), []string{"valves.example.com"})
	})
}
