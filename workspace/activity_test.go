package workspace_test

import (
	"testing"

	"github.com/dogwatch/dogwatch/model/activity"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/workspace"
)

func TestActivityAndHeatTellOfWhatTheWatchesHear(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true, History: timeline.New(1 << 20)})
	c := &changes{bench: b}
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
		return len(s.Tabs) == 1 && len(s.Tabs[0].Sources) == 1 && s.Tabs[0].Sources[0].Heat != timeline.Heat{}
	})
}

func TestWithoutAHistoryThereIsNoActivity(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{})
	if b.ws.Activity() != nil {
		t.Error("activity is told")
	}
}
