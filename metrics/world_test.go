package metrics_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dogwatch/dogwatch/follow"
	"github.com/dogwatch/dogwatch/metrics"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = time.Minute

// world is a cluster of 20 pods, and what watches it.
type world struct {
	*testing.T
	ws      *workspace.Workspace
	server  *apiserver.Server
	changed chan struct{}
}

func newWorld(t *testing.T, types ...string) *world {
	t.Helper()
	st, err := sample.Store(20)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, server: apiserver.New(st, apiserver.Options{}), changed: make(chan struct{}, 1)}
	if err := w.server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.server.Close() })
	kubeconfig, err := w.server.Kubeconfig("shop-eu")
	if err != nil {
		t.Fatal(err)
	}
	o := setup.New()
	o.Kube.Kubeconfig, o.AllNamespaces = filepath.Join(t.TempDir(), "kubeconfig"), true
	if err := os.WriteFile(o.Kube.Kubeconfig, kubeconfig, 0o600); err != nil {
		t.Fatal(err)
	}
	w.ws, err = o.Workspace(context.WithoutCancel(t.Context()), func() {
		select {
		case w.changed <- struct{}{}:
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
		defer cancel()
		if err := w.ws.Close(closing); err != nil {
			t.Error(err)
		}
	})
	if err := setup.OpenTabs(w.ws, types, nil); err != nil {
		t.Fatal(err)
	}
	return w
}

// await waits until something holds, which may come with each change of the workspace.
func (w *world) await(what string, holds func() bool) {
	w.Helper()
	late := time.After(patience)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-w.changed:
		case <-look.C:
		case <-late:
			w.Fatalf("waited in vain for %s; missing: %s", what, metrics.Missing(w.ws.Snapshot()))
		}
	}
}

// all is all that any program tells.
func (w *world) all() metrics.Source {
	return metrics.All(
		metrics.Of("v1.2.3 \"quoted\" \\ and\nmore", w.ws),
		metrics.OfStream(func() []metrics.Stream {
			return []metrics.Stream{{Sink: "stdout"}, {Sink: "https://events.shop", Waiting: 3, WaitingBytes: 1 << 40, Sent: 1e15, SentBytes: 12, Failures: 1, Refused: 2, Failing: true}}
		}),
		metrics.OfConfig(func() follow.State { return follow.State{Good: 2, Bad: 1, Applied: time.Unix(1e9, 0)} }),
		metrics.OfSignals(func() map[signal.Severity]int { return map[signal.Severity]int{signal.Warning: 2, signal.Info: 1} }),
		nil,
	)
}

// find gives the value of the only sample of a family whose labels begin so.
func find(families []metrics.Family, name string, labels ...string) (value float64, found bool) {
	for _, f := range families {
		if f.Name != name {
			continue
		}
		for _, s := range f.Samples {
			if len(labels) <= len(s.Labels) && equal(s.Labels[:len(labels)], labels) {
				return s.Value, true
			}
		}
	}
	return 0, false
}

func equal(a, b []string) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}
