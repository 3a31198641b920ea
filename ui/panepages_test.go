package ui_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/model/why"
	"github.com/dogwatch/dogwatch/ui/golden"
	"github.com/dogwatch/dogwatch/workspace"
)

// fakePages are the sources of the pages of the pane.
type fakePages struct {
	open    atomic.Int32 // how many sources are
	log     func() *versions.List
	events  []workspace.Event
	related []workspace.Related
	answer  *why.Answer
	state   informers.State
	err     error
}

type fakeSource struct{ pages *fakePages }

func (s fakeSource) Awaited() []string { return nil }

func (s fakeSource) Version() uint64 { return 1 }
func (s fakeSource) Close()          { s.pages.open.Add(-1) }

type fakeVersions struct{ fakeSource }

func (s fakeVersions) Read() (*versions.List, error) { return s.pages.log(), nil }

type fakeEvents struct{ fakeSource }

func (s fakeEvents) Read() ([]workspace.Event, error) { return s.pages.events, nil }
func (s fakeEvents) State() informers.State           { return s.pages.state }

func (b *fakeBackend) WatchVersions(of versions.Object) (workspace.ObjectVersions, error) {
	b.note("versions of %s", of.Key)
	if b.pages.err != nil {
		return nil, b.pages.err
	}
	b.pages.open.Add(1)
	return fakeVersions{fakeSource{b.pages}}, nil
}

func (b *fakeBackend) WatchEvents(of versions.Object, kind string) (workspace.ObjectEvents, error) {
	b.note("events of %s %s", kind, of.Key)
	if b.pages.err != nil {
		return nil, b.pages.err
	}
	b.pages.open.Add(1)
	return fakeEvents{fakeSource{b.pages}}, nil
}

func (b *fakeBackend) FindObject(arg, namespace, name string) (versions.Object, string, error) {
	b.note("find %s %s in %q", arg, name, namespace)
	if arg != "po" {
		return versions.Object{}, "", errors.New("the server has no such type")
	}
	return versions.Object{Key: model.Key{Namespace: "shop", Name: name}}, "Pod", nil
}

// newPagesScreen is a screen whose pods have a history and Events.
func newPagesScreen(t *testing.T, width, height int) *screen {
	t.Helper()
	s := newScreen(t, width, height)
	key := model.Key{Namespace: "shop", Name: "api-7c9d8b6f5-9qzrt"}
	history := timeline.New(1 << 20)
	taker, source := timeline.NewTaker(history), history.SourceID(timeline.Source{GVR: schema.GroupVersionResource{}})
	packer := model.NewPacker()
	version := func(n int, image, manager, subresource string, restarts int) *model.Object {
		o := &model.Object{Key: key, UID: "api-7c9d8b6f5-9qzrt", ResourceVersion: fmt.Sprint(1040 + 4*n)}
		o.SetJSON(packer, fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"namespace":"shop","resourceVersion":"%s"},`+
			`"spec":{"containers":[{"image":"%s","name":"api"}],"nodeName":"node-1"},"status":{"phase":"Running","restartCount":%d}}`,
			key.Name, o.ResourceVersion, image, restarts))
		o.SetManagedFields(fmt.Appendf(nil, `[{"manager":"%s","operation":"Update","subresource":"%s","time":"2026-11-23T13:58:0%dZ",`+
			`"fieldsV1":{"f:spec":{"f:containers":{"k:{\"name\":\"api\"}":{"f:image":{}}}},"f:status":{"f:restartCount":{}}}}]`, manager, subresource, n), nil)
		return o
	}
	store := model.NewStore()
	store.Retain(func(model.Key) bool { return true })
	changes := store.SubscribeManaged(make(chan struct{}, 1), 100)
	t.Cleanup(changes.Close)
	for n, o := range []*model.Object{
		version(0, "shop/api:1.8.2", "kube-controller-manager", "", 0), version(1, "shop/api:1.8.2", "kubelet", "status", 1),
		version(2, "shop/api:1.9.0", "kubectl-edit", "", 1), version(3, "shop/api:1.9.0", "kubelet", "status", 7),
	} {
		store.Apply(o)
		for _, d := range changes.TryNext() {
			d.At = now.Add(time.Duration(n-4) * time.Minute)
			if err := taker.Take(source, d); err != nil {
				t.Fatal(err)
			}
		}
	}
	log := versions.NewLog(versions.Object{Key: key}, history, func() *model.Object { o, _ := store.Get(key); return o })
	s.backend.pages.log = log.Read
	s.backend.pages.state = informers.State{Phase: informers.Live}
	s.backend.pages.events = []workspace.Event{
		{Type: "Warning", Reason: "BackOff", Message: "Back-off restarting failed container api in pod api-7c9d8b6f5-9qzrt_shop(0b1c2d3e-4f5a-6b7c-8d9e-0f1a2b3c4d5e)", Source: "kubelet on node-1", Count: 7, First: now.Add(-time.Hour), Last: now.Add(-12 * time.Second)},
		{Key: model.Key{Name: "b"}, Type: "Normal", Reason: "Pulled", Message: "Container image \"shop/api:1.9.0\" already present on machine\x1b[31m", Source: "kubelet", Count: 1, First: now.Add(-time.Hour), Last: now.Add(-time.Hour)},
	}
	return s
}

func TestPageScreens(t *testing.T) {
	for _, size := range []struct{ width, height int }{{60, 15}, {80, 24}, {120, 40}, {200, 50}} {
		for name, keys := range map[string][]string{
			"events":       {"down", "e"},
			"history":      {"down", "H"},
			"diff":         {"down", "H", "j", "enter"},
			"diff-beside":  {"down", "H", "j", "enter", "d"},
			"diff-whole":   {"down", "H", "space", "G", "enter", "d", "d"},
			"history-help": {"down", "H", "?"},
		} {
			name := fmt.Sprintf("%s-%dx%d", name, size.width, size.height)
			t.Run(name, func(t *testing.T) {
				s := newPagesScreen(t, size.width, size.height)
				s.press(keys...)
				s.settle()
				golden.Screen(t, name, s.view(), size.width, size.height)
			})
		}
	}
}

func (s *screen) mustHaveOpen(n int32, when string) {
	s.t.Helper()
	if open := s.backend.pages.open.Load(); open != n {
		s.t.Errorf("%d sources are open %s, want %d", open, when, n)
	}
}

func TestPagesAreOpenAsLongAsTheyAreSeen(t *testing.T) {
	s := newPagesScreen(t, 120, 40)
	s.press("down", "e")
	s.mustHaveCalled("events of Pod shop/api-7c9d8b6f5-9qzrt")
	s.mustShow("Back-off restarting", "YAML events rel hist")
	s.mustHaveOpen(1, "with the Events")
	s.press("H")
	s.mustShow("kubectl-edit")
	s.mustHaveOpen(1, "with the history")
	s.press("]", "]") // over the page that tells why
	s.mustShow("restartCount")
	s.mustHaveOpen(0, "with the YAML")
	s.press("[", "[", "[", "[")
	s.mustShow("Back-off restarting")
	s.press("e")
	s.mustHaveOpen(0, "when the pane is closed")
	if strings.Contains(s.view(), "Back-off restarting") {
		t.Error("the pane is still there")
	}
}

// The pages are turned from the list, too, which keeps the keys.
func TestPagesAreTurnedFromTheList(t *testing.T) {
	s := newPagesScreen(t, 120, 40)
	s.press("down", "]")
	s.mustShow("restartCount", "2 of 4") // the pane opens where it was
	s.press("]")
	s.mustShow("Back-off restarting")
	s.press("[", "[", "[")
	s.mustShow("kubectl-edit")
	s.press("down")
	s.mustShow("3 of 4")
}

func TestHistoryOfAnObjectByName(t *testing.T) {
	s := newPagesScreen(t, 140, 40)
	s.press(":history nope x", "enter")
	s.mustShow("the server has no such type")
	s.press(":history po api-7c9d8b6f5-9qzrt shop", "enter")
	s.mustHaveCalled(`find po api-7c9d8b6f5-9qzrt in "shop"`)
	s.mustShow("Pod api-7c9d8b6f5-9qzrt", "kubectl-edit")
	s.frame()
	s.mustShow("Pod api-7c9d8b6f5-9qzrt")
	s.press("esc", "down", "down")
	s.mustNotHaveCalled("versions of shop/batch-28841-x7k2m") // who walks through a list opens nothing on the way
	s.passed = time.Second
	s.frame()
	s.mustHaveCalled("versions of shop/batch-28841-x7k2m")
}

func TestAnObjectIsNamedAsKubectlDoes(t *testing.T) {
	s := newPagesScreen(t, 140, 40)
	s.press(":relations po/"+crashing+" -n shop", "enter")
	s.mustHaveCalled(`find po ` + crashing + ` in "shop"`)
	s.mustHaveCalled("relations of Pod shop/" + crashing)
	s.mustShow("not under the cursor")
}

func TestWhyAPageHasNothingIsSaid(t *testing.T) {
	s := newPagesScreen(t, 200, 50)
	s.backend.pages.err = workspace.ErrNoEvents
	s.press("e")
	s.mustShow("there are no Events here")
	s.backend.pages.err = workspace.ErrNoHistory
	s.press("H")
	s.mustShow("changes are not remembered")
	s.backend.pages.err, s.backend.pages.events = nil, nil
	s.backend.pages.state = informers.State{Phase: informers.Forbidden, Verb: "list", Reason: "no rights"}
	s.press("y", "e")
	s.mustShow("may not list Events here (RBAC): no rights")
	for want, state := range map[string]informers.State{
		"it was not served": {Phase: informers.Gone, Synced: true, Reason: "it was not served"},

		"no Events: servers keep them for an hour":           {Phase: informers.Live, Synced: true},
		"Events are not known here: its watch began later":   {Phase: informers.Stale, Reason: "its watch began later"},
		"Events are not known here: its watch was not live":  {Phase: informers.Stale, Synced: true, Reason: "its watch was not live"},
		"Events are not known here: nothing was heard of it": {Phase: informers.Stale, Synced: true, Reason: "nothing was heard of it\x1b[2J"},
	} {
		s.backend.pages.state = state
		s.frame()
		s.mustShow(want)
		if !strings.HasPrefix(want, "no Events") && strings.Contains(s.view(), "no Events") {
			t.Errorf("with %+v it is said that there are none:\n%s", state, s.view())
		}
	}
}
