package stream_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/stream"
)

// Only the same change has the same name: not the deletion of the version that a change made, nor what comes under an object's name after it,
// nor what another cluster's object of the same name becomes at the same version.
func TestChangesAreToldApart(t *testing.T) {
	of := map[string]string{}
	for _, cluster := range []string{"eu", "us"} {
		w := newWorld(t, "pods")
		r := w.start(stream.Options{})
		r.awaitWatching()
		pod := func(life int, label string) {
			w.apply(pods, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"default","name":"web","uid":"%s-%d","labels":{"n":%q}}}`, cluster, life, label))
		}
		pod(1, "a")
		pod(1, "b")
		r.await("the change", func(e told) bool { return e.object() == "web" && e.is(stream.Updated) })
		var broken atomic.Bool
		broken.Store(true)
		w.server.SetFaults(func(req *http.Request) *apiserver.Fault {
			if broken.Load() && strings.HasSuffix(req.URL.Path, "/pods") {
				return &apiserver.Fault{Status: http.StatusInternalServerError}
			}
			return nil
		})
		w.server.ExpireWatches()
		r.await("the interruption", func(e told) bool { return e.is(stream.Interrupted) })
		if _, err := w.store.Delete(pods, "default", "web"); err != nil {
			t.Fatal(err)
		}
		w.store.Expire() // a list does not tell at which version it was deleted
		broken.Store(false)
		r.await("the deletion", func(e told) bool { return e.object() == "web" && e.is(stream.Deleted) })
		pod(2, "b")
		r.await("the next of that name", func(e told) bool {
			return e.object() == "web" && strings.HasSuffix(fmt.Sprint(e["object"]), "uid:"+cluster+"-2 version:v1]")
		})
		if err := r.end(); err != nil {
			t.Error(err)
		}
		for i, e := range r.sink.events(t) {
			if e.object() != "web" {
				continue
			}
			id, what := r.sink.all()[i].ID, fmt.Sprintf("%v of %v %v-%v", e["change"], e["object"], e["oldVersion"], e["newVersion"])
			if other, ok := of[id]; ok {
				t.Errorf("%s is the name of %s and of %s", id, other, what)
			}
			of[id] = what
		}
	}
	const changes = 2 * 4
	if len(of) != changes {
		t.Errorf("told apart are %d: %v", len(of), of)
	}
}
