package dashboard

import (
	"context"
	"fmt"
	"testing"

	"github.com/dogwatch/dogwatch/e2e/await"
	"github.com/dogwatch/dogwatch/e2e/controlplane"
	"github.com/dogwatch/dogwatch/e2e/suite"
)

// requests are what a user asked of one type, each once.
func requests(cluster *controlplane.ControlPlane, user, verb, resource string) ([]controlplane.AuditEvent, error) {
	seen := map[string]bool{}
	return cluster.AuditEvents(func(e controlplane.AuditEvent) bool {
		if e.User.Name != user || e.Verb != verb || e.Object.Resource != resource || seen[e.ID] {
			return false
		}
		seen[e.ID] = true
		return true
	})
}

// openWatches counts the watches of a user on a resource that the server has begun to answer and not ended.
func openWatches(cluster *controlplane.ControlPlane, user, resource string) (int, error) {
	open := map[string]bool{}
	_, err := cluster.AuditEvents(func(e controlplane.AuditEvent) bool {
		if e.User.Name == user && e.Verb == "watch" && e.Object.Resource == resource {
			open[e.ID] = e.Stage == controlplane.ResponseStarted
		}
		return false
	})
	count := 0
	for _, isOpen := range open {
		if isOpen {
			count++
		}
	}
	return count, err
}

// expectWatches waits until the server has so many watches of a user open on a resource.
func expectWatches(t *testing.T, cluster *controlplane.ControlPlane, user, resource string, want int) {
	t.Helper()
	what := fmt.Sprintf("%d watches of %s on %s", want, user, resource)
	await.Success(t, patience, what, func(context.Context) error {
		got, err := openWatches(cluster, user, resource)
		if err == nil && got != want {
			err = fmt.Errorf("there are %d", got)
		}
		return err
	})
}

// expectOpenWatches waits until the bare server counts so many open watches on a resource, whoever made them.
func expectOpenWatches(t *testing.T, resource string, want int) {
	t.Helper()
	await.Success(t, patience, fmt.Sprintf("%d watches on %s", want, resource), func(ctx context.Context) error {
		metrics, err := bare.Metrics(ctx)
		if got := metrics.LongRunning("WATCH", resource); err == nil && got != want {
			err = fmt.Errorf("there are %d", got)
		}
		return err
	})
}

// TestNothingButReadsReachesTheServer uses every part of the program that asks the server for something. What the
// other tests have asked for by then is looked at too, and once more when all have ended.
func TestNothingButReadsReachesTheServer(t *testing.T) {
	s := start(t, living, controlplane.Reader, "-n", "shop", "all", "secrets", "po,svc")
	s.expectRow("Deployment", "web")
	s.press("2")
	s.expect("catalog-database")
	s.press("y", "enter")
	s.expect("kind: Secret", "password: •••• (")
	s.press("s")
	s.expect("kind: Secret", "password: not-a-real-password")
	s.expectGone("••••")
	s.press("down")
	s.expect("password: •••• (")
	s.press("e") // the pages that begin watches, or read what is remembered
	s.expect("no Events")
	s.press("H")
	s.expect("YAML events rel hist")
	s.press("A")
	s.expect("following")
	s.press("A")
	s.expect("YAML events rel hist")
	s.press("H")
	s.expect("y yaml")
	s.press("a")
	s.expect("add or drop types")
	s.press("esc")
	s.expectGone("add or drop types")
	s.press("0")
	s.expectTop("all namespaces")
	s.command("nodes")
	s.expectRow("node-0", "Ready")
	s.quit()

	if err := suite.OnlyReads(living); err != nil {
		t.Error(err)
	}
	all, err := living.AuditEvents(controlplane.AuditByUser(controlplane.Reader))
	if err != nil {
		t.Fatal(err)
	}
	verbs := map[string]int{}
	for _, e := range all {
		verbs[e.Verb]++
	}
	if of, err := requests(living, controlplane.Reader, "watch", "events"); err != nil || len(of) == 0 {
		t.Errorf("no Events were watched: %v", err)
	}
	if verbs["get"] < 3 || verbs["watch"] < 8 || verbs["create"] < 1 {
		t.Errorf("the audit log cannot be right: it holds only %v", verbs)
	}
}
