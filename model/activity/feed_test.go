package activity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/timeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// story writes changes.
type story struct {
	*timeline.Timeline
	at      time.Time
	version int
}

func newStory() *story {
	return &story{Timeline: timeline.New(64 << 20), at: time.Date(2026, 11, 24, 14, 0, 0, 0, time.UTC)}
}

// tell adds a change: "pods shop/api kubelet status.phase Pending Running …", or "pods shop/api kubelet" for one that came.
func (s *story) tell(after time.Duration, text string) {
	words := strings.Fields(text)
	resource, group, _ := strings.Cut(words[0], ".")
	namespace, name, _ := strings.Cut(words[1], "/")
	by := change.Manager{Name: words[2]}
	s.at = s.at.Add(after)
	s.version++
	r := timeline.Record{
		At: s.at, Source: s.SourceID(timeline.Source{GVR: schema.GroupVersionResource{Group: group, Version: "v1", Resource: resource}}),
		Key: model.Key{Namespace: namespace, Name: name}, Type: model.Added, New: fmt.Sprint(s.version),
	}
	if len(words) == 4 {
		r.Type = model.Deleted
	}
	for f := words[3:]; len(f) > 2; f = f[3:] {
		r.Type = model.Updated
		c := change.Change{Path: change.Path(f[0])}
		if f[1] != "-" {
			c.Old = []byte(f[1])
		}
		if f[2] != "-" {
			c.New = []byte(f[2])
		}
		field := timeline.Field{Change: c, By: by}
		if c.New == nil {
			field.By = change.Manager{} // as managedFields have it
		}
		r.Fields = append(r.Fields, field)
	}
	if r.Type != model.Updated {
		r.By = by
	}
	s.Add(&r, model.Packed{})
}

const heartbeat = ` node-controller status.conditions[type="Ready"].lastHeartbeatTime "2026-11-24T10:00:00Z" "2026-11-24T10:00:10Z"`

// watched is a Feed that runs, and what is shown of it.
type watched struct {
	*testing.T
	*Feed
	pages chan struct{}
}

func watch(t *testing.T, s *story) *watched {
	t.Helper()
	rules, err := noise.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{T: t, pages: make(chan struct{}, 1)}
	w.Feed = NewFeed(s.Timeline, rules, func() {
		select {
		case w.pages <- struct{}{}:
		default:
		}
	})
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { w.Feed.Run(ctx) })
	t.Cleanup(func() { stop(); wg.Wait() })
	return w
}

// await waits for a page that is as said.
func (w *watched) await(what string, is func(*Page) bool) *Page {
	w.Helper()
	late := time.After(time.Minute)
	for {
		p := w.Page()
		if is(p) {
			return p
		}
		select {
		case <-w.pages:
		case <-late:
			w.Fatalf("never %s, but %+v\n%s", what, *p, spelled(p.Lines))
		}
	}
}

func (w *watched) answer(asked uint64) *Page {
	w.Helper()
	return w.await("the answer", func(p *Page) bool { return p.Asked == asked && !p.Busy })
}

func spelled(lines []Line) string {
	var b strings.Builder
	for _, l := range lines {
		at := l.At.UTC().Format("04:05")
		switch l.Kind {
		case Noise:
			fmt.Fprintf(&b, "%s noise %d %v\n", at, l.Changes, l.Types)
			continue
		case Group:
			fmt.Fprintf(&b, "%s %d/%d ", at, l.Objects, l.Changes)
		default:
			fmt.Fprintf(&b, "%s ", at)
		}
		fmt.Fprintf(&b, "%s %s/%s %s %s %s>%s +%d %s", l.Resource, l.Namespace, l.Name, verbOf(l.Verb), l.Path, l.Old, l.New, l.More, l.By)
		if l.Mixed {
			b.WriteString(" mixed")
		}
		if l.Quiet {
			b.WriteString(" quiet")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (w *watched) expect(p *Page, want string) {
	w.Helper()
	if got := spelled(p.Lines); got != strings.TrimPrefix(want, "\n") {
		w.Errorf("shown:\n%swant:%s", got, want)
	}
}

// rollout is a short story of a release.
func rollout(s *story) {
	s.tell(0, `deployments.apps shop/api argocd spec.template.spec.containers[name="api"].image "api:1" "api:2" metadata.generation 1 2`)
	s.tell(time.Second, "replicasets.apps shop/api-7c9 deployment-controller")
	s.tell(time.Second, "nodes /node-1"+heartbeat)
	for i := range 4 {
		s.tell(100*time.Millisecond, fmt.Sprintf(`pods shop/api-%d kubelet status.phase "Pending" "Running" status.startTime - "2026-11-24T10:00:00Z"`, i))
	}
	s.tell(3*time.Second, "nodes /node-1"+heartbeat)
	s.tell(0, "leases.coordination.k8s.io kube-node-lease/node-1 kubelet spec.renewTime 1 2")
	s.tell(5*time.Second, `pods shop/api-3 kubelet status.containerStatuses[name="api"].restartCount 6 7 status.containerStatuses[name="api"].ready true false`)
	s.tell(0, "pods shop/old kubelet gone")
}

func TestChangesAreGroupedAndNoiseIsFolded(t *testing.T) {
	s := newStory()
	rollout(s)
	w := watch(t, s)
	p := w.answer(w.Open(Query{}))
	w.expect(p, `
00:00 deployments shop/api changed spec.template.spec.containers[api].image api:1>api:2 +0 argocd
00:01 replicasets shop/api-7c9 created  > +0 deployment-controller
00:02 noise 3 [{nodes 2} {leases 1}]
00:02 4/4 pods shop/ changed status.phase > +0 kubelet
00:10 pods shop/api-3 changed status.containerStatuses[api].restartCount 6>7 +1 kubelet
00:10 pods shop/old deleted  > +0 kubelet
`)
	if !p.AtOldest || !p.AtNewest || !p.Following || p.Next != 11 {
		t.Errorf("%+v", *p)
	}
	group, folded := p.Lines[3], p.Lines[2]
	w.expect(w.answer(w.Ask(Query{In: &group})), `
00:02 pods shop/api-0 changed status.phase Pending>Running +1 kubelet
00:02 pods shop/api-1 changed status.phase Pending>Running +1 kubelet
00:02 pods shop/api-2 changed status.phase Pending>Running +1 kubelet
00:02 pods shop/api-3 changed status.phase Pending>Running +1 kubelet
`)
	w.expect(w.answer(w.Ask(Query{In: &folded})), `
00:02 nodes /node-1 changed status.conditions[Ready].lastHeartbeatTime 2026-11-24T10:00:00Z>2026-11-24T10:00:10Z +0 node-controller quiet
00:05 nodes /node-1 changed status.conditions[Ready].lastHeartbeatTime 2026-11-24T10:00:00Z>2026-11-24T10:00:10Z +0 node-controller quiet
00:05 leases kube-node-lease/node-1 changed spec.renewTime 1>2 +0 kubelet quiet
`)
	shown := w.answer(w.Ask(Query{Noise: Shown}))
	if text := spelled(shown.Lines); strings.Contains(text, "noise") || strings.Count(text, "quiet") != 3 {
		t.Errorf("noise is shown as\n%s", text)
	}
}

func TestFilters(t *testing.T) {
	s := newStory()
	rollout(s)
	w := watch(t, s)
	w.answer(w.Open(Query{}))
	aliases := map[string]string{"po": "pods", "deploy": "deployments.apps", "rs": "replicasets.apps"}
	for text, want := range map[string]string{
		"type:deploy":            "deployments",
		"type:po,deploy !by:k*":  "deployments pods pods pods",
		"type:replicasets.apps":  "replicasets",
		"type:rep":               "replicasets",
		"ns:shop type:po obj:-3": "api-3 api-3",
		"ns:sh*":                 "deployments replicasets pods pods pods",
		"ns:sho":                 "",
		"by:ARGO":                "argocd",
		"path:restartcount":      "api-3",
		"path:ready type:po":     "ready",
		"running":                "pods",
		"api:2":                  "deployments",
		"api:1":                  "deployments",
		"RESTARTCOUNT":           "api-3",
		"deleted":                "old",
		"!pods !noise:x":         "deployments replicasets noise",
		"shop/api-7":             "replicasets",
		"nothing":                "",
	} {
		f, err := ParseFilter(text, aliases)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		p := w.answer(w.Ask(Query{Filter: f}))
		lines := strings.Split(strings.TrimSpace(spelled(p.Lines)), "\n")
		words := strings.Fields(want)
		if len(p.Lines) != len(words) {
			t.Errorf("%s: want %q of\n%s", text, want, spelled(p.Lines))
			continue
		}
		for i, word := range words {
			if !strings.Contains(lines[i], word) {
				t.Errorf("%s: %s lacks %s", text, lines[i], word)
			}
		}
	}
	for _, text := range []string{"!", "type:", "by:,", "a ns: b"} {
		if _, err := ParseFilter(text, nil); err == nil {
			t.Errorf("%q is a filter", text)
		}
	}
}

// A line shows the field that tells most of those that were searched for, and who took it out even though nobody owns it any more.
func TestALineShowsWhatTellsMost(t *testing.T) {
	const conditions = `status.conditions[type="Ready"].`
	s := newStory()
	s.tell(0, "pods shop/api kubelet "+conditions+`lastTransitionTime "a" "b" `+conditions+`reason "Old" - `+conditions+`status "False" "True" status.podIP "old" "new"`)
	w := watch(t, s)
	w.Open(Query{})
	for filter, want := range map[string]string{
		"path:conditions":                   "status.conditions[Ready].reason Old> +3 kubelet",
		"path:podip,conditions":             "status.conditions[Ready].reason Old> +3 kubelet",
		"path:conditions false":             "status.conditions[Ready].status False>True +3 kubelet",
		"path:lasttransition":               "status.conditions[Ready].lastTransitionTime a>b +3 kubelet",
		"path:podip path:conditions":        "status.podIP old>new +3 kubelet",
		"path:conditions !path:nothing":     "status.conditions[Ready].reason Old> +3 kubelet",
		"path:ready path:conditions !by:me": "status.conditions[Ready].reason Old> +3 kubelet",
	} {
		f, err := ParseFilter(filter, nil)
		if err != nil {
			t.Fatal(err)
		}
		w.expect(w.answer(w.Ask(Query{Filter: f})), "00:00 pods shop/api changed "+want+"\n")
	}
}

func TestLinesFollowOrStandStill(t *testing.T) {
	s := newStory()
	w := watch(t, s)
	p := w.answer(w.Open(Query{}))
	if len(p.Lines) != 0 || !p.Following {
		t.Errorf("of nothing: %+v", *p)
	}
	pod := func(i int) { s.tell(6*time.Second, fmt.Sprintf("pods shop/api-%d someone spec.n %d %d", i, i, i+1)) }
	last := func(n int) func(*Page) bool {
		name := fmt.Sprintf("api-%d", n)
		return func(p *Page) bool { return len(p.Lines) > 0 && p.Lines[len(p.Lines)-1].Name == name }
	}
	pod(0)
	w.await("the first", last(0))
	pod(1)
	pod(2)
	before := w.await("the third", last(2))
	w.Hold()
	w.await("a page that stands still", func(p *Page) bool { return !p.Following })
	pod(3)
	pod(4)
	p = w.await("new ones that are counted", func(p *Page) bool { return p.Newer == 2 })
	if spelled(p.Lines) != spelled(before.Lines) || p.AtNewest {
		t.Errorf("it does not stand still:\n%s", spelled(p.Lines))
	}
	w.Newer()
	p = w.await("those behind it", last(4))
	if p.Following || p.Newer != 0 || !p.AtNewest {
		t.Errorf("%+v", *p)
	}
	w.Follow()
	pod(5)
	w.await("the newest again", last(5))
	// The time that is played went back.
	w.Hold()
	w.await("a page that stands still", func(p *Page) bool { return !p.Following })
	s.Clear()
	w.await("that all is gone", func(p *Page) bool { return len(p.Lines) == 0 })
	pod(6)
	w.await("what comes then", last(6))
	w.Shut()
	w.await("nothing, shut", func(p *Page) bool { return len(p.Lines) == 0 })
	pod(7)
	w.answer(w.Open(Query{}))
	w.await("all again", func(p *Page) bool { return len(p.Lines) == 2 })
}

func TestAPageIsAWindow(t *testing.T) {
	s := newStory()
	const all = 5000
	for i := range all {
		s.tell(6*time.Second, fmt.Sprintf("pods shop/api-%d someone spec.n %d %d", i, i, i+1))
	}
	w := watch(t, s)
	p := w.answer(w.Open(Query{}))
	if n := len(p.Lines); n < portion || n > portion+10 || p.AtOldest || !p.AtNewest {
		t.Fatalf("%d lines, %+v", n, p.AtOldest)
	}
	for first := p.Lines[0].First; first > 0; {
		w.Older()
		p = w.await("older lines", func(p *Page) bool { return p.Lines[0].First < first })
		if len(p.Lines) > most+10 || p.Following {
			t.Fatalf("%d lines, following %v", len(p.Lines), p.Following)
		}
		for i, l := range p.Lines {
			if l.First != p.Lines[0].First+uint64(i) {
				t.Fatalf("line %d is of change %d, the first of %d", i, l.First, p.Lines[0].First)
			}
		}
		first = p.Lines[0].First
	}
	if !p.AtOldest || p.AtNewest {
		t.Errorf("at the oldest: %v, at the newest %v", p.AtOldest, p.AtNewest)
	}
	for last := uint64(0); last < all-1; {
		last = p.Lines[len(p.Lines)-1].First
		if last == all-1 {
			break
		}
		w.Newer()
		p = w.await("newer lines", func(p *Page) bool { return p.Lines[len(p.Lines)-1].First > last })
	}
	w.Oldest()
	w.await("the oldest", func(p *Page) bool { return p.AtOldest && len(p.Lines) <= portion+10 })
	w.Follow()
	w.await("the newest", func(p *Page) bool { return p.AtNewest && p.Following })
	if c, ok, err := Read(s.Timeline, 4711); !ok || err != nil || c.Key.Name != "api-4711" || c.Source.GVR.Resource != "pods" {
		t.Errorf("change 4711 is %+v (%v)", c, err)
	}
	if _, ok, _ := Read(s.Timeline, all); ok {
		t.Error("a change that has not been made is read")
	}
}

func TestASearchGivesWayToTheNext(t *testing.T) {
	s := newStory()
	for i := range 50_000 {
		s.tell(time.Second, fmt.Sprintf("pods shop/api-%d someone spec.n %d %d", i, i, i+1))
	}
	w := watch(t, s)
	w.Open(Query{})
	var asked uint64
	for _, text := range []string{"n", "no", "not", "api-17"} {
		f, _ := ParseFilter(text, nil)
		asked = w.Ask(Query{Filter: f})
	}
	p := w.answer(asked)
	for _, l := range p.Lines {
		if l.Kind == One && !strings.Contains(l.Name, "api-17") {
			t.Errorf("found %+v", l)
		}
	}
	if len(p.Lines) == 0 {
		t.Error("nothing was found")
	}
}

func TestLinesAroundAMomentStandStill(t *testing.T) {
	s := newStory()
	for i := range 1000 {
		s.tell(6*time.Second, fmt.Sprintf("pods shop/api-%03d kubelet spec.n 1 2", i))
	}
	w := watch(t, s)
	moment := s.at.Add(-500*6*time.Second + time.Second)
	p := w.answer(w.Open(Query{Moment: moment}))
	names := make([]string, len(p.Lines))
	for i, l := range p.Lines {
		names[i] = l.Name
	}
	at := slices.Index(names, "api-499")
	if at < portion-10 || len(names)-at < portion-10 || p.Following || p.AtNewest || p.AtOldest || p.Lines[at].At.After(moment) {
		t.Errorf("around %s are %d lines, it is at %d; %+v", moment, len(names), at, *p)
	}
	s.tell(time.Second, "pods shop/late kubelet spec.n 1 2")
	w.await("it says that there is something newer", func(p *Page) bool { return p.Newer > 0 && len(p.Lines) == len(names) })
	w.Follow()
	w.await("the newest", func(p *Page) bool { return p.Following && p.Lines[len(p.Lines)-1].Name == "late" })
	if p := w.answer(w.Open(Query{Moment: moment})); p.Following || p.Newer == 0 {
		t.Errorf("from the newest back to %s: it follows %v, and %d are newer", moment, p.Following, p.Newer)
	}
}
