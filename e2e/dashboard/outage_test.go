package dashboard

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

const (
	// outage is how long the server is away: long enough for tries that are far apart.
	outage = 20 * time.Second
	// recovery is twice the longest wait between two tries.
	recovery = time.Minute
)

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
	s.expectLiveAtNextTry()
	kubectl(t, bare, "create", "configmap", "meanwhile")
	kubectl(t, bare, "delete", "configmap", "before")
	s.expectRow("meanwhile")
	s.expectTop("1 live")
	s.expectGone("before")
	s.quit()
}

// expectLiveAtNextTry waits until the one watch is live, for a server that is ready by now: the try that the screen
// announces succeeds. One that was under way when the server became ready may have failed.
func (s *session) expectLiveAtNextTry() {
	s.t.Helper()
	countdown := regexp.MustCompile(`retry in (\d+)s`)
	failed, left := 0, -1
	s.WaitFor(s.t, recovery, "the watch to be live again", func(screen string) bool {
		if match := countdown.FindStringSubmatch(screen); match != nil {
			seconds, _ := strconv.Atoi(match[1]) // digits
			if left >= 0 && seconds > left {
				failed++
			}
			left = seconds
		}
		if failed > 1 {
			s.t.Fatalf("%d tries failed though the server is ready\n%s", failed, screen)
		}
		first, _, _ := strings.Cut(screen, "\n")
		return strings.Contains(first, "1 live")
	})
}
