package workspace_test

import (
	"fmt"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/workspace"
)

// changes makes versions of an object that differ in a label, and may differ in who set it.
type changes struct {
	*bench
	gvr    schema.GroupVersionResource
	object string // the format of a version, of its number
	n      int
}

func changesOfPod(b *bench) *changes {
	return &changes{bench: b, gvr: pods, object: `{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"default","name":"web","labels":{"n":"%[1]d"},` +
		`"managedFields":[{"manager":"label-%[1]d","operation":"Update","time":"2026-11-02T10:00:00Z","fieldsV1":{"f:metadata":{"f:labels":{"f:n":{}}}}}]}}`}
}

func (c *changes) make() {
	c.t.Helper()
	c.n++
	c.put(c.gvr, fmt.Sprintf(c.object, c.n))
}

// begin makes changes until one is remembered: those before the watch is followed are what was there, and the first may create it.
func (c *changes) begin() {
	c.t.Helper()
	c.await("a change is remembered", func(workspace.Snapshot) bool {
		for r := range c.ws.Timeline().Backward(timeline.Newest, timeline.Filter{}) {
			if len(r.Fields) > 0 {
				return true
			}
			break
		}
		c.make()
		return false
	})
}

// remembered awaits the last change that was made, and gives all.
func (c *changes) remembered() []timeline.Record {
	c.t.Helper()
	var all []timeline.Record
	c.await("the last change is remembered", func(workspace.Snapshot) bool {
		all = slices.Collect(c.ws.Timeline().Forward(0, timeline.Filter{}))
		return len(all) > 0 && len(all[len(all)-1].Fields) > 0 && string(all[len(all)-1].Fields[0].New) == fmt.Sprintf(`"%d"`, c.n)
	})
	return all
}

func TestChangesAreRememberedWithWhoMadeThem(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true, History: timeline.New(1 << 20)})
	c := changesOfPod(b)
	tab := b.mustOpen("pods")
	b.await("the watch is live", live)
	c.begin()
	c.make()
	c.make()
	all := c.remembered()
	last := all[len(all)-1]
	f := last.Fields[0]
	if f.Path != "metadata.labels.n" || string(f.Old) != fmt.Sprintf(`"%d"`, c.n-1) || f.By.Name != fmt.Sprintf("label-%d", c.n) {
		t.Errorf("remembered %s: %s -> %s by %+v", f.Path, f.Old, f.New, f.By)
	}
	source, ok := b.ws.Timeline().Source(last.Source)
	if !ok || source.GVR != pods || source.Cluster != b.ws.Snapshot().Context {
		t.Errorf("seen by %+v", source)
	}
	if h := b.ws.Snapshot().History; h.Changes != len(all) || !h.Oldest.Equal(all[0].At) || h.Bytes == 0 || h.Limit != 1<<20 || h.Merged != 0 {
		t.Errorf("%d changes are remembered, and this is said: %+v", len(all), h)
	}
	// A watch that comes later is followed, too, and what is remembered outlives the watch.
	b.ws.CloseTab(tab)
	before := len(all)
	b.mustOpen("nodes", "pods")
	b.await("the watches are live", live)
	b.await("a change of the new watch is remembered", func(s workspace.Snapshot) bool {
		if s.History.Changes == before {
			c.make()
		}
		return s.History.Changes > before
	})
}

func TestNothingIsRememberedUnlessAskedFor(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{})
	b.mustOpen("pods")
	b.await("the watch is live", live)
	b.ws.CheckHistory()
	if h := b.ws.Snapshot().History; h != (workspace.History{}) || b.ws.Timeline() != nil {
		t.Errorf("%+v", h)
	}
}
