package dashboard

import (
	"testing"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

// downAPI registers an API that is to be served by a service which does not exist.
const downAPI = `
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.down.example.com}
spec:
  group: down.example.com
  version: v1
  groupPriorityMinimum: 1000
  versionPriority: 10
  insecureSkipTLSVerify: true
  service: {name: missing, namespace: default}
`

func TestAggregatedAPIThatIsDownHidesNothingElse(t *testing.T) {
	cleanUp(t, bare, "delete", "apiservice", "v1.down.example.com", "--ignore-not-found")
	apply(t, bare, downAPI)
	s := start(t, bare, controlplane.Reader, "services")
	s.expectTop("1 API down: down.example.com/v1")
	s.expectTop("1 live")
	s.expectRow("kubernetes", "ClusterIP")
	s.command("clusterroles")
	s.expectRow("cluster-admin")
	s.expectTop("2 live")

	kubectl(t, bare, "delete", "apiservice", "v1.down.example.com")
	s.expectGone("API down")
	s.quit()
}
