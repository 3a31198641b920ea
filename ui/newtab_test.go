package ui_test

import (
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/workspace"
)

// A tab that was opened with a filter makes its views with it; what the user has typed since counts.
func TestClearedFilterStaysClearedInANewView(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.tab.Target.Filter = "Crash"
	s.frame()
	spec := model.Spec{Filter: model.ParseFilter("Crash")}
	s.tab.View = model.NewView(t.Context(), []model.Source{{Store: s.store, Name: "pods", Kind: "Pod"}}, spec, func() {
		select {
		case s.changed <- struct{}{}:
		default:
		}
	})
	t.Cleanup(s.tab.View.Close)
	s.frame()
	s.await(func(w model.Window) bool { return w.Len == 4 && !w.Rebuilding })
	s.mustShow("api-7c9d8b6f5-2xk4p", "batch-28841-x7k2m")
}

// The tab that was in sight until a new one opens has been seen, and the new one goes before others.
func TestOpeningATabLeavesTheLastOneSeen(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.store.Apply(pod("shop", "another", "1/1", "Running", 0, 0, model.Health{Level: model.Healthy}))
	s.await(func(w model.Window) bool { return w.Len == 5 })
	both := []workspace.Tab{s.tab, {ID: 2, Title: "svc"}}
	s.press(":svc", "enter")
	s.send(ui.FrameMsg{Snapshot: workspace.Snapshot{Context: s.context, Tabs: both}})
	s.mustHaveCalled("prioritize 2")
	if first, _, _ := strings.Cut(strings.Split(s.view(), "\n")[1], "2 svc"); strings.Contains(first, "~") {
		t.Errorf("the tab that was in sight counts as unseen: %q", first)
	}
}

// A tab that was opened with a namespace keeps it. That must not look as if the key did nothing.
func TestFixedTabSaysThatOthersSwitch(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.tab.Target.Namespace = "payments"
	s.frame()
	s.press("0")
	s.mustHaveCalled("toggle namespaces")
	s.mustShow("this tab stays in payments")
	s.tab.Target = workspace.Target{AllNamespaces: true}
	s.frame()
	s.press(":ns shop", "enter")
	s.mustHaveCalled(`namespace "shop"`)
	s.mustShow("this tab stays with all namespaces")
}
