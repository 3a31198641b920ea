package workspace_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/workspace"
)

// defaults opens the default tabs for a user who may see only one type.
func defaults(t *testing.T, allowed string) *bench {
	t.Helper()
	policy := func(_, _ string, resource schema.GroupVersionResource, _ string) bool {
		return resource.Resource == allowed
	}
	b := newBench(t, apiserver.Options{Policy: policy}, workspace.Options{Namespace: "shop"})
	if err := b.ws.OpenDefaults("pods", "deployments.apps", "nodes"); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestForbiddenFirstDefaultLeavesForAnother(t *testing.T) {
	b := defaults(t, "nodes")
	b.await("only nodes are left", func(s workspace.Snapshot) bool {
		return len(s.Tabs) == 1 && s.Tabs[0].Title == "nodes" && live(s)
	})
}

func TestFirstDefaultStaysIfAllAreForbidden(t *testing.T) {
	b := defaults(t, "none")
	b.await("only pods are left, and say that they are forbidden", func(s workspace.Snapshot) bool {
		return len(s.Tabs) == 1 && s.Tabs[0].Title == "pods" &&
			len(s.Tabs[0].Sources) == 1 && s.Tabs[0].Sources[0].State.Phase == informers.Forbidden
	})
}

func TestDefaultThatIsNotResolvedIsNotRefused(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{})
	if err := b.ws.OpenDefaults("pods", "deploymets"); err != nil {
		t.Fatal(err)
	}
	b.await("the second says what is wrong", func(s workspace.Snapshot) bool {
		return len(s.Tabs) == 2 && s.Tabs[1].Problem != "" && len(s.Tabs[0].Sources) == 1
	})
}
