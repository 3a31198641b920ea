package cluster

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// While other groups are awaited the core group's types have the names that they have afterwards, and nothing else has one.
func TestCoreGroupIsResolvedAsInTheWhole(t *testing.T) {
	groups := typical()
	groups = append(groups, apiGroup{"odd.example.com", []apiVersion{{version: "v1", resources: append(
		groups[0].versions[0].resources[:0:0], api("pod", "Pod", "pods", "svc"), api("po", "Service", "configmap"), api("nodes", "No", "event"),
	)}}})
	whole, core := newSnapshot(groups, &Snapshot{}, t0), newSnapshot(groups[:1], &Snapshot{}, time.Time{})
	for _, r := range core.Resources {
		for _, arg := range []string{r.GVR.Resource, r.Singular, r.Kind, r.GVR.Resource + ".v1."} {
			got, err := core.Resolve(arg)
			want, wantErr := whole.Resolve(arg)
			if err != nil || wantErr != nil {
				t.Fatalf("%s: %v, %v", arg, err, wantErr)
			}
			if diff := cmp.Diff(names(want), names(got)); diff != "" {
				t.Errorf("%s: %s", arg, diff)
			}
		}
	}
	for _, arg := range []string{"po", "PO", "deployments", "deploy", "all", "foos.example.com", "services.serving.knative.dev", "nothing"} {
		if got, err := core.Resolve(arg); !errors.Is(err, ErrNotDiscovered) {
			t.Errorf("%s is %v before the other groups are known (%v)", arg, names(got), err)
		}
	}
}

// A whole answer is never replaced by a part of one.
func TestCoreGroupIsKnownWhileOthersAreAwaited(t *testing.T) {
	runCatalog(t, func(t *testing.T, server *scripted, c *Catalog) {
		server.set(func(f *fakeServer) { f.docs["/apis"] = aggregatedDoc(group("apps", "v1 deployments=Deployment")) })
		var early *Snapshot
		groups, err := discover(t.Context(), server, &Snapshot{}, func(core []apiGroup) {
			fresh := newCatalog(server, c.types)
			if !fresh.publishCore(core) {
				t.Error("the core group is not published")
			}
			early = fresh.Snapshot()
		})
		if err != nil || len(groups) != 2 {
			t.Fatal(groups, err)
		}
		if _, err := early.Resolve("pods"); err != nil || !early.Fetched.IsZero() {
			t.Errorf("pods: %v, fetched %v", err, early.Fetched)
		}
		// What is known as a whole stays so.
		if c.publishCore(groups[:1]) || c.Snapshot().Fetched.IsZero() {
			t.Error("a whole answer was replaced by a part of one")
		}
	})
}

// The other groups are asked for a moment later, or at once where somebody waits for them.
func TestOtherGroupsAreAskedForWhenTheyAreNeeded(t *testing.T) {
	for _, hurry := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			server := &scripted{fakeServer: fakeServer{docs: map[string]document{
				"/api": aggregatedDoc(group("", "v1 pods=Pod")), "/apis": aggregatedDoc(),
			}}}
			c := newCatalog(server, &typeWatcher{woken: make(chan struct{}, 1), changes: make(map[definition]change)})
			ctx, cancel := context.WithCancel(t.Context())
			var running sync.WaitGroup
			running.Go(func() { c.refreshLoop(ctx) })
			synctest.Wait()
			if s := c.Snapshot(); !s.CoreKnown() || !s.Fetched.IsZero() {
				t.Errorf("core known %v, all at %v", s.CoreKnown(), s.Fetched)
			}
			begin := time.Now()
			if hurry {
				c.Hurry()
			} else {
				time.Sleep(groupsPause) // synctest's clock: no real time passes
			}
			synctest.Wait()
			if s := c.Snapshot(); s.Fetched.IsZero() || hurry && !s.Fetched.Equal(begin) {
				t.Errorf("hurry %v: all known at %v, begun at %v", hurry, s.Fetched, begin)
			}
			cancel()
			running.Wait()
		})
	}
}
