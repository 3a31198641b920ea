package versions_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/change/changetest"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
)

// seeds is how many random histories each test makes.
const seeds = 20

var (
	gvr = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	key = model.Key{Namespace: "shop", Name: "settings"}
)

// server is an object's true history, and watches that tell of it.
type server struct {
	t        *testing.T
	random   changetest.Random
	rv, life int
	object   map[string]any // nil while there is none
	truth    map[string][]byte
	timeline *timeline.Timeline
	watches  []*watch
}

// watch is a watch whose changes are remembered.
type watch struct {
	store   *model.Store
	packer  *model.Packer
	changes *model.Subscription
	taker   *timeline.Taker
	source  timeline.SourceID
}

func newServer(t *testing.T, seed uint64, limit int64) *server {
	return &server{t: t, random: changetest.New(seed), truth: map[string][]byte{}, timeline: timeline.New(limit)}
}

// watch begins a watch. Of more changes than capacity that are not taken yet, those of the object are merged.
func (s *server) watch(source timeline.Source, capacity int) *watch {
	source.Cluster, source.GVR = "prod", gvr
	w := &watch{store: model.NewStore(), packer: model.NewPacker(), source: s.timeline.SourceID(source), taker: timeline.NewTaker(s.timeline)}
	if s.object != nil {
		w.store.Apply(s.packed(w))
	}
	w.store.Retain(func(model.Key) bool { return true })
	w.changes = w.store.SubscribeManaged(make(chan struct{}, 1), capacity)
	w.take(s.t)
	s.watches = append(s.watches, w)
	return w
}

func (w *watch) take(t *testing.T) {
	for deltas := w.changes.TryNext(); deltas != nil; deltas = w.changes.TryNext() {
		for _, d := range deltas {
			if err := w.taker.Take(w.source, d); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (s *server) uid() types.UID { return types.UID(fmt.Sprintf("life-%d", s.life)) }

func (s *server) text() []byte {
	s.object["metadata"] = map[string]any{"name": key.Name, "resourceVersion": fmt.Sprint(s.rv)}
	return changetest.JSON(s.object)
}

func (s *server) packed(w *watch) *model.Object {
	o := &model.Object{Key: key, UID: s.uid(), ResourceVersion: fmt.Sprint(s.rv)}
	o.SetJSON(w.packer, s.text())
	o.SetManagedFields(fmt.Appendf(nil, `[{"manager":"writer-%d","operation":"Update","time":"2026-11-02T10:00:00Z","fieldsV1":{"f:data":{}}}]`, s.rv), nil)
	return o
}

// change makes one change, of which all watches hear.
func (s *server) change() {
	s.rv++
	switch {
	case s.object == nil:
		s.life++
		s.object = s.random.Object(4)
	case s.random.IntN(12) == 0:
		last := s.text() // a deletion has a version of its own
		s.truth[fmt.Sprint(s.rv)] = last
		for _, w := range s.watches {
			if _, ok := w.store.Get(key); ok && s.random.IntN(2) == 0 {
				w.store.Delete(key, s.packed(w))
			} else if ok {
				w.store.Delete(key, nil)
			}
		}
		s.object = nil
		return
	default:
		s.object = s.random.Changed(decode(s.t, s.text()), 3).(map[string]any)
	}
	s.truth[fmt.Sprint(s.rv)] = s.text()
	for _, w := range s.watches {
		w.store.Apply(s.packed(w))
	}
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	var v any
	if err := in.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func (s *server) log() *versions.Log {
	return versions.NewLog(versions.Object{Cluster: "prod", GVR: gvr, Key: key}, s.timeline, func() *model.Object {
		for _, w := range s.watches {
			if o, ok := w.store.Get(key); ok {
				return o
			}
		}
		return nil
	})
}

// check makes all versions of a list, and gives how many were to be had.
func (s *server) check(list *versions.List) (made int) {
	s.t.Helper()
	for i := range list.Versions {
		v := &list.Versions[i]
		text, err := list.JSON(context.Background(), i)
		if !v.Whole {
			if !errors.Is(err, versions.ErrUnknown) {
				s.t.Errorf("version %s is not to be had, and gives %v", v.ResourceVersion, err)
			}
			continue
		}
		if err != nil {
			s.t.Fatalf("version %s of %+v: %v", v.ResourceVersion, list.Versions, err)
		}
		if want := s.truth[v.ResourceVersion]; !reflect.DeepEqual(decode(s.t, text), decode(s.t, want)) {
			s.t.Fatalf("version %s is made as %s, was %s", v.ResourceVersion, text, want)
		}
		made++
	}
	return made
}

// Whatever becomes of an object, each of its versions is made again as it was.
func TestVersionsAreMadeAsTheyWere(t *testing.T) {
	total := 0
	for seed := range uint64(seeds) {
		s := newServer(t, seed, 1<<20)
		s.watch(timeline.Source{}, 1000)
		log := s.log()
		for n := range 40 {
			s.change()
			s.watches[0].take(t)
			if n%7 == 0 {
				s.check(log.Read())
			}
		}
		list := log.Read()
		if made := s.check(list); made != len(list.Versions) {
			t.Fatalf("seed %d: %d of %d versions are to be had", seed, made, len(list.Versions))
		}
		for i := range list.Versions {
			if list.Versions[i].Gap {
				t.Fatalf("seed %d: version %s says that something is missing", seed, list.Versions[i].ResourceVersion)
			}
		}
		if !list.Complete {
			t.Fatalf("seed %d: the beginning is missing: %+v", seed, list.Versions)
		}
		total += len(list.Versions)
	}
	if total < seeds*38 {
		t.Errorf("%d versions in all", total)
	}
}

// Several watches tell of the same; some merge what comes too fast, begin late or end early.
func TestWatchesThatTellOfTheSame(t *testing.T) {
	for seed := range uint64(seeds) {
		s := newServer(t, seed, 1<<20)
		s.watch(timeline.Source{}, 1000)
		random := rand.New(rand.NewPCG(seed, 2))
		for n := range 60 {
			if n%20 == 10 {
				s.watch(timeline.Source{Namespace: []string{"shop", ""}[random.IntN(2)]}, 1)
			}
			s.change()
			for _, w := range s.watches {
				if random.IntN(2) == 0 {
					w.take(t)
				}
			}
		}
		for _, w := range s.watches {
			w.take(t)
		}
		list := s.log().Read()
		if made := s.check(list); made != len(list.Versions) {
			t.Fatalf("seed %d: %d of %d versions are to be had", seed, made, len(list.Versions))
		}
		var seen []string
		for i := range list.Versions {
			v := &list.Versions[i]
			if v.Kind() == versions.Updated && slices.Contains(seen, v.ResourceVersion) {
				t.Fatalf("seed %d: version %s is told twice", seed, v.ResourceVersion)
			}
			if v.Kind() == versions.Updated {
				seen = append(seen, v.ResourceVersion)
			}
		}
	}
}

// What happened while nobody watched is said to be unknown, and nothing before it is guessed from what came later.
func TestWhatIsMissingIsTold(t *testing.T) {
	for seed := range uint64(seeds) {
		s := newServer(t, seed, 1<<20)
		s.watch(timeline.Source{}, 1000)
		live := func(times int) {
			for range times {
				s.change()
				s.watches[0].take(t)
			}
		}
		live(10)
		s.watches = nil
		s.change()
		s.change()
		for s.object == nil {
			s.change()
		}
		s.watch(timeline.Source{}, 1000)
		seenAgain := fmt.Sprint(s.rv)
		live(10)
		list := s.log().Read()
		s.check(list)
		found := slices.IndexFunc(list.Versions, func(v versions.Version) bool { return v.Kind() == versions.Found && v.ResourceVersion == seenAgain })
		if found < 0 {
			t.Fatalf("seed %d: that version %s was found is not told: %+v", seed, seenAgain, list.Versions)
		}
		if next := found + 1; next < len(list.Versions) && list.Versions[next].UID == list.Versions[found].UID && !list.Versions[found].Gap {
			t.Errorf("seed %d: that something is missing before version %s is not told", seed, seenAgain)
		}
		if list.Before(found) >= 0 {
			t.Errorf("seed %d: version %s is said to be made of version %s", seed, seenAgain, list.Versions[list.Before(found)].ResourceVersion)
		}
	}
}

func TestOldChangesAreForgottenWithTheTimeline(t *testing.T) {
	s := newServer(t, 3, 6<<10)
	s.watch(timeline.Source{}, 1000)
	log := s.log()
	longest := 0
	for range 200 {
		s.change()
		s.watches[0].take(t)
		list := log.Read()
		longest = max(longest, len(list.Versions))
		if fresh := s.log().Read(); len(fresh.Versions) != len(list.Versions) {
			t.Fatalf("%d versions, but %d to one who looks for the first time", len(list.Versions), len(fresh.Versions))
		}
		if !list.Begins.Equal(s.timeline.Oldest()) {
			t.Fatalf("it is said to begin %v, but begins %v", list.Begins, s.timeline.Oldest())
		}
	}
	list := log.Read()
	s.check(list)
	if longest > 150 {
		t.Errorf("%d versions at most of 200: nothing is forgotten", longest)
	}
	s.timeline.Clear()
	if list := log.Read(); len(list.Versions) > 1 {
		t.Errorf("%d versions of a timeline that was cleared", len(list.Versions))
	}
}

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
