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
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change/changetest"
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
