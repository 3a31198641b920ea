package informers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// judgeFunc only looks.
type judgeFunc func(jsonscan.Object)

func (f judgeFunc) Of(o jsonscan.Object, _ uint32) model.Health {
	f(o)
	return model.Health{}
}

func (judgeFunc) Written(jsonscan.Object, []byte) uint32 { return 0 }

// TestHowLongNoneIsAvailableIsKnown has a DaemonSet's status written again and again while none is available.
func TestHowLongNoneIsAvailableIsKnown(t *testing.T) {
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := began
	rules, err := health.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	version := 0
	// judged has the object come in a list, or as an event of a watch, with a status that was written just now.
	judged := func(isNext, whole bool, ready int, seconds int) model.Health {
		now = began.Add(time.Duration(seconds) * time.Second)
		d := testDecoder(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "daemonsets"})
		d.health, d.held, d.whole = rules.At(func() time.Time { return now }).For(schema.GroupKind{Group: "apps", Kind: "DaemonSet"}), store.Get, whole
		version++
		text := fmt.Sprintf(`{"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"a","uid":"u","generation":1,"resourceVersion":"%d","managedFields":[{"manager":"c","time":%q,"subresource":"status"}]},`+
			`"status":{"observedGeneration":1,"desiredNumberScheduled":9,"currentNumberScheduled":%d,"updatedNumberScheduled":9,"numberReady":%d,"numberAvailable":%d}}`,
			version, now.Format(time.RFC3339), version, ready, ready)
		var got *model.Object
		if !isNext {
			list := fmt.Sprintf(`{"kind":"DaemonSetList","apiVersion":"apps/v1","metadata":{"resourceVersion":"%d"},"items":[%s]}`, version, text)
			if _, err := d.list(strings.NewReader(list), func(page) {}, func(o *model.Object) { got = o }); err != nil {
				t.Fatal(err)
			}
		} else {
			events := d.events(strings.NewReader(`{"type":"MODIFIED","object":` + text + `}`))
			events.follows = true
			if err := events.next(func(e event) error { got = e.Object; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		store.Apply(got)
		return got.Health
	}
	for i, step := range []struct {
		next, whole    bool
		ready, seconds int
		want           model.Level
	}{
		{false, false, 0, 0, model.Progressing},
		{true, false, 0, 30, model.Progressing},
		{true, false, 0, 59, model.Progressing},
		{true, false, 0, 60, model.Unhealthy}, // what was written meanwhile changed nothing in it
		{true, true, 0, 70, model.Unhealthy},
		{true, false, 1, 80, model.Progressing},
		{true, false, 0, 90, model.Progressing}, // it begins anew
		{true, true, 0, 150, model.Unhealthy},
		{false, false, 0, 160, model.Progressing}, // a list: one may have been ready between
		{true, false, 0, 220, model.Unhealthy},
	} {
		if h := judged(step.next, step.whole, step.ready, step.seconds); h.Level != step.want {
			t.Errorf("step %d: %v, want %v", i, h, step.want)
		}
	}
}

// What an event is judged by is the version before it, also where the reflector has not brought that into the store yet.
func TestEachVersionFollowsTheOneBefore(t *testing.T) {
	at := model.Key{Name: "a"}
	s := newSession(newWatch(t.Context(), Identity{}, &cluster{}, &Options{
		Clock: clocktesting.NewFakeClock(time.Now()), Health: func(schema.GroupKind) model.Judge { return nil },
	}, 1), Type{})
	defer s.watch.store.Close()
	s.watch.store.Apply(&model.Object{Key: at, UID: "u", ResourceVersion: "1"})
	st := &stream{session: s, out: make(chan watch.Event, 3)} // nobody takes what it sends
	version := func(k model.Key) string {
		o, ok := s.held(k)
		if !ok {
			return ""
		}
		return o.ResourceVersion
	}
	if got := version(at); got != "1" {
		t.Errorf("version %q is held before an event", got)
	}
	for _, e := range []struct {
		kind watch.EventType
		want string
	}{{watch.Modified, "2"}, {watch.Deleted, ""}, {watch.Added, "4"}} {
		if err := st.pass(event{Type: e.kind, Object: &model.Object{Key: at, UID: "u", ResourceVersion: e.want}}); err != nil {
			t.Fatal(err)
		}
		if got := version(at); got != e.want {
			t.Errorf("version %q is held behind %s, want %q", got, e.kind, e.want)
		}
	}
	if got := version(model.Key{Name: "b"}); got != "" {
		t.Errorf("version %q of another is held", got)
	}
	s.startListing()
	if got := version(at); got != "1" {
		t.Errorf("version %q is held when all is listed anew", got)
	}
}
