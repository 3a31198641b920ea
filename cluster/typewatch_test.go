package cluster

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

// A server that comes up denies all until it has read who may what.
func TestTypesAreWatchedAgainSoonAfterADenial(t *testing.T) {
	t.Parallel()
	var denied atomic.Bool
	server, c := startServer(t, apiserver.Options{Policy: func(string, string, schema.GroupVersionResource, string) bool {
		return !denied.Load()
	}})
	eventually(t, "the types are watched", c.Catalog().types.watching)
	denied.Store(true)
	server.DropConnections()
	eventually(t, "the denial is noticed", func() bool { return !c.Catalog().types.watching() })
	denied.Store(false)
	eventually(t, "the types are watched again", c.Catalog().types.watching)
}

// A restored server takes watches from its lost future, and is silent.
func TestTypesOfARestoredServerAreWatched(t *testing.T) {
	t.Parallel()
	backup := typedStore(t)
	server, c := startServer(t, apiserver.Options{})
	eventually(t, "the types are watched", c.Catalog().types.watching)
	for range 20 {
		define(t, server, "lost.example.com")
	}
	eventually(t, "the definition is seen", func() bool { return countDiscovery(server) > 1 })

	server.SetFaults(func(r *http.Request) *apiserver.Fault {
		version, err := strconv.ParseUint(r.URL.Query().Get("resourceVersion"), 10, 64)
		if err != nil || version <= server.Store().ResourceVersion() {
			return nil
		}
		return &apiserver.Fault{Stall: r.Context().Done()}
	})
	server.SetStore(backup)
	server.DropConnections()
	eventually(t, "definitions are watched again", func() bool { return server.OpenWatches()[definitions] == 1 })
	before := countDiscovery(server)
	define(t, server, "new.example.com")
	eventually(t, "the new definition is seen", func() bool { return countDiscovery(server) > before })
}

func define(t *testing.T, server *apiserver.Server, name string) {
	t.Helper()
	crd := sample.JSON(map[string]any{"metadata": map[string]any{"name": name}})
	if _, err := server.Store().Apply(definitions, crd); err != nil {
		t.Fatal(err)
	}
}
