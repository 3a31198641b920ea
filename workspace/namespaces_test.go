package workspace_test

import (
	"fmt"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestNamespacesAreListedToTheLast(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{})
	namespaces := schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	for i := range 2100 { // more than two pages
		if _, err := b.store.Apply(namespaces, sample.Namespace(fmt.Sprintf("team-%04d", i))); err != nil {
			t.Fatal(err)
		}
	}
	names, err := b.ws.Namespaces(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(names) || !slices.Contains(names, "team-0000") || !slices.Contains(names, "team-2099") || len(slices.Compact(names)) < 2100 {
		t.Errorf("%d namespaces, the last is %s", len(names), names[len(names)-1])
	}
}

func TestNamespacesThatMayNotBeListedAreUnknown(t *testing.T) {
	none := func(_, _ string, resource schema.GroupVersionResource, _ string) bool {
		return resource.Resource != "namespaces"
	}
	b := newBench(t, apiserver.Options{Policy: none}, workspace.Options{})
	if names, err := b.ws.Namespaces(t.Context()); err == nil {
		t.Errorf("gives %q", names)
	}
}
