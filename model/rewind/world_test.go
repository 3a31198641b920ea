package rewind

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// begin is when the worlds of the tests begin.
var begin = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// world is some watches, what is remembered of them, and what they had at each moment.
type world struct {
	t        *testing.T
	random   *rand.Rand
	clock    *clocktesting.FakeClock
	timeline *timeline.Timeline
	taker    *timeline.Taker
	watches  []*watch
	version  int
	// moments are the states behind each change, the first before any.
	moments []moment
}

type watch struct {
	id      timeline.SourceID
	store   *model.Store
	packer  *model.Packer
	changes *model.Subscription
	from    uint64
	since   time.Time
}

// moment is what the watches had from a time on.
type moment struct {
	at    time.Time
	state []map[model.Key]seen
}

// seen is what is compared of an object.
type seen struct {
	UID      types.UID
	Version  string
	Cells    []string
	Printed  int64
	Created  int64
	Labels   string
	Health   model.Health
	Deleting bool
	JSON     any
}

var columns = &model.Columns{List: []model.Column{{Name: "Name", IsName: true}, {Name: "Value"}}}

func newWorld(t *testing.T, seed uint64, limit int64, watches int) *world {
	w := &world{t: t, random: rand.New(rand.NewPCG(seed, 1)), clock: clocktesting.NewFakeClock(begin), timeline: timeline.New(limit)}
	w.taker = timeline.NewTaker(w.timeline)
	for i := range watches {
		source := timeline.Source{Cluster: "c", GVR: schema.GroupVersionResource{Version: "v1", Resource: fmt.Sprint("type", i)}}
		v := &watch{id: w.timeline.SourceID(source), store: model.NewStore(model.WithClock(w.clock)), packer: model.NewPacker()}
		v.changes = v.store.Subscribe(1000)
		v.store.SetColumns(columns)
		w.watches = append(w.watches, v)
		for range w.random.IntN(5) {
			w.write(v, w.key())
		}
		v.store.Retain(func(model.Key) bool { return true })
	}
	w.take()
	for _, v := range w.watches {
		_, v.from = w.timeline.Range()
		v.since = w.clock.Now()
	}
	w.remember()
	return w
}

func (w *world) key() model.Key {
	return model.Key{Namespace: "n", Name: fmt.Sprint("o", w.random.IntN(6))}
}

// judge calls an object unhealthy that has a high value, or has been there for a minute.
func judge(now func() time.Time) func(jsonscan.Object, uint32) model.Health {
	return func(o jsonscan.Object, _ uint32) model.Health {
		var object struct {
			Value   int
			Pending int64
		}
		if err := json.Unmarshal(o.Text, &object); err != nil {
			panic(err)
		}
		h := model.Health{Level: model.Healthy}
		if object.Pending > 0 {
			h.Due = uint32(object.Pending)
			if now().Unix() >= object.Pending {
				h = model.Health{Level: model.Unhealthy, Due: h.Due, Reason: "pending"}
			}
		}
		return h
	}
}

// write adds or changes an object.
func (w *world) write(v *watch, key model.Key) {
	w.version++
	uid, created := types.UID(fmt.Sprint("uid", w.version)), w.clock.Now().Unix()
	if held, ok := v.store.Get(key); ok {
		uid, created = held.UID, held.Created
	}
	value := w.random.IntN(100)
	labels := map[string]string{"app": fmt.Sprint(value % 3)}
	object := map[string]any{
		"metadata": map[string]any{
			"name": key.Name, "namespace": key.Namespace, "uid": uid, "resourceVersion": fmt.Sprint(w.version), "labels": labels,
			"creationTimestamp": time.Unix(created, 0).UTC().Format(time.RFC3339),
		},
		"value": value, "spec": map[string]any{"list": []int{value % 2, value % 5}, "text": fmt.Sprintf("%0*d", 20*(value%9), value)},
	}
	deleting := w.random.IntN(10) == 0
	if deleting {
		object["metadata"].(map[string]any)["deletionTimestamp"] = w.clock.Now().UTC().Format(time.RFC3339)
	}
	if w.random.IntN(3) == 0 {
		object["pending"] = w.clock.Now().Add(time.Minute).Unix()
	}
	text, err := json.Marshal(object)
	if err != nil {
		w.t.Fatal(err)
	}
	o := &model.Object{
		Key: key, UID: uid, ResourceVersion: fmt.Sprint(w.version), Created: created, Received: w.clock.Now().Unix(), Columns: columns, Deleting: deleting,
		Cells: []string{key.Name, fmt.Sprint(value)}, Labels: model.MakeLabelSet(labels), Health: judge(w.clock.Now)(jsonscan.Object{Text: text}, 0),
	}
	o.SetJSON(v.packer, text)
	v.store.Apply(o)
}

// step lets something happen, and some time go by before it.
func (w *world) step() {
	w.clock.Step(time.Duration(1+w.random.IntN(20_000)) * time.Millisecond)
	v := w.watches[w.random.IntN(len(w.watches))]
	key := w.key()
	if w.random.IntN(4) > 0 || !v.store.Delete(key, nil) {
		w.write(v, key)
	}
	w.take()
	w.remember()
}

func (w *world) take() {
	for _, v := range w.watches {
		for _, d := range v.changes.TryNext() {
			if err := w.taker.Take(v.id, d); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

func (w *world) remember() {
	m := moment{at: w.clock.Now()}
	for _, v := range w.watches {
		m.state = append(m.state, w.stateOf(v.store, w.clock.Now()))
	}
	w.moments = append(w.moments, m)
}

// stateOf is what a store has, with the health of the moment.
func (w *world) stateOf(store *model.Store, at time.Time) map[model.Key]seen {
	state := map[model.Key]seen{}
	store.Each(func(o *model.Object) bool {
		text, err := o.JSON()
		if err != nil {
			w.t.Fatal(err)
		}
		s := seen{
			UID: o.UID, Version: o.ResourceVersion, Cells: o.Cells, Printed: o.Received, Created: o.Created, Labels: o.Labels.String(),
			Deleting: o.Deleting,
		}
		if state[o.Key] = s; len(text) == 0 {
			return true // it is not kept
		}
		s.Health = judge(func() time.Time { return at })(jsonscan.Object{Text: text}, 0)
		if err := json.Unmarshal(text, &s.JSON); err != nil {
			w.t.Fatal(err)
		}
		state[o.Key] = s
		return true
	})
	return state
}

// past makes the Past of the world.
func (w *world) past() *Past {
	sources := make([]Source, len(w.watches))
	for i, v := range w.watches {
		deltas, objects := v.changes.Cut()
		if len(deltas) > 0 {
			w.t.Fatalf("%d deltas were not taken", len(deltas))
		}
		sources[i] = Source{
			ID: v.id, Columns: columns, Objects: objects, From: v.from, Since: v.since, Judge: judge,
		}
	}
	p := New(w.timeline.Freeze(), w.clock.Now(), sources)
	w.t.Cleanup(p.Close)
	return p
}

// at is the state at a moment.
func (w *world) at(at time.Time) moment {
	i := slices.IndexFunc(w.moments, func(m moment) bool { return m.at.After(at) })
	if i < 0 {
		i = len(w.moments)
	}
	return w.moments[max(i-1, 0)]
}

// expect compares the past with what was.
func (w *world) expect(p *Past, want moment, why string) {
	w.t.Helper()
	for i := range w.watches {
		got := w.stateOf(p.Store(i), p.Now())
		p.Store(i).Each(func(o *model.Object) bool { // as it was judged on the way
			s := got[o.Key]
			s.Health = o.Health
			got[o.Key] = s
			return true
		})
		expected := map[model.Key]seen{}
		for key, s := range want.state[i] {
			s.Health = rejudged(s, p.Now())
			if is, ok := got[key]; ok && is.JSON == nil {
				s = seen{UID: s.UID, Version: s.Version, Cells: s.Cells, Printed: s.Printed, Created: is.Created, Labels: is.Labels}
			}
			expected[key] = s
		}
		if !reflect.DeepEqual(got, expected) {
			w.t.Fatalf("%s, at %s, watch %d:\n%+v\nwant\n%+v", why, p.Now().Format(time.TimeOnly), i, got, expected)
		}
	}
	if n := p.Lost(); n > 0 {
		w.t.Fatalf("%s: %d objects are lost", why, n)
	}
}

// rejudged is the health that an object has at another moment.
func rejudged(s seen, at time.Time) model.Health {
	text, err := json.Marshal(s.JSON)
	if err != nil {
		panic(err)
	}
	return judge(func() time.Time { return at })(jsonscan.Object{Text: text}, 0)
}
