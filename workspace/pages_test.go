package workspace_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/workspace"
)

var (
	coreEvents = schema.GroupVersionResource{Version: "v1", Resource: "events"}
	newEvents  = schema.GroupVersionResource{Group: "events.k8s.io", Version: "v1", Resource: "events"}
)

// web is the pod of changes.
func (b *bench) web() versions.Object {
	return versions.Object{Cluster: b.ws.Snapshot().Context, GVR: pods, Key: model.Key{Namespace: "default", Name: "web"}}
}

func TestVersionsAreFollowedUntilClosed(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true, History: timeline.New(1 << 20)})
	c := changesOfPod(b)
	b.mustOpen("pods")
	b.await("the watch is live", live)
	c.begin()
	v, err := b.ws.WatchVersions(b.web())
	if err != nil {
		t.Fatal(err)
	}
	c.make()
	seen, made := v.Version(), c.n
	b.await("the version is told", func(workspace.Snapshot) bool {
		list, err := v.Read()
		if err != nil {
			t.Fatal(err)
		}
		if len(list.Versions) == 0 {
			return false
		}
		text, err := list.JSON(context.Background(), 0)
		return err == nil && strings.Contains(string(text), fmt.Sprintf(`"n":"%d"`, made)) && len(list.Versions[0].By) > 0 &&
			list.Versions[0].By[0].Name == fmt.Sprintf("label-%d", made)
	})
	b.await("that there is something new is told", func(workspace.Snapshot) bool { return v.Version() > seen })
	v.Close()
	v.Close()
}

func TestObjectsAreFoundByName(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true, History: timeline.New(1 << 20)})
	c := changesOfPod(b)
	b.mustOpen("pods")
	b.await("the watch is live", live)
	c.begin()
	found := func(namespace, name string) (versions.Object, error) {
		of, _, err := b.ws.FindObject("po", namespace, name)
		return of, err
	}
	b.await("the short names are known", func(workspace.Snapshot) bool {
		_, err := found("default", "web")
		return err == nil
	})
	for _, namespace := range []string{"default", ""} {
		if of, err := found(namespace, "web"); err != nil || of != b.web() {
			t.Errorf("in %q: %+v, %v", namespace, of, err)
		}
	}
	if _, err := b.store.Delete(pods, "default", "web"); err != nil {
		t.Fatal(err)
	}
	b.await("the pod is gone", func(workspace.Snapshot) bool {
		last := timeline.Record{}
		for r := range b.ws.Timeline().Backward(timeline.Newest, timeline.Filter{}) {
			last = r
			break
		}
		return last.Type == model.Deleted
	})
	for _, namespace := range []string{"default", ""} {
		if of, err := found(namespace, "web"); err != nil || of != b.web() {
			t.Errorf("deleted, in %q: %+v, %v", namespace, of, err)
		}
	}
	for what, words := range map[string]string{"nobody": "nothing is remembered of it"} {
		if _, err := found("default", what); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, _, err := b.ws.FindObject("nodes", "", "x"); err == nil || !strings.Contains(err.Error(), "not watched") {
		t.Errorf("of a type that is not watched: %v", err)
	}
	if _, _, err := b.ws.FindObject("nonsense", "", "x"); err == nil {
		t.Error("a type that there is not is found")
	}
}

// serveEvents adds a type of Events that names what it is about by a field.
func (b *bench) serveEvents(gvr schema.GroupVersionResource, regarding string) {
	b.t.Helper()
	err := b.store.AddType(store.Type{
		Resource: gvr, Kind: "Event", Singular: "event", Namespaced: true,
		SelectableFields: []store.Field{{Label: regarding + ".kind"}, {Label: regarding + ".name"}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.ws.RetryNow() // discovery may have been before
	b.await("Events are a type that is known", func(workspace.Snapshot) bool {
		return slices.ContainsFunc(b.ws.Choices(), func(c workspace.TypeChoice) bool { return c.Kind == "Event" })
	})
}

func (b *bench) put(gvr schema.GroupVersionResource, object string) {
	b.t.Helper()
	if _, err := b.store.Apply(gvr, []byte(object)); err != nil {
		b.t.Fatal(err)
	}
}

func TestEventsOfAnObjectAreWatchedUntilClosed(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	b.serveEvents(coreEvents, "involvedObject")
	b.mustOpen("pods")
	b.await("the watch is live", live)
	event := func(name, about, uid, message string, minute int) {
		b.put(coreEvents, fmt.Sprintf(`{"apiVersion":"v1","kind":"Event","metadata":{"namespace":"default","name":"%s"},"involvedObject":{"kind":"Pod","name":"%s","uid":"%s"},`+
			`"type":"Warning","reason":"BackOff","message":"%s","count":3,"lastTimestamp":"2026-11-02T10:%02d:00Z","source":{"component":"kubelet","host":"node-1"}}`, name, about, uid, message, minute))
	}
	event("a", "web", "u", "first", 1)
	event("b", "web", "other", "of another of that name", 2)
	event("c", "db", "u2", "of another", 3)
	of := b.web()
	of.UID = "u"
	open := func() workspace.ObjectEvents {
		var e workspace.ObjectEvents
		b.await("Events are a type that is known", func(workspace.Snapshot) bool {
			var err error
			e, err = b.ws.WatchEvents(of, "Pod")
			return err == nil
		})
		return e
	}
	e := open()
	messages := func() string {
		list, err := e.Read()
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, e := range list {
			words = append(words, e.Message)
		}
		return strings.Join(words, ", ")
	}
	b.await("the Events are there", func(workspace.Snapshot) bool { return messages() == "first" && e.State().Phase == informers.Live })
	if list, _ := e.Read(); list[0].Count != 3 || list[0].Source != "kubelet on node-1" || list[0].Type != "Warning" || list[0].Last.Minute() != 1 {
		t.Errorf("%+v", list[0])
	}
	seen, watches := e.Version(), b.openWatches()
	event("d", "web", "", "of nobody in particular", 5)
	b.await("a new one comes first", func(workspace.Snapshot) bool {
		return messages() == "of nobody in particular, first" && e.Version() > seen
	})
	e.Close()
	e.Close()
	b.await("nothing watches them any more", func(workspace.Snapshot) bool { return b.openWatches() == watches-1 })
	open() // ends with the workspace
}

func TestEventsOfTheNewerGroup(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	b.mustOpen("pods")
	b.await("the watch is live", live)
	if _, err := b.ws.WatchEvents(b.web(), "Pod"); !errors.Is(err, workspace.ErrNoEvents) {
		t.Errorf("without the type: %v", err)
	}
	b.serveEvents(newEvents, "regarding")
	b.put(newEvents, `{"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"namespace":"default","name":"a"},"regarding":{"kind":"Pod","name":"web"},`+
		`"type":"Normal","reason":"Pulled","note":"hello","eventTime":"2026-11-02T10:00:00.000000Z","series":{"count":4,"lastObservedTime":"2026-11-02T10:09:00.000000Z"},"reportingController":"kubelet"}`)
	b.ws.RetryNow()
	var e workspace.ObjectEvents
	b.await("Events are a type that is known", func(workspace.Snapshot) bool {
		var err error
		e, err = b.ws.WatchEvents(b.web(), "Pod")
		return err == nil
	})
	b.await("the Event is there", func(workspace.Snapshot) bool {
		list, err := e.Read()
		return err == nil && len(list) == 1 && list[0].Message == "hello" && list[0].Count == 4 && list[0].Last.Sub(list[0].First) == 9*time.Minute && list[0].Source == "kubelet"
	})
	e.Close()
}
