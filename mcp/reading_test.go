package mcp_test

import (
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/mcp"
	"github.com/dogwatch/dogwatch/replay/playback"
)

// slowly is a recording of which nothing is read until it is released. It implements workspace.Recorded.
type slowly struct{ released chan struct{} }

func (slowly) State() playback.State       { return playback.State{} }
func (slowly) Spot() playback.Spot         { return playback.Spot{} }
func (slowly) Follow(func()) (stop func()) { return func() {} }
func (slowly) Parts() []playback.Part      { return []playback.Part{{Begin: time.Now()}} }
func (s slowly) Retell(int, []playback.Scope) iter.Seq[playback.Told] {
	return func(func(playback.Told) bool) { <-s.released }
}

// What is known of changes is told of a recording that is still being read, and that more may come.
func TestARecordingThatIsStillReadIsToldToBe(t *testing.T) {
	rec := slowly{make(chan struct{})}
	b := newBench(t, benchOptions{recorded: rec, mcp: mcp.Options{Recorded: true, Patience: 100 * time.Millisecond}})
	release := func() { close(rec.released) }
	t.Cleanup(func() {
		if release != nil {
			release()
		}
	})
	about := func(tool string) (text string, isRefused bool) {
		return b.bounded(32<<10, tool, questionsOfTools("deployments", "web")[tool])
	}
	const still = "still being read"
	for _, tool := range []string{"list_types", "list_changes", "object_history", "diff_object", "explain"} {
		if text, isRefused := about(tool); !strings.Contains(text, still) || isRefused != (tool == "diff_object") {
			t.Errorf("%s does not say so: %s", tool, text)
		}
	}
	for tool, question := range map[string]args{
		"get_object":     {"type": "deployments", "name": "web", "at": "12345"},
		"diff_object":    {"type": "deployments", "name": "web", "from": "12345"},
		"object_history": {"type": "deployments", "name": "gone"},
	} {
		if got := b.refused(tool, question); !strings.Contains(got, still) {
			t.Errorf("%s %v does not say so: %s", tool, question, got)
		}
	}
	if answer, _ := b.ask("get_object", args{"type": "deployments", "name": "web", "at": "now"}); !strings.Contains(answer["note"].(string), still) {
		t.Errorf("get_object does not say so: %v", answer)
	}
	release()
	release = nil
	b.until("it is read", "list_types", args{"limit": 1}, func(a map[string]any) bool { return a["history"].(map[string]any)["note"] == nil })
	for _, tool := range []string{"list_changes", "object_history", "diff_object", "explain"} {
		if text, _ := about(tool); strings.Contains(text, still) {
			t.Errorf("%s says so behind it: %s", tool, text)
		}
	}
}
