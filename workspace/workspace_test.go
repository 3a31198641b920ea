package workspace_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var pods = schema.GroupVersionResource{Version: "v1", Resource: "pods"}

// bench is a workspace on an API server in this process.
type bench struct {
	t       *testing.T
	store   *store.Store
	server  *apiserver.Server
	ws      *workspace.Workspace
	changed chan struct{}
	// kubeconfig is the file that is read whenever a context is opened.
	kubeconfig string
}

func newBench(t *testing.T, serve apiserver.Options, opts workspace.Options) *bench {
	t.Helper()
	st, err := sample.Store(20)
	if err != nil {
		t.Fatal(err)
	}
	return newBenchOf(t, st, serve, informers.Options{}, opts)
}

func newBenchOf(t *testing.T, st *store.Store, serve apiserver.Options, watching informers.Options, opts workspace.Options) *bench {
	t.Helper()
	server := apiserver.New(st, serve)
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, store: st, server: server, changed: make(chan struct{}, 1), kubeconfig: writeKubeconfig(t, server)}
	opts.Open = b.open(b.kubeconfig)
	watching.ManagedFields = opts.History != nil
	if opts.Health != nil {
		rules, err := opts.Health()
		if err != nil {
			t.Fatal(err)
		}
		watching.Health = func(gk schema.GroupKind) model.Judge { return rules.For(gk) }
	}
	opts.Manager = informers.NewManager(context.WithoutCancel(t.Context()), watching)
	opts.Changed = func() {
		select {
		case b.changed <- struct{}{}:
		default:
		}
	}
	var err error
	b.ws, err = workspace.New(context.WithoutCancel(t.Context()), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.close)
	return b
}

func (b *bench) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	if err := b.ws.Close(ctx); err != nil {
		b.t.Errorf("closing the workspace: %v", err)
	}
	b.await("no watch is open on the server", func(workspace.Snapshot) bool { return b.openWatches() == 0 })
	if err := b.server.Close(); err != nil {
		b.t.Errorf("closing the server: %v", err)
	}
}

func (b *bench) openWatches() int {
	n := 0
	for gvr, open := range b.server.OpenWatches() {
		if gvr.Group != "apiextensions.k8s.io" && gvr.Group != "apiregistration.k8s.io" {
			n += open
		}
	}
	return n
}

func writeKubeconfig(t *testing.T, server *apiserver.Server) string {
	t.Helper()
	kubeconfig, err := server.Kubeconfig("sample")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, kubeconfig, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (b *bench) open(path string) func(string) (*cluster.Cluster, error) {
	return func(contextName string) (*cluster.Cluster, error) {
		flags := cluster.NewFlags()
		flags.Kubeconfig = path
		return cluster.Open(flags, contextName, cluster.Options{})
	}
}

// addType has the server serve a type, which the workspace is told to look for: its discovery may have been before.
func (b *bench) addType(t store.Type) {
	b.t.Helper()
	if err := b.store.AddType(t); err != nil {
		b.t.Fatal(err)
	}
	b.ws.RetryNow()
}

// await waits until the workspace is as said; every change is looked at.
func (b *bench) await(what string, ok func(workspace.Snapshot) bool) workspace.Snapshot {
	b.t.Helper()
	deadline := time.NewTimer(60 * time.Second)
	defer deadline.Stop()
	poll := time.NewTicker(20 * time.Millisecond) // for what the server counts
	defer poll.Stop()
	for {
		s := b.ws.Snapshot()
		if ok(s) {
			return s
		}
		select {
		case <-b.changed:
		case <-poll.C:
		case <-deadline.C:
			b.t.Fatalf("waiting until %s; tabs: %+v", what, s.Tabs)
		}
	}
}

func (b *bench) mustOpen(types ...string) workspace.TabID {
	b.t.Helper()
	id, err := b.ws.Open(workspace.Target{Types: types})
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

// live tells whether every tab's watches are.
func live(s workspace.Snapshot) bool {
	for _, tab := range s.Tabs {
		if len(tab.Sources) == 0 {
			return false
		}
		for _, source := range tab.Sources {
			if source.State.Phase != informers.Live {
				return false
			}
		}
	}
	return len(s.Tabs) > 0
}

func TestTabShowsWhatTheServerHas(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	b.mustOpen("po")
	s := b.await("20 pods are there", func(s workspace.Snapshot) bool {
		return live(s) && s.Tabs[0].View.Window(0, 50).Len == 20
	})
	if got := s.Tabs[0]; got.Title != "po" || got.Sources[0].Name != "pods" || got.Sources[0].Kind != "Pod" {
		t.Errorf("tab is %q of %s %s", got.Title, got.Sources[0].Name, got.Sources[0].Kind)
	}
}

func TestTwoTabsShareOneWatch(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	first := b.mustOpen("po")
	b.mustOpen("pods", "nodes")
	b.await("both tabs are live", live)
	if n := b.server.OpenWatches()[pods]; n != 1 {
		t.Errorf("%d watches of pods are open, want 1", n)
	}
	b.ws.CloseTab(first)
	if n := b.server.OpenWatches()[pods]; n != 1 {
		t.Errorf("%d watches of pods are open after one of two tabs closed, want 1", n)
	}
	b.ws.DropType("po")
	b.await("the watch of pods is closed", func(workspace.Snapshot) bool { return b.server.OpenWatches()[pods] == 0 })
	s := b.await("nodes are left", live)
	if got := s.Tabs[0].Title; got != "nodes" {
		t.Errorf("the tab is %q, want nodes", got)
	}
}

func TestNamespaceSwitchIsFollowed(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{Namespace: "shop"})
	b.mustOpen("po")
	s := b.await("pods of shop are there", live)
	inShop := s.Tabs[0].Sources[0].Count
	if inShop == 0 || inShop == 20 {
		t.Fatalf("%d of 20 pods are in shop: the sample is of no use here", inShop)
	}
	b.ws.ToggleAllNamespaces()
	b.await("all 20 pods are there", func(s workspace.Snapshot) bool {
		return live(s) && s.Namespace == "" && s.Tabs[0].Sources[0].Count == 20
	})
	b.ws.ToggleAllNamespaces()
	b.await("pods of shop are back", func(s workspace.Snapshot) bool {
		return live(s) && s.Namespace == "shop" && s.Tabs[0].Sources[0].Count == inShop
	})
}

func TestUnknownTypeOffersTheNearest(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{})
	b.mustOpen("deploymets")
	s := b.await("the tab says what is wrong", func(s workspace.Snapshot) bool { return s.Tabs[0].Problem != "" })
	if got := s.Tabs[0].Problem; !strings.Contains(got, "deployments") {
		t.Errorf("the problem %q does not name the nearest type", got)
	}
}

func TestDefaultsLeaveOutWhatIsForbidden(t *testing.T) {
	onlyPods := func(_, _ string, resource schema.GroupVersionResource, _ string) bool {
		return resource.Resource == "pods"
	}
	b := newBench(t, apiserver.Options{Policy: onlyPods}, workspace.Options{Namespace: "shop"})
	if err := b.ws.OpenDefaults("pods", "deployments.apps", "nodes"); err != nil {
		t.Fatal(err)
	}
	b.await("only pods are left", func(s workspace.Snapshot) bool { return len(s.Tabs) == 1 && live(s) })
}

func TestTypeThatAppearsLaterIsWatched(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	gauges := sample.Gauges()
	if err := b.store.RemoveType(gauges.Resource); err != nil {
		t.Fatal(err)
	}
	b.mustOpen("gauges.acme.io")
	b.await("the type is unknown", func(s workspace.Snapshot) bool { return s.Tabs[0].Problem != "" })
	if err := b.store.AddType(gauges); err != nil {
		t.Fatal(err)
	}
	b.ws.RetryNow()
	b.await("the type is watched", func(s workspace.Snapshot) bool { return live(s) && s.Tabs[0].Problem == "" })
}

// A type that a pattern stands for is watched once it is there, and no longer when it has gone.
func TestTypesThatMatchAPatternComeAndGo(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	gauges := sample.Gauges()
	if err := b.store.RemoveType(gauges.Resource); err != nil {
		t.Fatal(err)
	}
	b.mustOpen("*.acme.io")
	for range 2 {
		b.await("it is known that there is none", func(s workspace.Snapshot) bool {
			tab := s.Tabs[0]
			return tab.Resolved && tab.Waits && tab.Problem == "" && len(tab.Sources) == 0 && b.openWatches() == 0
		})
		if err := b.store.AddType(gauges); err != nil {
			t.Fatal(err)
		}
		b.ws.RetryNow()
		b.await("the type is watched", func(s workspace.Snapshot) bool { return live(s) && !s.Tabs[0].Waits && len(s.Tabs[0].Sources) == 1 })
		if err := b.store.RemoveType(gauges.Resource); err != nil {
			t.Fatal(err)
		}
		b.ws.RetryNow()
	}
}

func TestChoicesSayWhatIsWatchedAndForbidden(t *testing.T) {
	noNodes := func(_, _ string, resource schema.GroupVersionResource, _ string) bool {
		return resource.Resource != "nodes" && resource.Resource != "*" // "*" is the question of an administrator
	}
	b := newBench(t, apiserver.Options{Policy: noNodes}, workspace.Options{Namespace: "shop"})
	b.mustOpen("po")
	b.await("pods are live", live)
	find := func(name string) workspace.TypeChoice {
		choices := b.ws.Choices()
		i := slices.IndexFunc(choices, func(c workspace.TypeChoice) bool { return c.Name == name })
		if i < 0 {
			t.Fatalf("no choice %s", name)
		}
		return choices[i]
	}
	if !find("pods").Watched || find("nodes").Watched {
		t.Error("pods are watched and nodes are not, the choices say otherwise")
	}
	b.await("nodes are known to be forbidden", func(workspace.Snapshot) bool { return find("nodes").Forbidden != "" })
	if why := find("pods").Forbidden; why != "" {
		t.Errorf("pods are said to be forbidden: %s", why)
	}
}

func TestNothingOpensAfterClose(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{})
	b.mustOpen("po")
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	if err := b.ws.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ws.Open(workspace.Target{Types: []string{"nodes"}}); err == nil {
		t.Error("a tab was opened after Close")
	}
}

func TestOneTabForWhatIsTheSame(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{Namespace: "shop"})
	pods := b.mustOpen("po")
	b.await("pods are live", live)
	for _, target := range []workspace.Target{
		{Types: []string{"pods"}},
		{Types: []string{"pod"}, Namespace: "shop"},
		{Types: []string{"pods.v1."}},
	} {
		id, err := b.ws.OpenKnown(target)
		if err != nil || id != pods {
			t.Errorf("%+v opened tab %d (%v), want %d", target, id, err, pods)
		}
	}
	other, err := b.ws.OpenKnown(workspace.Target{Types: []string{"po"}, Namespace: "kube-system", LabelSelector: "app=web"})
	if err != nil || other == pods {
		t.Errorf("pods of another namespace are in tab %d (%v)", other, err)
	}
	if got := b.ws.Snapshot().Tabs[1].Title; got != "po kube-system app=web" {
		t.Errorf("the tab is called %q", got)
	}
	if _, err := b.ws.OpenKnown(workspace.Target{Types: []string{"deploymets"}}); err == nil || !strings.Contains(err.Error(), "deployments") {
		t.Errorf("an unknown type was opened, or the error %v names no other", err)
	}
}
