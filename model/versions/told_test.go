package versions_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
)

// object makes the versions of a test by hand.
func object(uid types.UID, version string, n int) *model.Object {
	o := &model.Object{Key: key, UID: uid, ResourceVersion: version}
	o.SetJSON(model.NewPacker(), fmt.Appendf(nil, `{"metadata":{"resourceVersion":"%s"},"data":{"n":%d}}`, version, n))
	o.SetManagedFields(fmt.Appendf(nil, `[{"manager":"kubectl-edit","operation":"Update","subresource":"status","time":"2026-11-02T10:00:00Z","fieldsV1":{"f:data":{"f:n":{}}}}]`), nil)
	return o
}

func kinds(list *versions.List) string {
	var words []string
	for i := range list.Versions {
		v := &list.Versions[i]
		word := map[versions.Kind]string{
			versions.Updated: "updated", versions.Created: "created", versions.Deleted: "deleted",
			versions.Found: "found", versions.Entered: "entered", versions.Left: "left",
		}[v.Kind()] + " " + v.ResourceVersion
		if v.Gap {
			word += " gap"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

func TestWhoAndWhatIsTold(t *testing.T) {
	s := newServer(t, 1, 1<<20)
	w := s.watch(timeline.Source{}, 100)
	w.store.Apply(object("a", "1", 1))
	w.store.Apply(object("a", "2", 2))
	w.store.Delete(key, object("a", "3", 2))
	w.store.Apply(object("b", "4", 3))
	w.store.Apply(object("b", "6", 4))
	w.take(t)
	list := s.log().Read()
	if got, want := kinds(list), "updated 6, created 4, deleted 3, updated 2, created 1"; got != want {
		t.Fatalf("versions %s, want %s", got, want)
	}
	v := list.Versions[0]
	if len(v.By) != 1 || v.By[0].Name != "kubectl-edit" || v.By[0].Subresource != "status" || v.Before != "4" ||
		len(v.Fields) != 1 || v.Fields[0].Path != "data.n" || v.At.IsZero() {
		t.Errorf("%+v", v)
	}
	if list.Before(1) != -1 || list.Before(0) != 1 || list.Before(4) != -1 || list.Find(list.Versions[3].ID) != 3 || list.Find(versions.ID{Seq: 99}) != -1 {
		t.Error("versions of two objects are taken for those of one")
	}
	// Who asks for the deleted object has it first.
	deleted := versions.NewLog(versions.Object{Cluster: "prod", GVR: gvr, Key: key, UID: "a"}, s.timeline, func() *model.Object { return nil }).Read()
	if got, want := kinds(deleted), "deleted 3, updated 2, created 1, updated 6, created 4"; got != want {
		t.Errorf("versions %s, want %s", got, want)
	}
	other := versions.NewLog(versions.Object{Cluster: "test", GVR: gvr, Key: key}, s.timeline, func() *model.Object { return nil }).Read()
	if len(other.Versions) != 0 {
		t.Errorf("versions of another cluster's object: %+v", other.Versions)
	}
}

func TestAWatchWithSelectorsDoesNotSeeAll(t *testing.T) {
	s := newServer(t, 1, 1<<20)
	w := s.watch(timeline.Source{LabelSelector: "a=b"}, 100)
	w.store.Apply(object("a", "1", 1))
	w.store.Apply(object("a", "2", 2))
	w.store.Delete(key, object("a", "3", 2))
	w.store.Apply(object("a", "7", 3))
	w.take(t)
	list := s.log().Read()
	if got, want := kinds(list), "entered 7 gap, left 3, updated 2, entered 1"; got != want {
		t.Errorf("versions %s, want %s", got, want)
	}
	for i, want := range []string{"3", "2", "2", "1"} {
		text, err := list.JSON(context.Background(), i)
		if err != nil || !strings.Contains(string(text), `"n":`+want) {
			t.Errorf("version %s: %s, %v", list.Versions[i].ResourceVersion, text, err)
		}
	}
}

// The timeline is a moment behind what the watch has, or ahead of it.
func TestThePresentNeedNotBeTheNewestRecord(t *testing.T) {
	s := newServer(t, 1, 1<<20)
	w := s.watch(timeline.Source{}, 100)
	for n := 1; n <= 4; n++ {
		w.store.Apply(object("a", fmt.Sprint(n), n))
	}
	w.take(t)
	read := func(present *model.Object) *versions.List {
		return versions.NewLog(versions.Object{Cluster: "prod", GVR: gvr, Key: key}, s.timeline, func() *model.Object { return present }).Read()
	}
	for _, c := range []struct {
		present int
		want    string
	}{{2, "updated 4, updated 3, updated 2, created 1"}, {5, "found 5 gap, updated 4, updated 3, updated 2, created 1"}} {
		list := read(object("a", fmt.Sprint(c.present), c.present))
		if got := kinds(list); got != c.want {
			t.Errorf("version %d is the present one: %s, want %s", c.present, got, c.want)
		}
		for i := range list.Versions {
			v := &list.Versions[i]
			text, err := list.JSON(context.Background(), i)
			if v.Whole != (err == nil) || v.Whole && !strings.Contains(string(text), `"n":`+v.ResourceVersion) {
				t.Errorf("version %s: %s, %v", v.ResourceVersion, text, err)
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := read(object("a", "4", 4)).JSON(ctx, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("what nobody waits for any more is made: %v", err)
	}
	// Of another object than the changes were of.
	wrong := object("a", "4", 4)
	wrong.SetJSON(model.NewPacker(), []byte(`{"metadata":{"resourceVersion":"4"},"data":[]}`))
	if _, err := read(wrong).JSON(context.Background(), 3); err == nil {
		t.Error("changes were undone that do not fit")
	}
}

func TestTimesAreThoseOfTheTimeline(t *testing.T) {
	s := newServer(t, 1, 1<<20)
	if list := s.log().Read(); len(list.Versions) != 0 || !list.Begins.IsZero() || list.Complete || list.Cut {
		t.Errorf("of nothing: %+v", list)
	}
	w := s.watch(timeline.Source{}, 100)
	begin := time.Now().Add(-time.Minute)
	w.store.Apply(object("a", "1", 1))
	w.take(t)
	if list := s.log().Read(); !list.Begins.After(begin) || !list.Complete {
		t.Errorf("%+v", list)
	}
}

// With rules of noise a version tells which of its fields says most; without them it is the first.
func TestAVersionTellsWhatSaysMost(t *testing.T) {
	rules, err := noise.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	history := timeline.New(1 << 20)
	r := timeline.Record{Source: history.SourceID(timeline.Source{Cluster: "prod", GVR: gvr}), Key: key, UID: "u", Type: model.Updated, Old: "1", New: "2"}
	for _, path := range []change.Path{"metadata.generation", "status.x", "data.level"} {
		r.Fields = append(r.Fields, timeline.Field{Change: change.Change{Path: path, Old: []byte("1"), New: []byte("2")}})
	}
	history.Add(&r, model.Packed{})
	log := func() *versions.Log {
		return versions.NewLog(versions.Object{Cluster: "prod", GVR: gvr, Key: key}, history, func() *model.Object { return nil })
	}
	judged := log()
	judged.TellBy(rules.NewJudge())
	for want, l := range map[int]*versions.Log{0: log(), 2: judged} {
		list := l.Read()
		if len(list.Versions) == 0 || list.Versions[0].Telling != want {
			t.Errorf("it tells of %+v, want %d", list.Versions, want)
		}
	}
}
