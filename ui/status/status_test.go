package status_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/golden"
	"github.com/dogwatch/dogwatch/ui/status"
	"github.com/dogwatch/dogwatch/workspace"
)

var now = time.Date(2026, 11, 23, 14, 2, 31, 250e6, time.UTC)

func lines(width int) *status.Model {
	m := status.New(theme.New(theme.Options{Dark: true}), keymap.Default())
	m.SetSize(width, 1)
	return m
}

func watching() status.Watching {
	w := status.Watching{Context: "prod-eu", Namespace: "shop", Unhealthy: 3}
	w.Phases[informers.Live], w.Phases[informers.Stale] = 7, 1
	return w
}

func TestTop(t *testing.T) {
	calm := status.Watching{Context: "kind-dev"}
	calm.Phases[informers.Live] = 5
	broken := watching()
	broken.Problem = workspace.Problem{Summary: "the server at https://10.0.0.1:6443 does not answer: i/o timeout", NextTry: now.Add(8 * time.Second)}
	down := watching()
	down.Down = []string{"metrics.k8s.io/v1beta1"}
	merged := watching()
	merged.Merged = 12345
	all := watching()
	all.Merged = 1
	for i := range all.Phases {
		all.Phases[i] = i + 1
	}
	long := watching()
	long.Context, long.Namespace = "arn:aws:eks:eu-west-1:123456789012:cluster/prod-"+strings.Repeat("x", 200), strings.Repeat("namespace-", 9)
	hostile := watching()
	hostile.Context, hostile.Namespace = "\x1b[31m\u202e語語", "\n\xff"
	for name, w := range map[string]status.Watching{
		"busy": watching(), "calm": calm, "broken": broken, "down": down, "merged": merged, "all": all, "long": long, "hostile": hostile,
		"nothing": {},
	} {
		for _, width := range []int{60, 80, 120, 200} {
			m := lines(width)
			m.SetWatching(w)
			top := m.Top(now)
			golden.Screen(t, fmt.Sprintf("top-%s-%d", name, width), top, width, 1)
			if got := ansi.StringWidth(top); got != width {
				t.Errorf("%s: %d cells, want %d", name, got, width)
			}
		}
	}
}

func TestBottom(t *testing.T) {
	grid := []keymap.Scope{keymap.Grid, keymap.Global}
	for name, draw := range map[string]func(*status.Model){
		"list": func(m *status.Model) { m.SetPlace(status.Place{At: 2, Of: 214, Total: 214, Scopes: grid}) },
		"filtered": func(m *status.Model) {
			m.SetPlace(status.Place{At: 2, Of: 12, Total: 40214, Filter: "web", Scopes: grid})
		},
		"pane": func(m *status.Model) {
			m.SetPlace(status.Place{At: 2, Of: 214, Scopes: []keymap.Scope{keymap.Detail, keymap.Global}})
		},
		"info": func(m *status.Model) { m.Info("copied api-7c9d8b6f5-9qzrt") },
		"error": func(m *status.Model) {
			m.SetPlace(status.Place{At: 2, Of: 9})
			m.Error("no\x1b such " + strings.Repeat("x", 300))
		},
	} {
		for _, width := range []int{60, 80, 120, 200} {
			m := lines(width)
			draw(m)
			bottom := m.Bottom(now)
			golden.Screen(t, fmt.Sprintf("bottom-%s-%d", strings.ReplaceAll(name, " ", "-"), width), bottom, width, 1)
			if got := ansi.StringWidth(bottom); got != width {
				t.Errorf("%s: %d cells, want %d", name, got, width)
			}
		}
	}
}

func TestWithoutColors(t *testing.T) {
	m := lines(120)
	m.SetTheme(theme.New(theme.Options{Colors: theme.None}))
	m.SetWatching(watching())
	m.SetPlace(status.Place{At: 2, Of: 12, Total: 214, Filter: "web", Scopes: []keymap.Scope{keymap.Grid, keymap.Global}})
	golden.Styled(t, "no-color", m.Top(now)+"\n"+m.Bottom(now), 120, 2)
}

func TestProductionHasItsOwnColor(t *testing.T) {
	th := theme.New(theme.Options{Dark: true})
	for context, prod := range map[string]bool{
		"prod-eu": true, "gke_acme_PRODUCTION": true, "kind-dev": false, "nonprod": false, "pre-prod-eu": false, "product": true,
	} {
		m := lines(120)
		m.SetWatching(status.Watching{Context: context})
		if got := strings.Contains(m.Top(now), th.ContextProd.Open()); got != prod {
			t.Errorf("%s: production %v, want %v", context, got, prod)
		}
	}
}

func TestClockIsTheServers(t *testing.T) {
	m := lines(80)
	m.SetWatching(status.WatchingOf(workspace.Snapshot{Ahead: 90 * time.Second}))
	if got := m.Top(now); !strings.Contains(got, "14:04:01") {
		t.Errorf("no 14:04:01 in %q", got)
	}
	if got := m.NeedsTick(now); got != 750*time.Millisecond {
		t.Errorf("next tick in %v, want 750ms", got)
	}
}

func TestSharedWatchesCountOnce(t *testing.T) {
	live := func(group, resource, namespace string) workspace.Source {
		gvr := schema.GroupVersionResource{Group: group, Version: "v1", Resource: resource}
		return workspace.Source{
			Name: resource, Cluster: "c", State: informers.State{Phase: informers.Live}, Unhealthy: 2,
			Watch: informers.Identity{Cluster: "c", GVR: gvr, Namespace: namespace},
		}
	}
	w := status.WatchingOf(workspace.Snapshot{Unhealthy: 8, Tabs: []workspace.Tab{
		{Namespace: "shop", Sources: []workspace.Source{live("", "pods", "shop")}},
		{Namespace: "shop", Sources: []workspace.Source{live("", "pods", "shop"), live("", "nodes", "")}},
		{Namespace: "web", Sources: []workspace.Source{live("", "pods", "web"), live("", "nodes", "")}},
		{Namespace: "web", Sources: []workspace.Source{live("", "pods", "web"), live("metrics.k8s.io", "pods", "web")}},
	}})
	if got, want := w.Phases[informers.Live], 4; got != want {
		t.Errorf("%d live watches, want %d", got, want)
	}
	if w.Unhealthy != 8 {
		t.Errorf("%d unhealthy objects, want the snapshot's 8", w.Unhealthy)
	}
}

func TestMessageGivesWayToTheKeys(t *testing.T) {
	m := lines(80)
	m.SetPlace(status.Place{Scopes: []keymap.Scope{keymap.Grid, keymap.Global}})
	m.Error("no")
	if got := m.Bottom(now); strings.Contains(got, "help") || !strings.Contains(got, "✖ no") {
		t.Errorf("%q", got)
	}
	m.ClearMessage()
	if got := m.Bottom(now); !strings.Contains(got, "help") {
		t.Errorf("%q", got)
	}
}
