package dashboard

import (
	"testing"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

func TestMainPath(t *testing.T) {
	s := start(t, living, controlplane.Reader, "--namespace", "shop")
	s.expectRow("1 pods", "2 deployments", "3 services 3", "4 nodes 3", "5 events")
	s.expectTop("5 live")
	s.expectRow("web-", "2/2", "Running")
	s.press("2")
	s.expectRow("catalog", "4/4")

	// The picker adds a type of which nothing is known but what the server says.
	expectWatches(t, living, controlplane.Reader, "certificates", 0)
	s.press("a")
	s.expect("add or drop types")
	s.Type("certificates")
	s.expectRow("[ ] certificates", "tls.example.com/v1", "cert")
	s.press("enter")
	s.expect("6 certificates")
	s.expectRow("NAME", "READY", "HOST", "RENEWED", "AGE")
	s.expectRow("storefront", "True", "shop.example.com")
	expectWatches(t, living, controlplane.Reader, "certificates", 1)

	// The pane shows the object, and what others do to it.
	s.press("y")
	s.expect("kind: Certificate", "renewBeforeDays: 30")
	cleanUp(t, living, "--namespace=shop", "label", "certificate", "storefront", "seen-by-")
	kubectl(t, living, "--namespace=shop", "label", "certificate", "storefront", "seen-by=e2e")
	s.expect("seen-by: e2e")
	cleanUp(t, living, "--namespace=shop", "patch", "certificate", "storefront", "--type=merge", `--patch={"spec":{"host":"shop.example.com"}}`)
	kubectl(t, living, "--namespace=shop", "patch", "certificate", "storefront", "--type=merge", `--patch={"spec":{"host":"new.example.com"}}`)
	s.expectRow("storefront", "True", "new.example.com")
	s.expect("host: new.example.com")

	// Dropping the tab closes the connection.
	s.press("x")
	s.expectGone("6 certificates")
	expectWatches(t, living, controlplane.Reader, "certificates", 0)

	s.press("2")
	kubectl(t, living, "--namespace=shop", "scale", "deployment/catalog", "--replicas=5")
	s.expectRow("catalog", "5/5")
	cleanUp(t, living, "--namespace=shop", "scale", "deployment/catalog", "--replicas=4")
	s.quit()
	expectWatches(t, living, controlplane.Reader, "pods", 0)
}
