package informers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

func TestWatchFollowsTheServer(t *testing.T) {
	for name, noStreams := range map[string]bool{"streaming": false, "in pages": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 30, apiserver.Options{NoStreamingLists: noStreams}, quick())
			l := w.live(pods)
			w.equal(l)
			w.apply(pods, sample.Pod(100)) // new
			w.apply(pods, sample.Pod(0))   // changed
			w.equal(l)
			gone := w.someObject(l)
			if _, err := w.store().Delete(pods, gone.Namespace, gone.Name); err != nil {
				t.Fatal(err)
			}
			w.equal(l)
			s := l.Watch().State()
			if s.Stats.Events < 3 || s.Stats.Lists != 1 || s.Stats.Bytes == 0 || s.LastHeard.IsZero() || !s.Synced {
				t.Errorf("state after three events and one list: %+v", s)
			}
		})
	}
}

func (w *world) someObject(l *Lease) *model.Object {
	var some *model.Object
	l.Watch().Store().Each(func(o *model.Object) bool { some = o; return false })
	return some
}

func TestListsComeInPages(t *testing.T) {
	w := newWorld(t, 1100, apiserver.Options{NoStreamingLists: true}, quick())
	w.equal(w.live(pods))
	lists := func(r apiserver.Request) bool { return r.Verb == "list" && r.Resource == pods }
	pages := func(r apiserver.Request) bool { return lists(r) && strings.Contains(r.Query, "limit=500") }
	if n := w.requests(lists); n != 3 || w.requests(pages) != n {
		t.Errorf("%d lists, %d of them pages of 500; want 3 and 3", n, w.requests(pages))
	}
}

func TestEventsAreNeverStreamed(t *testing.T) {
	w := newWorld(t, 0, apiserver.Options{}, quick())
	events := store.Type{Resource: pods.GroupVersion().WithResource("events"), Kind: "Event", Namespaced: true}
	if err := w.store().AddType(events); err != nil {
		t.Fatal(err)
	}
	w.types.serve(events)
	w.live(events.Resource)
	if n := w.requests(func(r apiserver.Request) bool { return strings.Contains(r.Query, "sendInitialEvents") }); n != 0 {
		t.Errorf("%d streamed lists of events", n)
	}
}

func TestRowsComeBeforeTheListIsComplete(t *testing.T) {
	w := newWorld(t, 1200, apiserver.Options{NoStreamingLists: true}, quick())
	release := make(chan struct{})
	w.server.SetFaults(func(r *http.Request) *apiserver.Fault {
		if r.URL.Query().Has("continue") {
			return &apiserver.Fault{Stall: release}
		}
		return nil
	})
	l := w.add(pods)
	w.eventually("the first page's rows", func() bool { return l.Watch().Store().Len() == 500 })
	w.eventually("the progress", func() bool { return l.Watch().State().Remaining == 700 })
	if s := l.Watch().State(); s.Phase != Listing || s.Listed != 500 || s.Synced {
		t.Errorf("state between two pages: %+v", s)
	}
	close(release)
	if s := w.phase(l, Live); s.Listed != 1200 || s.Remaining != 0 {
		t.Errorf("state after the list: %+v", s)
	}
	w.equal(l)
}

func TestServerWithoutTables(t *testing.T) {
	for name, noStreams := range map[string]bool{"streaming": false, "in pages": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 10, apiserver.Options{NoStreamingLists: noStreams}, quick())
			w.server.SetFaults(func(*http.Request) *apiserver.Fault { return &apiserver.Fault{NoTable: true} })
			l := w.live(pods)
			w.equal(l)
			var names []string
			for _, c := range l.Watch().Store().Columns().List {
				names = append(names, c.Name)
			}
			if got := strings.Join(names, " "); got != "Name Status Age" {
				t.Errorf("columns %q", got)
			}
			o := w.someObject(l)
			if o.Cells[0] != o.Name || o.Cells[1] == "" || o.Cells[2] == "" {
				t.Errorf("cells %q of %s", o.Cells, o.Key)
			}
			text, err := o.JSON()
			if err != nil || string(find(text, []string{"kind"})) != `"Pod"` {
				t.Errorf("kind in %s (%v)", text, err)
			}
		})
	}
}

func TestNamespaceAndSelectorsLimitTheWatch(t *testing.T) {
	w := newWorld(t, 40, apiserver.Options{}, quick())
	all := w.live(pods).Watch().Store()
	some := w.someObject(w.live(pods))
	var label string
	for k, v := range some.Labels.All() {
		label = k + "=" + v
	}
	for name, c := range map[string]struct {
		limit func(*Identity)
		keep  func(*model.Object) bool
	}{
		"namespace": {
			func(id *Identity) { id.Namespace = some.Namespace },
			func(o *model.Object) bool { return o.Namespace == some.Namespace },
		},
		"labels": {
			func(id *Identity) { id.LabelSelector = label },
			func(o *model.Object) bool { k, v, _ := strings.Cut(label, "="); return o.Labels.Get(k) == v },
		},
		"fields": {
			func(id *Identity) { id.FieldSelector = "metadata.name=" + some.Name },
			func(o *model.Object) bool { return o.Name == some.Name },
		},
	} {
		want := 0
		all.Each(func(o *model.Object) bool {
			if c.keep(o) {
				want++
			}
			return true
		})
		l := w.live(pods, c.limit)
		if got := l.Watch().Store().Len(); got != want || want == 0 || want == all.Len() {
			t.Errorf("by %s: %d objects of %d, want %d", name, got, all.Len(), want)
		}
	}
}

func TestColumnsOfTheServer(t *testing.T) {
	w := newWorld(t, 5, apiserver.Options{}, quick())
	l := w.live(pods)
	columns := l.Watch().Store().Columns()
	o := w.someObject(l)
	if o.Columns != columns || len(o.Cells) != len(columns.List) {
		t.Fatalf("an object of %d cells under %d columns", len(o.Cells), len(columns.List))
	}
	for i, c := range columns.List {
		if c.Name == "Age" && (c.Kind != model.Date || o.Cells[i] == "" || strings.Trim(o.Cells[i], "0123456789") != "") {
			t.Errorf("age %+v has the cell %q", c, o.Cells[i])
		}
		if c.IsName && o.Cells[i] != o.Name {
			t.Errorf("the name's cell is %q", o.Cells[i])
		}
	}
	// Live comes with the end of the list; the watch opens after it.
	w.eventually("the watch to open", func() bool { return w.server.OpenWatches()[pods] == 1 })
	w.server.ExpireWatches()
	w.state(l, "a second list", func(s State) bool { return s.Phase == Live && s.Stats.Lists == 2 })
	if l.Watch().Store().Columns() != columns {
		t.Error("the same columns came as new ones")
	}
}
