package problems

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is what a List watches, inside of a bubble of time.
type world struct {
	t       *testing.T
	rules   *health.Rules
	sources []Source
	list    *List
	now     func() time.Time
	moments bool
	version int
	labels  model.LabelSet // of what is put
	changed atomic.Int64
	// shown is what the list held when it was looked at last, at its version then.
	shown   []string
	shownAt uint64
}

func newWorld(t *testing.T, rules *health.Rules) *world { return &world{t: t, rules: rules} }

func (w *world) start() {
	w.list = New(Options{
		Sources: func() []Source { return slices.Clone(w.sources) }, Now: w.now, Moments: w.moments, Changed: func() { w.changed.Add(1) },
	})
	ctx, stop := context.WithCancel(w.t.Context())
	w.t.Cleanup(stop)
	go w.list.Run(ctx)
}

// watch adds a watch of pods, or of what a kind says.
func (w *world) watch(kind, resource string) *model.Store {
	gk := schema.ParseGroupKind(kind)
	store := model.NewStore()
	w.sources = append(w.sources, Source{
		Store: store, Cluster: "c", Type: schema.GroupResource{Group: gk.Group, Resource: resource}, Kind: gk.Kind,
		Judge: w.rules.For(gk).Of, Explain: w.rules.Explain(gk).Of,
	})
	if w.list != nil {
		w.list.Notice()
	}
	return store
}

// put has stores hear of a new version of an object, judged as it is decoded.
func (w *world) put(kind, namespace, name, rest string, stores ...*model.Store) *model.Object {
	w.version++
	text := fmt.Sprintf(`{"metadata":{"namespace":%q,"name":%q,"creationTimestamp":%q},%s}`, namespace, name, time.Now().Format(time.RFC3339), rest)
	o := &model.Object{Key: model.Key{Namespace: namespace, Name: name}, UID: types.UID(name), ResourceVersion: strconv.Itoa(w.version), Labels: w.labels}
	o.Health = w.rules.For(schema.ParseGroupKind(kind)).Of(jsonscan.Object{Text: []byte(text)}, 0)
	o.SetJSON(model.NewPacker(), []byte(text))
	for _, s := range stores {
		s.Apply(o)
	}
	return o
}

const (
	fine    = `"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}`
	failed  = `"status":{"phase":"Failed","reason":"Evicted"}`
	pending = `"status":{"phase":"Pending"}`
	down    = `"status":{"conditions":[{"type":"Ready","status":"Unknown","reason":"NodeStatusUnknown","message":"Kubelet stopped posting node status.","lastTransitionTime":"1999-12-31T23:59:00Z"}]}`
)

// settle lets the list take in what there is.
func (w *world) settle() {
	synctest.Wait()
	time.Sleep(3 * pause) // of the bubble's time
	synctest.Wait()
}

func (w *world) names() []string {
	window := w.list.Window(0, 1<<30)
	all := window.Problems
	if window.Len != len(all) || window.All != w.list.Len() {
		w.t.Errorf("%d of %d, and %d", len(all), window.Len, w.list.Len())
	}
	names := []string{}
	for i, p := range all {
		if at, ok := w.list.Find(p.ID); !ok || at != i {
			w.t.Errorf("%v is found at %d, but is at %d", p.ID, at, i)
		}
		names = append(names, p.Name)
	}
	version := w.list.Version()
	if !slices.Equal(names, w.shown) && version == w.shownAt {
		w.t.Errorf("%q and %q are both of version %d", w.shown, names, version)
	}
	w.shown, w.shownAt = names, version
	return names
}

func (w *world) mustBe(when string, names ...string) {
	w.t.Helper()
	w.settle()
	if got := w.names(); !slices.Equal(got, names) {
		w.t.Errorf("%s: %q, want %q", when, got, names)
	}
}

// inBubble runs a test in a bubble of time, and closes the list.
func inBubble(t *testing.T, f func(*world)) {
	t.Helper()
	rules, err := health.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, rules)
		f(w)
	})
}

func TestWorstAndNewestFirst(t *testing.T) {
	inBubble(t, func(w *world) {
		pods, nodes := w.watch("Pod", "pods"), w.watch("Node", "nodes")
		w.put("Pod", "shop", "old", failed, pods)
		w.start()
		w.mustBe("at the beginning", "old")
		w.put("Pod", "shop", "ok", fine, pods)
		w.put("Pod", "shop", "new", failed, pods)
		w.put("Node", "", "node-1", down, nodes)
		w.mustBe("with more", "node-1", "new", "old")
		p := w.list.Window(0, 1).Problems[0]
		if p.Seen || !p.Since.Equal(time.Date(1999, 12, 31, 23, 59, 0, 0, time.UTC)) || p.Message != "Kubelet stopped posting node status." {
			t.Errorf("the node: %+v", p)
		}
		if types := w.list.Window(0, 0).Types; types != 2 {
			t.Errorf("%d types are judged, want 2", types)
		}
		w.put("Node", "", "node-1", fine, nodes)
		pods.Delete(model.Key{Namespace: "shop", Name: "new"}, nil)
		w.mustBe("with less", "old")
		if at, ok := w.list.Find(p.ID); ok {
			t.Errorf("the node that is well is found at %d", at)
		}
		w.sources = nil
		w.list.Notice()
		w.mustBe("without watches")
	})
}

func TestSeenSinceStaysWhileTheTroubleDoes(t *testing.T) {
	inBubble(t, func(w *world) {
		pods := w.watch("Pod", "pods")
		w.start()
		w.put("Pod", "shop", "a", failed, pods)
		w.settle()
		first := w.list.Window(0, 1).Problems[0]
		time.Sleep(time.Hour)
		w.put("Pod", "shop", "a", failed, pods)
		w.settle()
		if again := w.list.Window(0, 1).Problems[0]; !again.Seen || !again.Since.Equal(first.Since) || again == first {
			t.Errorf("%+v, then %+v", first, again)
		}
	})
}

// An object that goes on to be unhealthy, for whatever reason, has been so since the first of them: by its own word, or the list's.
func TestSinceStaysWhenTheReasonChanges(t *testing.T) {
	node := func(reason, since string) string {
		return fmt.Sprintf(`"status":{"conditions":[{"type":"Ready","status":"False","reason":%q,"lastTransitionTime":%q}]}`, reason, since)
	}
	const first, second = "1999-12-31T22:00:00Z", "1999-12-31T23:00:00Z"
	for _, moments := range []bool{false, true} {
		inBubble(t, func(w *world) {
			w.moments = moments
			nodes, pods := w.watch("Node", "nodes"), w.watch("Pod", "pods")
			w.start()
			is := func(when, since string, seen bool) {
				t.Helper()
				w.settle()
				if p := w.list.Window(0, 1).Problems[0]; p.Since.UTC().Format(time.RFC3339) != since || p.Seen != seen {
					t.Errorf("Moments %v, %s: since %v, seen %v, want %s", moments, when, p.Since.UTC(), p.Seen, since)
				}
			}
			of := map[bool]string{false: first, true: second}[moments]
			w.put("Node", "", "a", node("One", first), nodes)
			is("at first", first, false)
			w.put("Node", "", "a", node("Two", second), nodes)
			is("for another reason", of, false)
			w.put("Node", "", "a", fine, nodes)
			w.settle()
			w.put("Node", "", "a", node("Two", second), nodes)
			is("again", second, false)
			nodes.Delete(model.Key{Name: "a"}, nil)
			w.put("Pod", "shop", "b", failed, pods)
			w.settle()
			seen := w.list.Window(0, 1).Problems[0].Since.UTC().Format(time.RFC3339)
			time.Sleep(time.Hour)
			later := time.Now().UTC().Format(time.RFC3339)
			w.put("Pod", "shop", "b", failed, pods)
			is("seen", seen, true)
			w.put("Pod", "shop", "b", strings.TrimSuffix(failed, "}")+fmt.Sprintf(`,"conditions":[{"type":"Ready","status":"False","lastTransitionTime":%q}]}`, later), pods)
			if moments {
				is("told", later, false)
			} else {
				is("told later than seen", seen, true)
			}
		})
	}
}

func TestOverlappingWatchesCountOnce(t *testing.T) {
	inBubble(t, func(w *world) {
		all, shop := w.watch("Pod", "pods"), w.watch("Pod", "pods")
		w.start()
		w.put("Pod", "web", "b", failed, all)
		w.settle()
		w.put("Pod", "shop", "a", failed, all, shop)
		w.mustBe("both", "a", "b")
		if types := w.list.Window(0, 0).Types; types != 1 {
			t.Errorf("%d types are judged, want 1", types)
		}
		w.put("Pod", "shop", "a", fine, shop) // the other one is late
		w.mustBe("well again", "b")
		w.sources = w.sources[1:]
		w.list.Notice()
		w.mustBe("with one watch less")
	})
}

func TestTimeMakesAProblem(t *testing.T) {
	inBubble(t, func(w *world) {
		pods := w.watch("Pod", "pods")
		w.start()
		w.put("Pod", "shop", "stuck", pending, pods)
		w.put("Pod", "shop", "well", pending, pods)
		w.mustBe("at the beginning")
		time.Sleep(4 * time.Minute)
		w.put("Pod", "shop", "well", fine, pods)
		w.mustBe("not yet")
		changed := w.changed.Load()
		time.Sleep(59 * time.Second)
		if w.changed.Load() != changed {
			t.Error("the list changes while nothing does")
		}
		time.Sleep(time.Second)
		w.mustBe("when it is due", "stuck")
		if pods.Unhealthy() != 1 {
			t.Errorf("the store has %d unhealthy", pods.Unhealthy())
		}
		w.put("Pod", "shop", "stuck", fine, pods)
		w.mustBe("in the end")
	})
}

func TestTimeThatGoesBackTakesItAway(t *testing.T) {
	rules, err := health.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var ahead atomic.Int64
		now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		w := newWorld(t, rules.At(now))
		w.now = now
		pods := w.watch("Pod", "pods")
		w.start()
		w.put("Pod", "shop", "a", pending, pods)
		w.mustBe("at the beginning")
		ahead.Store(int64(time.Hour))
		time.Sleep(poll)
		w.mustBe("an hour later", "a")
		ahead.Store(0)
		w.list.Notice()
		w.mustBe("back again")
		ahead.Store(int64(time.Hour))
		time.Sleep(poll)
		w.mustBe("and forth", "a")
	})
}

// TestListIsWhatAllStoresSay changes random objects in watches that overlap, come and go, and compares with a plain look at all.
func TestListIsWhatAllStoresSay(t *testing.T) {
	inBubble(t, func(w *world) {
		random := rand.New(rand.NewPCG(1, 2))
		namespaces := []string{"a", "b", "c"}
		stores := map[string]*model.Store{}
		add := func(ns string) { stores[ns] = w.watch("Pod", "pods") }
		add("")
		add("a")
		w.start()
		for step := range 600 {
			ns, name := namespaces[random.IntN(3)], strconv.Itoa(random.IntN(30))
			for scope, s := range stores {
				if scope != "" && scope != ns {
					continue
				}
				if random.IntN(4) == 0 {
					s.Delete(model.Key{Namespace: ns, Name: name}, nil)
				}
			}
			if s := stores[""]; s != nil {
				w.put("Pod", ns, name, []string{fine, failed, pending}[random.IntN(3)], s)
			}
			if random.IntN(20) == 0 {
				time.Sleep(2 * time.Minute)
			}
			if step%50 == 0 {
				w.settle()
				w.compareWithStores()
			}
			if step == 300 {
				w.sources = slices.DeleteFunc(w.sources, func(s Source) bool { return s.Store == stores["a"] })
				delete(stores, "a")
				w.list.Notice()
			}
		}
		time.Sleep(time.Hour)
		w.settle()
		w.compareWithStores()
	})
}

func (w *world) compareWithStores() {
	w.t.Helper()
	want := map[string]bool{}
	newest := map[model.Key]*model.Object{}
	for _, s := range w.sources {
		s.Store.Each(func(o *model.Object) bool {
			if held := newest[o.Key]; held == nil || version(o) > version(held) {
				newest[o.Key] = o
			}
			return true
		})
	}
	for key, o := range newest {
		if o.Health.Level == model.Unhealthy {
			want[key.String()] = true
		}
	}
	all := w.list.Window(0, 1<<30).Problems
	if !slices.IsSortedFunc(all, Compare) {
		w.t.Error("not in order")
	}
	got := map[string]bool{}
	for _, p := range all {
		got[p.String()] = true
	}
	if len(all) != len(got) || fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("%v, want %v", got, want)
	}
}

func TestFilterTakesWhatIsSaid(t *testing.T) {
	inBubble(t, func(w *world) {
		pods, nodes := w.watch("Pod", "pods"), w.watch("Node", "nodes")
		w.put("Pod", "shop", "a", failed, pods)
		w.put("Node", "", "node-1", down, nodes)
		w.start()
		w.settle()
		w.list.SetFilter(model.ParseFilter("kubelet"))
		w.mustBe("by the message", "node-1")
		w.list.SetFilter(model.ParseFilter("evicted pod"))
		w.mustBe("by reason and kind", "a")
		w.put("Pod", "shop", "b", failed, pods)
		w.put("Pod", "shop", "c", pending, pods)
		w.put("Node", "", "node-2", down, nodes)
		w.mustBe("with more", "b", "a")
		w.put("Pod", "shop", "a", fine, pods)
		w.mustBe("with less", "b")
		if window := w.list.Window(0, 0); window.All != 3 || window.Filter.String() != "evicted pod" {
			t.Errorf("%+v", window)
		}
		w.list.SetFilter(model.Filter{})
		w.mustBe("without a filter", "node-1", "node-2", "b")
	})
}

// TestLateNewsAreJudgedOnce has a change arrive when the moment at which it becomes a problem is past.
func TestLateNewsAreJudgedOnce(t *testing.T) {
	inBubble(t, func(w *world) {
		pods := w.watch("Pod", "pods")
		w.start()
		w.settle()
		late := &model.Object{Key: model.Key{Name: "late"}, ResourceVersion: "1"}
		text := fmt.Appendf(nil, `{"metadata":{"name":"late","creationTimestamp":%q},%s}`, time.Now().Format(time.RFC3339), pending)
		late.Health = w.rules.For(schema.GroupKind{Kind: "Pod"}).Of(jsonscan.Object{Text: text}, 0)
		late.SetJSON(model.NewPacker(), text)
		time.Sleep(time.Hour)
		w.list.signal()
		w.settle()
		pods.Apply(late)
		w.mustBe("an hour late", "late")
	})
}

func BenchmarkManyProblems(b *testing.B) {
	l := &List{index: map[ID]*Problem{}, opts: Options{Changed: func() {}}}
	news := map[ID]*Problem{}
	for i := range 100_000 {
		id := ID{Cluster: "c", Key: model.Key{Name: strconv.Itoa(i)}}
		news[id] = &Problem{ID: id, Since: time.Unix(int64(i%1000), 0)}
	}
	l.publish(news)
	p := l.Window(500, 1).Problems
	b.ReportAllocs()
	for b.Loop() {
		l.publish(map[ID]*Problem{p[0].ID: p[0]})
	}
}
