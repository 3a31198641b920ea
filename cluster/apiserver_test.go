package cluster

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// typedStore holds the sample objects, with CustomResourceDefinitions and
// APIServices to watch.
func typedStore(t *testing.T) *store.Store {
	t.Helper()
	st, err := sample.Store(3)
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []store.Type{definitionType(definitions, "CustomResourceDefinition"), definitionType(apiServices, "APIService")} {
		if err := st.AddType(typ); err != nil {
			t.Fatal(err)
		}
	}
	return st
}

// definitionType is a store's type for what defines types.
func definitionType(gvr schema.GroupVersionResource, kind string) store.Type {
	return store.Type{Resource: gvr, Kind: kind, Singular: strings.ToLower(kind)}
}

// startServer serves a typedStore and runs a Cluster on it.
func startServer(t *testing.T, opts apiserver.Options) (*apiserver.Server, *Cluster) {
	t.Helper()
	server := apiserver.New(typedStore(t), opts)
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server, runCluster(t, server)
}

// runCluster opens a Cluster on a server and runs it until the test ends.
func runCluster(t *testing.T, server *apiserver.Server) *Cluster {
	t.Helper()
	kubeconfig, err := server.Kubeconfig("sample")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, kubeconfig, 0o600); err != nil {
		t.Fatal(err)
	}
	flags := NewFlags()
	flags.Kubeconfig = file
	c, err := Open(flags, "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return c
}

// awaitCatalog waits for a snapshot that is as cond says.
func awaitCatalog(t *testing.T, c *Cluster, what string, cond func(*Snapshot) bool) *Snapshot {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	s, err := c.Catalog().Await(ctx, cond)
	if err != nil {
		t.Fatalf("%s: %v; the catalog has %v, failed %v, error %v", what, err, names(s.Resources), s.Failed, s.Err)
	}
	return s
}

func fetched(s *Snapshot) bool { return !s.Fetched.IsZero() }

var gauges = schema.GroupResource{Group: sample.Gauges().Resource.Group, Resource: sample.Gauges().Resource.Resource}

func servesGauges(s *Snapshot) bool { _, ok := s.ServedAs(gauges, ""); return ok }

func TestCatalogOfServersOldAndNew(t *testing.T) {
	t.Parallel()
	var all [][]string
	for _, plain := range []bool{false, true} {
		_, c := startServer(t, apiserver.Options{NoAggregatedDiscovery: plain})
		s := awaitCatalog(t, c, "first answer", fetched)
		if s.Err != nil || len(s.Failed) != 0 {
			t.Errorf("plain %v: error %v, failed %v", plain, s.Err, s.Failed)
		}
		for arg, want := range map[string]string{"po": "pods", "deploy": "deployments", "Node": "nodes", "gauges." + gauges.Group: "gauges"} {
			if found, err := s.Resolve(arg); err != nil || len(found) != 1 || found[0].GVR.Resource != want {
				t.Errorf("plain %v: Resolve(%q) = %v, %v", plain, arg, names(found), err)
			}
		}
		all = append(all, names(s.Resources))
	}
	if diff := cmp.Diff(all[0], all[1]); diff != "" {
		t.Error("the two forms differ:", diff)
	}
}

func TestCatalogFollowsDefinitions(t *testing.T) {
	t.Parallel()
	server, c := startServer(t, apiserver.Options{})
	awaitCatalog(t, c, "first answer", servesGauges)
	first := c.Catalog().Snapshot().Fetched
	eventually(t, "the types are watched", func() bool { return c.Catalog().types.watching() })
	awaitCatalog(t, c, "what was removed before that would be noticed", func(s *Snapshot) bool { return s.Fetched.After(first) })

	st := server.Store()
	name := gauges.Resource + "." + gauges.Group
	crd := sample.JSON(map[string]any{"metadata": map[string]any{"name": name}})
	if err := st.RemoveType(sample.Gauges().Resource); err != nil {
		t.Fatal(err)
	}
	// Nobody told the catalog yet, and it does not ask by itself.
	if _, err := st.Apply(definitions, crd); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Delete(definitions, "", name); err != nil {
		t.Fatal(err)
	}
	awaitCatalog(t, c, "the type is removed", func(s *Snapshot) bool { return !servesGauges(s) })

	// The definition comes first, discovery has the type a little later.
	if _, err := st.Apply(definitions, crd); err != nil {
		t.Fatal(err)
	}
	asked := countDiscovery(server)
	eventually(t, "discovery was asked again", func() bool { return countDiscovery(server) > asked })
	if err := st.AddType(sample.Gauges()); err != nil {
		t.Fatal(err)
	}
	awaitCatalog(t, c, "the type is back", servesGauges)
}

func countDiscovery(server *apiserver.Server) int {
	n := 0
	for _, r := range server.Requests() {
		if r.Path == "/apis" {
			n++
		}
	}
	return n
}

// eventually waits until cond is true.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-deadline:
			t.Fatalf("not within 30 s: %s", what)
		case <-tick.C:
		}
	}
}

func TestCatalogWhereDefinitionsAreForbidden(t *testing.T) {
	t.Parallel()
	server, c := startServer(t, apiserver.Options{Policy: func(_, _ string, r schema.GroupVersionResource, _ string) bool {
		return r != definitions && r != apiServices
	}})
	awaitCatalog(t, c, "first answer", servesGauges)
	if err := server.Store().RemoveType(sample.Gauges().Resource); err != nil {
		t.Fatal(err)
	}
	c.Catalog().Refresh()
	awaitCatalog(t, c, "the type is removed", func(s *Snapshot) bool { return !servesGauges(s) })
	if c.Catalog().types.watching() {
		t.Error("it believes that it watches")
	}
	refused := 0
	for _, r := range server.Requests() {
		if r.Resource == definitions {
			refused++
		}
	}
	if refused > 3 {
		t.Errorf("asked %d times for what is forbidden", refused)
	}
}

func TestGroupThatIsDownHidesNoOther(t *testing.T) {
	t.Parallel()
	for _, plain := range []bool{false, true} {
		server, c := startServer(t, apiserver.Options{NoAggregatedDiscovery: plain})
		before := awaitCatalog(t, c, "first answer", servesGauges)
		gv := sample.Gauges().Resource.GroupVersion()
		server.Store().SetDown(gv, true)
		c.Catalog().Refresh()
		s := awaitCatalog(t, c, "the group is down", func(s *Snapshot) bool { return len(s.Failed) == 1 })
		if s.Failed[0].GroupVersion != gv || s.Err != nil {
			t.Errorf("plain %v: failed %v, error %v", plain, s.Failed, s.Err)
		}
		if diff := cmp.Diff(names(before.Resources), names(s.Resources)); diff != "" {
			t.Errorf("plain %v: %s", plain, diff)
		}
		if r, _ := s.ServedAs(gauges, ""); !r.Stale {
			t.Errorf("plain %v: the type is not marked: %+v", plain, r)
		}
		server.Store().SetDown(gv, false)
		c.Catalog().Refresh()
		s = awaitCatalog(t, c, "the group is back", func(s *Snapshot) bool { return len(s.Failed) == 0 })
		if r, _ := s.ServedAs(gauges, ""); r.Stale {
			t.Errorf("plain %v: the type is still marked", plain)
		}
	}
}

func TestCatalogSurvivesAServerThatFails(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]apiserver.Fault{
		"HTML":  {HTML: true},
		"503":   {Status: http.StatusServiceUnavailable},
		"cut":   {CutAfter: 40},
		"login": {HTML: true, Status: http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var failing atomic.Bool
			failing.Store(true)
			server, c := startServer(t, apiserver.Options{})
			awaitCatalog(t, c, "first answer", servesGauges)
			server.SetFaults(func(*http.Request) *apiserver.Fault {
				if failing.Load() {
					return &fault
				}
				return nil
			})
			c.Catalog().Refresh()
			s := awaitCatalog(t, c, "the failure shows", func(s *Snapshot) bool { return s.Err != nil })
			if !servesGauges(s) || s.NextTry.IsZero() || Explain(s.Err).Summary == "" {
				t.Errorf("snapshot = %+v", s)
			}
			failing.Store(false)
			awaitCatalog(t, c, "it works again", func(s *Snapshot) bool { return s.Err == nil })
		})
	}
}

func TestCatalogComesBackAfterConnectionsWereLost(t *testing.T) {
	t.Parallel()
	server, c := startServer(t, apiserver.Options{})
	awaitCatalog(t, c, "first answer", servesGauges)
	eventually(t, "the types are watched", func() bool { return server.OpenWatches()[definitions] == 1 })
	server.DropConnections()
	eventually(t, "the types are watched again", func() bool { return server.OpenWatches()[definitions] == 1 && server.OpenWatches()[apiServices] == 1 })
	if c.Catalog().Snapshot().Err != nil {
		t.Errorf("error = %v", c.Catalog().Snapshot().Err)
	}
}

func TestRunEndsItsWatches(t *testing.T) {
	t.Parallel()
	server, _ := startServer(t, apiserver.Options{})
	t.Run("inner", func(t *testing.T) {
		runCluster(t, server)
		eventually(t, "both watch", func() bool { return server.OpenWatches()[definitions] == 2 })
	})
	eventually(t, "one is left", func() bool { return server.OpenWatches()[definitions] == 1 })
}

func TestAccessOfARealServer(t *testing.T) {
	t.Parallel()
	pods := sample.Pods().Resource
	for _, incomplete := range []bool{false, true} {
		_, c := startServer(t, apiserver.Options{IncompleteRules: incomplete, Policy: func(_, _ string, r schema.GroupVersionResource, namespace string) bool {
			return r == pods && namespace == "shop" || r == sample.Nodes().Resource
		}})
		s := awaitCatalog(t, c, "first answer", fetched)
		for _, test := range []struct {
			arg, namespace string
			want           bool
		}{
			{"pods", "shop", true},
			{"pods", "default", false},
			{"pods", "", false},
			{"deployments", "shop", false},
			{"nodes", "", true},
			{"nodes", "shop", true},
		} {
			found, err := s.Resolve(test.arg)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			verdict, err := c.Access().Check(ctx, found[0], test.namespace)
			cancel()
			if err != nil || !verdict.Known || verdict.Allowed != test.want || (verdict.Reason == "") != test.want {
				t.Errorf("incomplete %v: %s in %q = %+v, %v", incomplete, test.arg, test.namespace, verdict, err)
			}
			if v := c.Access().May(found[0], test.namespace); v != verdict {
				t.Errorf("May = %+v, Check = %+v", v, verdict)
			}
		}
	}
}
