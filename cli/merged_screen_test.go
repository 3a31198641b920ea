package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/ui"
	"github.com/dogwatch/dogwatch/ui/phase"
	"github.com/dogwatch/dogwatch/workspace"
)

// gate is a clock that can be held, and with it who asks for the time.
type gate struct {
	sync.Mutex
	waiting atomic.Int32
}

func (g *gate) now() time.Time {
	g.waiting.Add(1)
	g.Lock()
	defer g.Unlock()
	g.waiting.Add(-1)
	return time.Unix(1_000_000, 0)
}

// busy is a dashboard without a terminal on an API server in this process, with a history that can be held up.
type busy struct {
	*testing.T
	server  *apiserver.Server
	ws      *workspace.Workspace
	history gate
	version uint64 // of the pod that changes
	changes int    // that were made
}

func newBusy(t *testing.T) *busy {
	t.Helper()
	st, err := sample.Store(3)
	if err != nil {
		t.Fatal(err)
	}
	b := &busy{T: t, server: apiserver.New(st, apiserver.Options{})}
	if err := b.server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.server.Close() })
	kubeconfig, err := b.server.Kubeconfig("busy")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, kubeconfig, 0o600); err != nil {
		t.Fatal(err)
	}
	o := options{Options: setup.New()}
	o.Kube.Kubeconfig = path
	b.ws, err = workspace.New(t.Context(), workspace.Options{
		Open:    func(name string) (*cluster.Cluster, error) { return cluster.Open(o.Kube, name, cluster.Options{}) },
		Manager: informers.NewManager(t.Context(), informers.Options{ManagedFields: true}), AllNamespaces: true, Changed: func() {},
		History: timeline.New(64 << 20), HistoryNow: b.history.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.ws.Close(context.Background()) })
	return b
}

// change changes a pod.
func (b *busy) change() {
	b.Helper()
	b.changes++
	version, err := b.server.Store().Apply(sample.Pods().Resource, fmt.Appendf(nil,
		`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"default","name":"busy","labels":{"n":"%d"}}}`, b.changes))
	if err != nil {
		b.Fatal(err)
	}
	b.version = version
}

// isHeld tells whether the watch has all changes.
func (b *busy) isHeld() bool {
	for _, w := range b.ws.Watches() {
		o, ok := w.Watch.Store().Get(model.Key{Namespace: "default", Name: "busy"})
		return ok && o.ResourceVersion == fmt.Sprint(b.version)
	}
	return false
}

// told are the changes that the history tells apart.
func (b *busy) told() []timeline.Record {
	return slices.Collect(b.ws.Timeline().Forward(0, timeline.Filter{}))
}

func (b *busy) eventually(what string, holds func() bool) {
	b.Helper()
	eventually(b, what, holds, func() string { return fmt.Sprintf("%+v", b.ws.Snapshot()) })
}

// A watch brings more than the history takes: nothing is dropped in silence. What is told apart and what is merged are together
// what happened, to the last change, and the screen says how many were merged.
func TestMergedChangesAreCountedOnScreen(t *testing.T) {
	b := newBusy(t)
	if err := setup.OpenTabs(b.ws, []string{"pods"}, setup.DefaultTypes()); err != nil {
		t.Fatal(err)
	}
	b.eventually("a change that is remembered", func() bool { // those before are what was there
		if len(b.told()) == 0 {
			b.change()
		}
		return len(b.told()) > 0
	})
	last := func() bool {
		all := b.told()
		return all[len(all)-1].New == fmt.Sprint(b.version)
	}
	b.eventually("the last of them", last)
	before := len(b.told())

	b.history.Lock()
	const changes = 3000 // more than may wait
	for range changes {
		b.change()
	}
	b.eventually("the watch to have all", func() bool { return b.isHeld() && b.history.waiting.Load() > 0 })
	b.history.Unlock()
	b.eventually("the last change", last)
	var history workspace.History
	b.eventually("all to be counted", func() bool {
		history = b.ws.Snapshot().History
		return history.Changes-before+int(history.Merged) == changes
	})
	merged := 0
	for _, r := range b.told() {
		merged += r.Merged
	}
	if merged == 0 || uint64(merged) != history.Merged {
		t.Errorf("the history's records hold %d merged changes, and it is said that there are %d", merged, history.Merged)
	}

	app := ui.New(ui.Options{Context: t.Context(), Backend: b.ws, Keys: keymap.Default(), Log: logbuffer.New(1, 1, func() {})})
	app.Update(tea.WindowSizeMsg{Width: 200, Height: 50})
	app.Update(ui.FrameMsg{Snapshot: b.ws.Snapshot()})
	first, _, _ := strings.Cut(ansi.Strip(app.View().Content), "\n")
	if want := phase.Count(merged) + " changes merged"; !strings.Contains(first, want) {
		t.Errorf("the first line lacks %q: %s", want, first)
	}
}
