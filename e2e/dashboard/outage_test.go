package dashboard

import (
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

// outage is how long the server is away.
const outage = 20 * time.Second

func TestServerGoesAwayAndComesBack(t *testing.T) {
	kubectl(t, bare, "create", "configmap", "before")
	cleanUp(t, bare, "delete", "configmap", "before", "meanwhile", "--ignore-not-found")
	s := start(t, bare, controlplane.Reader, "configmaps")
	s.expectRow("before")
	s.expectTop("1 live")

	bare.StopAPIServer()
	stopped := time.Now()
	s.expect("rows as of", "retry in")
	// The countdown changes the screen each second, so every moment of the outage is looked at.
	s.WaitFor(t, patience, "the outage to pass", func(screen string) bool {
		if !strings.Contains(screen, "before") {
			t.Fatalf("the rows are gone\n%s", screen)
		}
		if strings.Contains(screen, "1 live") {
			t.Fatalf("it says live while there is no server\n%s", screen)
		}
		return time.Since(stopped) > outage
	})
	if err := bare.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	kubectl(t, bare, "create", "configmap", "meanwhile")
	kubectl(t, bare, "delete", "configmap", "before")
	s.expectRow("meanwhile")
	s.expectTop("1 live")
	s.expectGone("before")
	s.quit()
}
