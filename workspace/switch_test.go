package workspace_test

import (
	"net/http"
	"testing"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/workspace"
)

// startDead starts a cluster that answers nothing but 503.
func startDead(t *testing.T) *apiserver.Server {
	t.Helper()
	server := startOther(t)
	server.SetFaults(func(*http.Request) *apiserver.Fault { return &apiserver.Fault{Status: http.StatusServiceUnavailable} })
	return server
}

// asked counts the requests for pods.
func asked(server *apiserver.Server) int {
	n := 0
	for _, r := range server.Requests() {
		if r.Resource == pods {
			n++
		}
	}
	return n
}

// toDead opens pods on the first cluster and goes to one that does not answer.
func toDead(t *testing.T) (b *bench, dead *apiserver.Server, row model.RowID) {
	t.Helper()
	b = newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	dead = startDead(t)
	b.addContext("dead", dead)
	b.mustOpen("po")
	s := b.await("pods are live", func(s workspace.Snapshot) bool {
		return live(s) && s.Tabs[0].View.Window(0, 1).Len == 20
	})
	first := s.Tabs[0].View.Window(0, 1).Rows[0]
	row = model.RowID{Source: first.Source, Key: first.Object.Key, UID: first.Object.UID}
	if err := b.ws.SetContext("dead"); err != nil {
		t.Fatal(err)
	}
	return b, dead, row
}

func TestNoRowsGoUnderTheNameOfAnotherCluster(t *testing.T) {
	b, dead, row := toDead(t)
	s := b.ws.Snapshot() // before and after the tab itself has followed
	if tab := s.Tabs[0]; tab.Context != "dead" || len(tab.Sources) != 0 || tab.View != nil || tab.Resolved {
		t.Errorf("at once the tab of %s has %d sources, resolved %t", tab.Context, len(tab.Sources), tab.Resolved)
	}
	b.await("the first cluster's watch is dropped", func(workspace.Snapshot) bool { return b.server.OpenWatches()[pods] == 0 })
	s = b.await("the tab says why it is empty", func(s workspace.Snapshot) bool { return s.Tabs[0].Pending != "" })
	if tab := s.Tabs[0]; len(tab.Sources) != 0 || tab.View != nil || tab.Resolved {
		t.Errorf("the tab has %d sources, resolved %t", len(tab.Sources), tab.Resolved)
	}
	if _, err := b.ws.Reveal(t.Context(), s.Tabs[0].ID, row); err == nil {
		t.Error("an object is revealed of a cluster that does not answer")
	}
	if n := asked(dead); n != 0 {
		t.Errorf("the cluster was asked %d times for what is in another", n)
	}
}

func TestTabComesBackFromAClusterThatIsDown(t *testing.T) {
	b, _, _ := toDead(t)
	before := asked(b.server)
	if err := b.ws.SetContext("sample"); err != nil {
		t.Fatal(err)
	}
	b.await("pods are live again, on the connection that is kept up", func(s workspace.Snapshot) bool {
		return live(s) && s.Tabs[0].Sources[0].Count == 20 && b.server.OpenWatches()[pods] == 1 &&
			asked(b.server) > before && running("informers.(*Watch).run(") == 1 && running("cluster.(*Cluster).Run(") == 1
	})
}
