package workspace_test

import (
	"slices"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/workspace"
)

// Of a type that went and came back the past says which of both it was, and shows what it had before.
func TestThePastOfATypeThatWentAndCameBack(t *testing.T) {
	const gauge = `{"apiVersion":"acme.io/v1","kind":"Gauge","metadata":{"namespace":"default","name":"g","labels":{"n":"%[1]d"}}}`
	gauges := sample.Gauges()
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true, History: timeline.New(1 << 20)})
	c := &changes{bench: b, gvr: gauges.Resource, object: gauge}
	add := func() {
		if err := b.store.AddType(gauges); err != nil {
			t.Fatal(err)
		}
		c.make()
	}
	phase := func(s workspace.Snapshot) informers.State {
		if len(s.Tabs) == 0 || len(s.Tabs[0].Sources) == 0 {
			return informers.State{}
		}
		return s.Tabs[0].Sources[0].State
	}
	c.make()
	b.mustOpen("gauges")
	b.await("it is live", func(s workspace.Snapshot) bool { return phase(s).Phase == informers.Live })
	// Until a change is remembered the watch is not known to be followed; what it heard last is the end of what it knows.
	c.begin()
	before := time.Now()
	c.make()
	c.remembered()
	if err := b.store.RemoveType(gauges.Resource); err != nil {
		t.Fatal(err)
	}
	b.ws.RetryNow()
	b.await("it is gone", func(s workspace.Snapshot) bool { return phase(s).Phase == informers.Gone })
	gone := time.Now()
	add()
	b.ws.RetryNow()
	b.await("it is back", func(s workspace.Snapshot) bool { return phase(s).Phase == informers.Live })
	past, err := b.ws.BeginRewind(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := func(at time.Time) workspace.Snapshot {
		if err := past.Seek(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		return b.ws.Snapshot()
	}
	if s := phase(at(before)); s.Phase != informers.Live {
		t.Errorf("before it went: %+v", s)
	}
	if s := phase(at(gone)); s.Phase != informers.Gone || s.LastHeard.Before(before) || s.LastHeard.After(gone) {
		t.Errorf("while it was gone: %+v", s)
	}
	said := past.State().Gaps
	if !slices.ContainsFunc(said, func(g playback.Gap) bool { return g.Reason == "it was not served" }) {
		t.Errorf("the line of the time has the gaps %+v", said)
	}
}

// A type that was dropped and added again was watched before, whatever is known of it.
func TestThePastOfATypeThatWasDroppedAndAddedAgain(t *testing.T) {
	c := newRewindBench(t)
	c.mustOpen("nodes")
	c.await("the nodes are live", live)
	c.make()
	c.remembered()
	before := time.Now()
	c.ws.DropType("nodes")
	c.await("they are not watched", func(s workspace.Snapshot) bool { return len(s.Tabs) == 1 && c.openWatches() == 1 })
	c.make()
	c.remembered()
	c.mustOpen("nodes")
	c.await("the nodes are live again", live)
	c.make()
	c.remembered()
	past, err := c.ws.BeginRewind(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := past.Seek(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	if s := c.ws.Snapshot().Tabs[1].Sources[0].State; s.Reason != "its watch began later" || s.Synced {
		t.Errorf("before it was dropped: %+v", s)
	}
}
