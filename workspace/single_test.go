package workspace_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/workspace"
)

// awaitRead reads whenever something may be different, until it is as said.
func awaitRead(t *testing.T, s *workspace.Single, what string, ok func(text string, err error) bool) {
	t.Helper()
	late := time.After(time.Minute)
	for {
		text, err := s.Read()
		if ok(string(text), err) {
			return
		}
		select {
		case <-s.Changed():
		case <-late:
			t.Fatalf("waited in vain for %s: %s, %v", what, text, err)
		}
	}
}

// mark gives the sample's node a label.
func mark(b *bench, with string) {
	b.t.Helper()
	node := map[string]any{"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": "marked", "labels": map[string]any{"mark": with}}}
	if _, err := b.store.Apply(schema.GroupVersionResource{Version: "v1", Resource: "nodes"}, sample.JSON(node)); err != nil {
		b.t.Fatal(err)
	}
}

func has(part string) func(string, error) bool {
	return func(text string, err error) bool { return err == nil && strings.Contains(text, part) }
}

func fails(part string) func(string, error) bool {
	return func(_ string, err error) bool { return err != nil && strings.Contains(err.Error(), part) }
}

// What is watched for itself goes on being watched where it was, whatever the tabs go over to.
func TestASingleObjectIsWatchedWhereItIs(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	b.addContext("other", startOther(t))
	s, err := b.ws.WatchSingle(schema.GroupVersionResource{Version: "v1", Resource: "nodes"}, "", "marked")
	if err != nil {
		t.Fatal(err)
	}
	awaitRead(t, s, "its being told that there is none", fails("there is no such object"))
	mark(b, "first")
	awaitRead(t, s, "the object", has("first"))
	if err := b.ws.SetContext("other"); err != nil {
		t.Fatal(err)
	}
	b.mustOpen("po")
	b.await("the tab is of the other cluster", func(s workspace.Snapshot) bool { return live(s) && s.Tabs[0].Context == "other" })
	mark(b, "second")
	awaitRead(t, s, "its change", has("second"))
	if n := running("cluster.(*Cluster).Run("); n != 2 { // which the old connection's pulse and renewal are of
		t.Errorf("%d clusters are kept up", n)
	}
	s.Close()
	b.await("the first cluster is let go", func(workspace.Snapshot) bool { return b.openWatches() == 0 && running("cluster.(*Cluster).Run(") == 1 })
}

// What was read is no longer told as what there is once it may not be watched.
func TestASingleObjectThatMayNotBeWatchedAnyMore(t *testing.T) {
	var denied atomic.Bool
	b := newBench(t, apiserver.Options{Policy: func(string, string, schema.GroupVersionResource, string) bool { return !denied.Load() }}, workspace.Options{AllNamespaces: true})
	mark(b, "first")
	s, err := b.ws.WatchSingle(schema.GroupVersionResource{Version: "v1", Resource: "nodes"}, "", "marked")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	awaitRead(t, s, "the object", has("first"))
	denied.Store(true)
	b.server.ExpireWatches()
	awaitRead(t, s, "the refusal", fails("forbidden"))
	denied.Store(false)
	b.ws.RetryNow()
	awaitRead(t, s, "the object again", has("first"))
	if _, err := s.Read(); errors.Is(err, workspace.ErrNotListed) {
		t.Error("it is not known any more")
	}
}
