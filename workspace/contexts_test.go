package workspace_test

import (
	"runtime"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/workspace"
)

// otherPods is how many pods the second cluster has; the first has 20.
const otherPods = 7

// startOther starts a second cluster.
func startOther(t *testing.T) *apiserver.Server {
	t.Helper()
	st, err := sample.Store(otherPods)
	if err != nil {
		t.Fatal(err)
	}
	server := apiserver.New(st, apiserver.Options{})
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("closing the other server: %v", err)
		}
	})
	return server
}

// addContext adds a context for a server to the kubeconfig.
func (b *bench) addContext(name string, server *apiserver.Server) {
	b.t.Helper()
	content, err := server.Kubeconfig(name)
	if err != nil {
		b.t.Fatal(err)
	}
	added, err := clientcmd.Load(content)
	if err != nil {
		b.t.Fatal(err)
	}
	all, err := clientcmd.LoadFromFile(b.kubeconfig)
	if err != nil {
		b.t.Fatal(err)
	}
	all.Clusters[name], all.AuthInfos[name], all.Contexts[name] = added.Clusters[name], added.AuthInfos[name], added.Contexts[name]
	if err := clientcmd.WriteToFile(*all, b.kubeconfig); err != nil {
		b.t.Fatal(err)
	}
}

// allOpen counts the watches that a server serves, those of discovery too.
func allOpen(server *apiserver.Server) int {
	n := 0
	for _, open := range server.OpenWatches() {
		n += open
	}
	return n
}

// running counts the goroutines that are in a function.
func running(function string) int {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	n := 0
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, function) {
			n++
		}
	}
	return n
}

func TestTabOfAnotherContextComesAndGoes(t *testing.T) {
	other := startOther(t)
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	b.addContext("other", other)
	b.mustOpen("po")
	b.await("the first cluster's pods are live", func(s workspace.Snapshot) bool {
		return live(s) && s.Tabs[0].Sources[0].Count == 20
	})
	b.await("the first cluster's watch is open", func(workspace.Snapshot) bool { return b.server.OpenWatches()[pods] == 1 })
	if n := len(other.Requests()); n != 0 {
		t.Errorf("the other server had %d requests before anybody asked for it", n)
	}

	id, err := b.ws.Open(workspace.Target{Types: []string{"po"}, Context: "other", AllNamespaces: true})
	if err != nil {
		t.Fatal(err)
	}
	s := b.await("both are live at once", func(s workspace.Snapshot) bool {
		return len(s.Tabs) == 2 && live(s) && s.Tabs[0].Sources[0].Count == 20 && s.Tabs[1].Sources[0].Count == otherPods
	})
	if s.Context != "sample" || s.Tabs[0].Context != "sample" || s.Tabs[1].Context != "other" || s.Tabs[1].Sources[0].Cluster != "other" {
		t.Errorf("the contexts are %q, %q and %q", s.Context, s.Tabs[0].Context, s.Tabs[1].Context)
	}
	b.await("each server has its watch", func(workspace.Snapshot) bool {
		return b.server.OpenWatches()[pods] == 1 && other.OpenWatches()[pods] == 1
	})
	// Each follows its own cluster.
	if _, err := other.Store().Apply(pods, sample.Pod(otherPods)); err != nil {
		t.Fatal(err)
	}
	b.await("only the other has one more", func(s workspace.Snapshot) bool {
		return s.Tabs[0].Sources[0].Count == 20 && s.Tabs[1].Sources[0].Count == otherPods+1
	})

	b.ws.CloseTab(id)
	s = b.await("the first is left, live", func(s workspace.Snapshot) bool { return len(s.Tabs) == 1 && live(s) })
	if s.Tabs[0].Sources[0].State.Phase != informers.Live || s.Tabs[0].Sources[0].Count != 20 {
		t.Errorf("the tab that stays is %+v", s.Tabs[0].Sources[0])
	}
	b.await("nothing is open on the other server", func(workspace.Snapshot) bool { return allOpen(other) == 0 })
	b.await("one watch runs", func(workspace.Snapshot) bool { return running("informers.(*Watch).run(") == 1 })
	b.await("one connection is kept up", func(workspace.Snapshot) bool { return running("cluster.(*Cluster).Run(") == 1 })
	if n := b.server.OpenWatches()[pods]; n != 1 {
		t.Errorf("%d watches of pods are open on the first server, want 1", n)
	}
}

// A context that is dropped and asked for again at once must not lose its new
// connection to the end of the old one.
func TestContextIsOpenedAgainAtOnce(t *testing.T) {
	other := startOther(t)
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	b.addContext("other", other)
	b.mustOpen("po")
	target := workspace.Target{Types: []string{"po"}, Context: "other", AllNamespaces: true}
	for range 10 {
		id, err := b.ws.Open(target)
		if err != nil {
			t.Fatal(err)
		}
		b.ws.CloseTab(id)
	}
	if _, err := b.ws.Open(target); err != nil {
		t.Fatal(err)
	}
	b.await("both clusters are live", func(s workspace.Snapshot) bool { return len(s.Tabs) == 2 && live(s) })
}
