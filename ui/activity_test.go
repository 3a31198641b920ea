package ui_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/activity"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/heat"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/ui"
)

// remembering is a screen that remembers one change of a pod, and what tells that its page of activity is another.
func remembering(t *testing.T) (s *screen, pages chan struct{}) {
	t.Helper()
	rules, err := noise.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	s = newScreen(t, 120, 40)
	history := timeline.New(1 << 20)
	pages = make(chan struct{}, 1)
	feed := activity.NewFeed(history, rules, func() {
		select {
		case pages <- struct{}{}:
		default:
		}
	})
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { feed.Run(ctx) })
	t.Cleanup(func() { stop(); wg.Wait() })
	id := informers.Identity{Cluster: "prod-eu"}
	id.GVR.Resource = "pods"
	source := timeline.Source{Cluster: id.Cluster, GVR: id.GVR}
	history.Add(&timeline.Record{
		At: now.Add(-time.Minute), Source: history.SourceID(source), Key: model.Key{Namespace: "shop", Name: "cart\x1b[31m-evil"}, Type: model.Updated, Old: "1", New: "2",
		Fields: []timeline.Field{{Change: change.Change{Path: "status.phase", Old: []byte(`"Pending"`), New: []byte(`"Running"`)}, By: change.Manager{Name: "kube\x1b[2Jlet"}}},
	}, model.Packed{})
	s.tab.Sources[0].Watch, s.tab.Sources[0].Heat = id, lately(history.Heat(source))
	s.app = ui.New(ui.Options{
		Context: t.Context(), Backend: s.backend, Keys: keymap.Default(), Log: logbuffer.New(10, 1000, func() {}),
		Now: func() time.Time { return now }, Activity: feed, Rewinder: s.rewinder,
		Contexts: func() ([]string, error) { return nil, nil },
	})
	s.send(tea.WindowSizeMsg{Width: 120, Height: 40})
	s.frame()
	return s, pages
}

func await(t *testing.T, s *screen, pages <-chan struct{}, words string) {
	t.Helper()
	late := time.After(time.Minute)
	for !strings.Contains(s.view(), words) {
		select {
		case <-pages:
		case <-late:
			t.Fatalf("never %q, but\n%s", words, s.view())
		}
	}
}

func TestActivityLiesOverTheList(t *testing.T) {
	s, pages := remembering(t)
	await := func(words string) { t.Helper(); await(t, s, pages, words) }
	s.mustShow("▁▁▁▁▁▁▂▁")
	s.press("A")
	await("Pending → Running")
	s.mustShow("shop/cart␛[31m-evil", "kube␛[2Jlet", "following", "enter open")
	s.press("enter")
	s.mustShow("cart␛[31m-evil changed", "- Pending", "+ Running", "by kube␛[2Jlet")
	s.press("/")
	for _, hint := range []string{"enter open", "filter", "noise"} {
		if strings.Contains(s.view(), hint) {
			t.Errorf("%q is told, which does nothing for a change that is open", hint)
		}
	}
	s.press("esc", "/type:PO by:kube", "enter")
	await("/type:PO by:kube")
	await("Pending → Running")
	s.press("/ nothing", "enter")
	await("none of")
	s.press("esc")
	await("Pending → Running")
	s.press("esc")
	s.mustShow("NAME", "2xk4p")
	s.press(":activity", "enter")
	await("Pending → Running")
	s.press("A")
	s.mustShow("NAME", "2xk4p")
}

// What is only read is closed to what it lay over, which goes on meanwhile.
func TestHelpOverAPageLeadsBackToIt(t *testing.T) {
	s, pages := remembering(t)
	s.press("A")
	await(t, s, pages, "Pending → Running")
	for _, keys := range [][]string{{"?", "esc"}, {"?", "ctrl+l", "esc"}, {"ctrl+l", "?", "q"}} {
		s.press(keys...)
		s.mustShow("activity", "Pending → Running", "following")
	}
	s.press("?", "A") // anew
	s.mustShow("activity", "Pending → Running")
	s.press("esc")
	if strings.Contains(s.view(), "following") {
		t.Errorf("it is not closed:\n%s", s.view())
	}
	s.press("P", "?", "esc")
	s.mustShow("problems")
	s.press("esc", "?", "esc")
	s.mustShow("1 of ")
}

// fakeRowHeat is warm everywhere while it is open.
type fakeRowHeat struct{ open bool }

func (h *fakeRowHeat) Version() uint64 { return 0 }
func (h *fakeRowHeat) Open()           { h.open = true }
func (h *fakeRowHeat) Shut()           { h.open = false }
func (h *fakeRowHeat) Of(informers.Identity, model.Key, time.Time) heat.Minutes {
	return heat.Minutes{-1, -1, 0, 1, 3, 0, 9, 0}
}

func TestHeatOfRowsIsAnOption(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press("m")
	s.mustShow("no changes are remembered")
	h := &fakeRowHeat{}
	start := func(show bool) {
		s.app = ui.New(ui.Options{
			Context: t.Context(), Backend: s.backend, Keys: keymap.Default(), Log: logbuffer.New(10, 1000, func() {}),
			Now: func() time.Time { return now }, RowHeat: h, ShowRowHeat: show,
			Contexts: func() ([]string, error) { return nil, nil },
		})
		s.send(tea.WindowSizeMsg{Width: 120, Height: 40})
		s.frame()
	}
	graph := "·▁▂·▄·"
	start(false)
	if h.open || strings.Contains(s.view(), "HEAT") {
		t.Error("counted and shown though nobody asked")
	}
	s.press("m")
	s.mustShow("HEAT", graph)
	if !h.open {
		t.Error("shown, but not counted")
	}
	s.press(":", "h", "e", "a", "t", "enter")
	if h.open || strings.Contains(s.view(), graph) {
		t.Errorf("still counted (%v) or shown", h.open)
	}
	start(true)
	s.mustShow("HEAT", graph)
}

// lately is heat of which all is known.
func lately(counts timeline.Heat) heat.Lately {
	return heat.Lately{Counts: counts, Sees: func(time.Time, time.Time) bool { return true }}
}

func TestALineOfActivityLeadsToTheVersionsOfItsObject(t *testing.T) {
	s, pages := remembering(t)
	await := func(words string) { t.Helper(); await(t, s, pages, words) }
	s.backend.pages.log = newPagesScreen(t, 120, 40).backend.pages.log
	s.press("A")
	await("Pending → Running")
	s.press("H")
	s.settle()
	s.mustHaveCalled("versions of shop/cart\x1b[31m-evil")
	s.mustShow("Pod cart␛[31m-evil", "2xk4p", "not under the cursor")
	s.press("A")
	await("Pending → Running")
	s.mustShow("paused")
}

// That the pane tells of another object than the cursor is on is said until the cursor is moved, and how that other one is is not told there.
func TestThePaneSaysThatItIsOfAnotherObject(t *testing.T) {
	s := newPagesScreen(t, 120, 40)
	s.press("down", "y") // onto the pod that crashes
	s.frame()
	s.mustShow("✖ CrashLoopBackOff")
	s.mustNotShow("not under the cursor")
	s.press(":history po api-7c9d8b6f5-2xk4p shop", "enter")
	s.frame()
	s.mustShow("not under the cursor")
	s.press("esc", "down")
	s.frame()
	s.mustNotShow("not under the cursor")
}
