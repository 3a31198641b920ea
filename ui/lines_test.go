package ui_test

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/state"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestInvalidFilterIsMarkedAndLeavesTheRows(t *testing.T) {
	s := newScreen(t, 120, 40)
	s.press("/batch")
	s.settle()
	s.press(" a[", "enter")
	s.settle()
	s.mustShow("/batch a[", "regexp a[: missing closing ]", "batch-28841-x7k2m")
	if strings.Contains(s.view(), "api-7c9d8b6f5-2xk4p") {
		t.Errorf("the rows have changed:\n%s", s.view())
	}
	s.press("esc", "/-l app in (", "enter")
	s.mustShow("/-l app in (", "labels: found ''")
	s.press("web)", "enter")
	s.settle()
	s.mustShow("/-l app in (web)", "none of 4 pods")
}

func TestNamespaceThatDoesNotExistIsAskedFor(t *testing.T) {
	s := newScreen(t, 80, 24)
	s.press(":ns shpo", "enter")
	s.mustShow(":ns shpo", "no namespace shpo: did you mean shop? enter again goes")
	s.mustNotHaveCalled(`namespace "shpo"`)
	s.press("enter")
	s.mustHaveCalled(`namespace "shpo"`)

	s.press(":po tomorrow", "enter", "esc")
	s.mustNotHaveCalled(`open po in "tomorrow"`)
	s.press(":po later", "enter", "esc", ":po tomorrow", "enter", "esc")
	s.mustNotHaveCalled(`open po in "tomorrow"`)
	s.press(":po tomorrow", "enter")
	s.mustHaveCalled(`open po in "tomorrow"`)
}

func TestNamespacesThatAreNotKnownAreNotDoubted(t *testing.T) {
	s := newScreen(t, 80, 24)
	s.backend.hidesNamespaces = true
	s.press(":ns shpo", "enter")
	s.mustHaveCalled(`namespace "shpo"`)
	s.backend.hidesNamespaces = false
	s.press(":", "esc") // which makes them known
	s.backend.hidesNamespaces = true
	s.context = "another" // where they are others
	s.frame()
	s.press(":ns dev", "enter")
	s.mustHaveCalled(`namespace "dev"`)
}

func TestRetrySaysWhatItDoes(t *testing.T) {
	s := newScreen(t, 80, 24)
	for want, retried := range map[string]workspace.Retried{
		"nothing waits to be retried; the types are read anew":      {},
		"trying again now: 1 watch":                                 {Watches: 1},
		"trying again now: 3 watches, which types 1 cluster serves": {Watches: 3, Clusters: 1},
		"trying again now: which types 2 clusters serve":            {Clusters: 2},
	} {
		s.backend.retried = retried
		s.send(tea.KeyPressMsg{Code: 'r', Mod: tea.ModCtrl})
		s.mustShow(want)
		s.press(":retry", "enter")
		s.mustShow(want)
	}
	s.mustHaveCalled("retry")
}

// fakeHistory notes what is to be kept.
type fakeHistory struct{ old, kept []state.Entry }

func (h *fakeHistory) Load() []state.Entry { return h.old }
func (h *fakeHistory) Add(kind state.Kind, line string) {
	h.kept = append(h.kept, state.Entry{Kind: kind, Line: line})
}

func TestHistoryOutlivesTheSession(t *testing.T) {
	s := newScreen(t, 80, 24)
	s.history.old = []state.Entry{{Kind: state.Command, Line: "svc kube-system"}, {Kind: state.Filter, Line: "crash"}}
	s.send(s.app.Init()())
	s.send(tea.KeyPressMsg{Code: ':', Text: ":"})
	s.send(tea.KeyPressMsg{Code: tea.KeyUp})
	s.mustShow(":svc kube-system")
	s.press("esc", "/")
	s.send(tea.KeyPressMsg{Code: tea.KeyUp})
	s.mustShow("/crash")
	s.press("esc", "/api ", "enter", ":po -x", "enter", "esc", ":  ", "enter", "/left", "esc")
	s.press("enter", "/hunter2", "enter") // in the pane
	want := []state.Entry{{Kind: state.Filter, Line: "api"}, {Kind: state.Command, Line: "po -x"}}
	if !slices.Equal(s.history.kept, want) {
		t.Errorf("keeps %q, want %q", s.history.kept, want)
	}
}
