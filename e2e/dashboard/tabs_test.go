package dashboard

import (
	"testing"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

func TestSelectorsLimitSeveralTypesInOneTab(t *testing.T) {
	s := start(t, living, controlplane.Reader, "-n", "shop", "-l", "app=web", "po,svc,cm")
	s.expectTop("3 live")
	s.expectRow("KIND", "NAME", "HEALTH", "AGE")
	s.expectRow("Pod", "web-")
	s.expectRow("Service", "web")
	s.expectRow("ConfigMap", "web-settings")
	s.expectGone("catalog")

	// An object comes into the selection and leaves it again by its labels alone.
	cleanUp(t, living, "--namespace=shop", "label", "--overwrite", "service/cart", "app=cart")
	kubectl(t, living, "--namespace=shop", "label", "--overwrite", "service/cart", "app=web")
	s.expectRow("Service", "cart")
	kubectl(t, living, "--namespace=shop", "label", "--overwrite", "service/cart", "app=cart")
	s.expectGone("cart")
	s.quit()
}

func TestFieldSelectorLimitsRows(t *testing.T) {
	s := start(t, living, controlplane.Reader, "-n", "shop", "--field-selector", "metadata.name=catalog", "services", "deployments")
	s.expectTop("2 live")
	s.expect("1 services 1", "2 deployments 1")
	s.expectRow("catalog", "ClusterIP")
	s.expectGone("cart")
	s.quit()
}

func TestTwoTabsShareOneWatch(t *testing.T) {
	const resource = "csinodes" // which an API server without controllers does not watch itself
	expectOpenWatches(t, resource, 0)
	s := start(t, bare, controlplane.Reader, "csinodes", "csinodes,configmaps")
	s.expect("1 csinodes", "2 csinodes,configmaps", "no csinodes")
	s.expectTop("2 live")
	expectOpenWatches(t, resource, 1)

	s.press("x")
	s.expect("1 csinodes,configmaps")
	s.expectTop("2 live")
	apply(t, bare, "{apiVersion: storage.k8s.io/v1, kind: CSINode, metadata: {name: shared}, spec: {drivers: []}}")
	cleanUp(t, bare, "delete", "csinode", "shared")
	s.expectRow("CSINode", "shared")
	expectOpenWatches(t, resource, 1)

	s.press("x")
	expectOpenWatches(t, resource, 0)
	s.quit()
	opened, err := requests(bare, controlplane.Reader, "watch", resource)
	if err != nil {
		t.Fatal(err)
	}
	if len(opened) != 1 {
		t.Errorf("the server was asked for %d watches on %s, want 1", len(opened), resource)
	}
}
