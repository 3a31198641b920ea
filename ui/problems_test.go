package ui_test

import (
	"fmt"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/ui/golden"
	"github.com/dogwatch/dogwatch/workspace"
)

// found is what is said of what is unhealthy in these tests, by the object's name in its JSON.
func found(o jsonscan.Object, _ uint32) health.Finding {
	switch string(jsonscan.Text(o.Text)) {
	case "node-3":
		return health.Finding{Message: "Kubelet stopped posting node status.", Since: now.Add(-4 * time.Minute), Weight: 3}
	case "worse":
		return health.Finding{Message: "It is worse.", Since: now.Add(-time.Minute), Weight: 4}
	case "data":
		return health.Finding{Message: "no volume of the class fast-ssd", Since: now.Add(-26 * time.Hour), Weight: 2}
	case "checkout":
		return health.Finding{Message: "ReplicaSet \"checkout-54d9\" has timed out progressing.", Since: now.Add(-72 * time.Second), Weight: 2}
	case "late":
		return health.Finding{} // it says nothing of time
	}
	return health.Finding{Message: "container api: back-off 5m0s restarting failed container=api pod=api-7c9d8b6f5-9qzrt_shop(6f0e5a2c-1111-4000-8000-000000000001), " +
		"the last words were \"\x1b[31mdial tcp 10.0.3.9:5432: connect: connection refused\"", Since: now.Add(-192 * time.Minute)}
}

// newProblemsScreen is a screen with things that are unhealthy: the crashing pod of its tab, and others of types that no tab shows.
func newProblemsScreen(t *testing.T, width, height int) *screen {
	t.Helper()
	s := newScreen(t, width, height)
	id := informers.Identity{Cluster: "prod-eu"}
	id.GVR.Resource = "pods"
	s.tab.Sources[0].Watch, s.tab.Sources[0].Unhealthy = id, 6
	packer := model.NewPacker()
	unhealthy := func(namespace, name, reason string) *model.Store {
		store := model.NewStore()
		o := &model.Object{Key: model.Key{Namespace: namespace, Name: name}, Health: model.Health{Level: model.Unhealthy, Reason: reason}}
		o.SetJSON(packer, fmt.Appendf(nil, "%q", name))
		store.Apply(o)
		return store
	}
	source := func(cluster, kind, resource string, store *model.Store) problems.Source {
		gr := schema.ParseGroupResource(resource)
		return problems.Source{Store: store, Cluster: cluster, Type: gr, Kind: kind, Explain: found}
	}
	sources := []problems.Source{
		source("prod-eu", "Pod", "pods", s.store),
		source("prod-eu", "Node", "nodes", unhealthy("", "node-3", "NodeStatusUnknown")),
		source("prod-eu", "PersistentVolumeClaim", "persistentvolumeclaims", unhealthy("shop", "data", "unbound")),
		source("prod-eu", "Deployment", "deployments.apps", unhealthy("eshop", "checkout", "ProgressDeadlineExceeded")),
		source("staging", "Gauge", "gauges.acme.io", unhealthy("shop", "late", "Stalled")),
		source("prod-eu", "Certificate", "certificates.cert-manager.io", unhealthy("web", "a-certificate-with-a-rather-long-name-of-a-host-that-nobody-types", "ends soon\x1b[2J")),
	}
	changed := make(chan struct{}, 1)
	list := problems.New(problems.Options{
		Sources: func() []problems.Source { return sources }, Now: func() time.Time { return now.Add(-40 * time.Second) }, Changed: func() { signal(changed) },
	})
	go list.Run(t.Context())
	s.app = ui.New(ui.Options{
		Context: t.Context(), Backend: s.backend, Keys: keymap.Default(), Log: logbuffer.New(10, 1000, func() {}),
		Now: func() time.Time { return now }, Problems: list, Contexts: func() ([]string, error) { return nil, nil },
	})
	s.send(tea.WindowSizeMsg{Width: width, Height: height})
	s.frame()
	s.judged = func(ok func(problems.Window) bool) {
		t.Helper()
		late := time.After(time.Minute)
		for !ok(list.Window(0, 100)) {
			select {
			case <-changed:
			case <-late:
				t.Fatalf("the list stays %+v", list.Window(0, 100))
			}
		}
	}
	s.listed = func(ok func(problems.Window) bool) {
		t.Helper()
		s.judged(ok)
		s.frame()
	}
	s.listed(func(w problems.Window) bool { return w.Len == len(sources) })
	return s
}

func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Enter is for what was to be seen under the cursor, not for what has come there since.
func TestEnterIsForTheProblemThatWasSeen(t *testing.T) {
	s := newProblemsScreen(t, 120, 40)
	s.press("P")
	o := pod("shop", "worse", "0/1", "Failed", 0, time.Minute, model.Health{Level: model.Unhealthy, Reason: "Failed"})
	o.SetJSON(model.NewPacker(), []byte(`"worse"`))
	s.store.Apply(o)
	s.judged(func(w problems.Window) bool { return w.Len == 7 && w.Problems[0].Name == "worse" })
	s.press("enter")
	s.mustShow("no tab shows nodes of node-3 any more")
}

func TestProblemsScreens(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 15}, {80, 24}, {120, 40}, {200, 50}} {
		for name, keys := range map[string][]string{
			"problems":          {"P", "down", "down", "down", "down"},
			"problems-filtered": {":problems", "enter", "/kubelet", "enter"},
			"problems-nothing":  {"P", "/zzz", "enter"},
		} {
			filter := map[string]string{"problems-filtered": "kubelet", "problems-nothing": "zzz"}[name] // each letter is one, too
			name := fmt.Sprintf("%s-%dx%d", name, size.width, size.height)
			t.Run(name, func(t *testing.T) {
				s := newProblemsScreen(t, size.width, size.height)
				s.press(keys...)
				s.listed(func(w problems.Window) bool { return w.Filter.String() == filter })
				golden.Screen(t, name, s.view(), size.width, size.height)
			})
		}
	}
}

func TestProblemsKeepTheCursorOnItsObject(t *testing.T) {
	s := newProblemsScreen(t, 120, 40)
	s.press("P")
	s.mustBeOn("node-3")
	s.press("G", "k")
	s.mustBeOn("web/a-certificate")
	api := pod("shop", crashing, "1/1", "Running", 0, time.Hour, model.Health{Level: model.Healthy})
	api.ResourceVersion = "2"
	s.store.Apply(api)
	s.listed(func(w problems.Window) bool { return w.Len == 5 })
	s.mustBeOn("web/a-certificate")
	s.mustShow("5 of 5")
	s.press("g")
	s.mustBeOn("node-3")
}

func TestProblemsLeadToTheObject(t *testing.T) {
	s := newProblemsScreen(t, 120, 40)
	s.press("/batch", "enter")
	s.settle()
	s.press("P", "/crashing", "esc", "/CrashLoop", "enter")
	s.listed(func(w problems.Window) bool { return w.Len == 1 })
	s.press("enter")
	s.settle()
	s.mustBeOn(crashing)
	s.press("P", "esc")
	s.listed(func(w problems.Window) bool { return w.Filter.Empty() })
	s.press("esc")
	s.mustShow("NAME")
	s.press("P", "g", "enter")
	s.mustShow("no tab shows nodes of node-3 any more")
}

// The past says of how many watches it does not know what was unhealthy, of those too that no tab of then has.
func TestProblemsOfThePastSayWhatIsNotKnown(t *testing.T) {
	s := rewindScreen(t, 120, 40)
	s.press("P")
	s.mustNotShow("not live then")
	unwatched := workspace.Tab{ID: 2, Title: "gauges", Problem: "this was not watched"}
	s.send(ui.FrameMsg{Snapshot: workspace.Snapshot{Context: s.context, IsPast: true, Tabs: []workspace.Tab{s.tab, unwatched}}})
	s.mustShow("1 watch was not live then")
}
