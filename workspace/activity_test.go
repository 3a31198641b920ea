package workspace_test

import (
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/activity"
	"github.com/dogwatch/dogwatch/model/heat"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestActivityAndHeatTellOfWhatTheWatchesHear(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true, History: timeline.New(1 << 20)})
	c := changesOfPod(b)
	b.mustOpen("pods")
	b.await("the watch is live", live)
	feed := b.ws.Activity()
	feed.Open(activity.Query{})
	c.begin()
	c.make()
	c.remembered()
	b.await("the change is told", func(workspace.Snapshot) bool {
		lines := feed.Page().Lines
		return len(lines) > 0 && lines[len(lines)-1].Resource == "pods"
	})
	b.await("the tab is warm", func(s workspace.Snapshot) bool {
		return len(s.Tabs) == 1 && len(s.Tabs[0].Sources) == 1 && s.Tabs[0].Sources[0].Heat.Counts != timeline.Heat{}
	})
}

func TestWithoutAHistoryThereIsNoActivity(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{})
	if b.ws.Activity() != nil {
		t.Error("activity is told")
	}
}

func TestHeatOfRowsTellsOfTheObjectThatChanged(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true, History: timeline.New(1 << 20)})
	c := changesOfPod(b)
	b.mustOpen("pods")
	b.await("the watch is live", live)
	h, watch := b.ws.RowHeat(), b.ws.Snapshot().Tabs[0].Sources[0].Watch
	of := func(name string) heat.Minutes {
		return h.Of(watch, model.Key{Namespace: "default", Name: name}, time.Now())
	}
	c.begin()
	c.remembered()
	if got := of("web"); got[timeline.HeatMinutes-1] != heat.Unknown {
		t.Errorf("counted before anybody asked: %v", got)
	}
	h.Open()
	last := func(m heat.Minutes) int { return max(m[timeline.HeatMinutes-1], m[timeline.HeatMinutes-2]) } // the minute may end here
	b.await("the change is counted", func(workspace.Snapshot) bool { return last(of("web")) > 0 })
	if got := of("other"); last(got) != 0 || got[0] != heat.Unknown {
		t.Errorf("of an object that did not change is told %v", got)
	}
	if got := h.Of(informers.Identity{}, model.Key{Namespace: "default", Name: "web"}, time.Now()); last(got) != heat.Unknown {
		t.Errorf("of a watch that nobody follows is told %v", got)
	}
	h.Shut()
	b.await("nothing is counted", func(workspace.Snapshot) bool { return last(of("web")) == heat.Unknown })
}

// The heat of a past moment is that of the minutes before it, and of nothing that nobody saw.
func TestHeatOfAPastMoment(t *testing.T) {
	c := newRewindBench(t)
	for range 3 {
		c.make()
	}
	changes := c.remembered()
	past, err := c.ws.BeginRewind(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	h, watch := c.ws.RowHeat(), c.ws.Snapshot().Tabs[0].Sources[0].Watch
	h.Open()
	for _, at := range []int{len(changes) - 1, 1, 2, 0} {
		if err := past.Seek(t.Context(), changes[at].At); err != nil {
			t.Fatal(err)
		}
		c.await("the heat is that of the moment", func(s workspace.Snapshot) bool {
			now := past.State().Now
			row, tab := h.Of(watch, changes[0].Key, now), s.Tabs[0].Sources[0].Heat.At(now)
			seen := 0
			for _, n := range row {
				seen += max(n, 0)
			}
			return row == tab && seen == at+1 && row[0] == heat.Unknown
		})
	}
	c.make()
	c.ws.EndRewind()
	c.await("the heat is that of the present", func(s workspace.Snapshot) bool {
		row := h.Of(watch, changes[0].Key, time.Now())
		return row == s.Tabs[0].Sources[0].Heat.At(time.Now()) && max(row[7], row[6]) > 0 && row[0] == heat.Unknown
	})
}
