package informers

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

func TestTypeGoesAndComesBackOtherwise(t *testing.T) {
	w := newWorld(t, 0, apiserver.Options{}, quick())
	l := w.live(gauges)
	w.apply(gauges, sample.Gauge("shop", "another", 1))
	w.equal(l) // the server's watch is under way
	first := l.Watch().Store().Columns()
	if err := w.store().RemoveType(gauges); err != nil {
		t.Fatal(err)
	}
	w.phase(l, Gone)
	w.types.remove(gauges)
	w.eventually("the rows to go", func() bool { return l.Watch().Store().Len() == 0 })
	w.eventually("the watch to be closed", func() bool { return w.server.OpenWatches()[gauges] == 0 })
	w.eventually("discovery's word to reach the watch", func() bool { return w.types.awaited() })
	asked := len(w.server.Requests())

	back := sample.Gauges()
	back.Resource.Version = "v2"
	back.Columns = []store.Column{
		{TableColumnDefinition: metav1.TableColumnDefinition{Name: "Name", Type: "string", Format: "name"}, Path: ".metadata.name"},
		{TableColumnDefinition: metav1.TableColumnDefinition{Name: "Colour", Type: "string"}, Path: ".spec.colour"},
	}
	if err := w.store().AddType(back); err != nil {
		t.Fatal(err)
	}
	w.apply(back.Resource, []byte(`{"metadata":{"namespace":"default","name":"g"},"spec":{"colour":"red"}}`))
	if n := len(w.server.Requests()) - asked; n != 0 {
		t.Errorf("%d requests for a type that is gone", n)
	}
	w.types.serve(back)
	s := w.phase(l, Live)
	w.equal(l)
	if s.Type.GVR != back.Resource {
		t.Errorf("served as %s", s.Type.GVR)
	}
	if l.Watch().Store().Columns() == first {
		t.Error("the columns are the old ones")
	}
	if o := w.someObject(l); o.Cells[1] != "red" {
		t.Errorf("cells %q", o.Cells)
	}
}

func TestNotFoundAsksDiscovery(t *testing.T) {
	w := newWorld(t, 0, apiserver.Options{}, quick())
	if err := w.store().RemoveType(gauges); err != nil {
		t.Fatal(err)
	}
	l := w.add(gauges) // discovery does not know yet
	w.phase(l, Gone)
	w.eventually("discovery to be asked", func() bool {
		w.types.mu.Lock()
		defer w.types.mu.Unlock()
		return w.types.refreshed > 0
	})
	w.types.remove(gauges)
	w.phase(l, Gone)
	if err := w.store().AddType(sample.Gauges()); err != nil {
		t.Fatal(err)
	}
	w.types.serve(sample.Gauges())
	w.phase(l, Live)
}

func TestWaitsForDiscovery(t *testing.T) {
	w := newWorld(t, 2, apiserver.Options{}, quick())
	w.types.remove(pods)
	l := w.add(pods)
	if s := l.Watch().State(); s.Phase != WaitingForDiscovery || s.Since.IsZero() {
		t.Errorf("state before discovery: %+v", s)
	}
	w.types.serve(sample.Pods())
	w.phase(l, Live)
}

// A server that goes to a time before a type was there says nothing of its objects.
func TestObjectsOfATypeThatIsGoneAreForgottenWhereThatIsWanted(t *testing.T) {
	for _, forget := range []bool{false, true} {
		opts := quick()
		opts.ForgetGone = forget
		w := newWorld(t, 0, apiserver.Options{}, opts)
		w.apply(gauges, sample.Gauge("shop", "one", 1))
		l := w.live(gauges)
		w.equal(l)
		before := l.Watch().Store().Len()
		w.server.SetStore(store.New(store.Options{}))
		w.phase(l, Gone)
		w.types.remove(gauges)
		w.eventually("discovery's word to reach the watch", func() bool { return w.types.awaited() })
		if n := l.Watch().Store().Len(); (n == 0) != forget || !forget && n != before {
			t.Errorf("forget %v: %d of %d objects are left", forget, n, before)
		}
	}
}
