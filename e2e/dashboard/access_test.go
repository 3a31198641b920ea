package dashboard

import (
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

// maxDenied is how many requests for what is forbidden are no error loop: a list, a watch, and one more try.
const maxDenied = 4

func TestUserWhoMayOnlyListPodsInOneNamespace(t *testing.T) {
	s := start(t, living, controlplane.PodsOnly)
	s.expect("1 pods")
	s.expectTop("1 live")
	s.expectRow("hello-", "Running")
	s.expectGone("deployments")

	// The one tab is live.
	cleanUp(t, living, "delete", "pod", "visitor", "--ignore-not-found", "--wait=false")
	apply(t, living, "{apiVersion: v1, kind: Pod, metadata: {name: visitor, namespace: default}, spec: {containers: [{name: c, image: example.com/c}]}}")
	s.expectRow("visitor", "Running")

	s.command("deployments")
	s.expect("may not list deployments", "in default", "Ask for: list, watch on deployments")
	s.expectTop("1 forbidden")
	s.press("a")
	s.Type("secrets")
	s.expectRow("⊘", "secrets", "forbidden")
	s.expect("no permission to list secrets in namespace default")
	s.press("esc")
	s.expectGone("add or drop types")

	// All namespaces are more than the user may see; one is still fine.
	s.press("1", "0")
	s.expect("may not list pods in any namespace")
	s.press("0")
	s.expectRow("visitor", "Running")
	s.quit()

	all := start(t, living, controlplane.PodsOnly, "--all-namespaces", "pods")
	all.expect("may not list pods in any namespace")
	all.expectTop("all namespaces")
	all.quit()

	lists := 0
	for _, verb := range []string{"list", "watch"} {
		asked, err := requests(living, controlplane.PodsOnly, verb, "deployments")
		if err != nil {
			t.Fatal(err)
		}
		if len(asked) > maxDenied {
			t.Errorf("the server was asked %d times to %s deployments", len(asked), verb)
		}
		for _, e := range asked {
			if verb == "list" || strings.Contains(e.RequestURI, "sendInitialEvents=true") { // a watch that lists
				lists++
			}
		}
	}
	if lists == 0 {
		t.Error("the audit log cannot be right: nobody asked for a list of deployments")
	}
}
