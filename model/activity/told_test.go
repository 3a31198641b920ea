package activity

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// seen adds a change of one of many pods, as the watch of a namespace saw it; "" is all.
func (s *story) seen(after time.Duration, by string, n, version int, path string) {
	s.at = s.at.Add(after)
	r := timeline.Record{
		At: s.at, Source: s.SourceID(timeline.Source{GVR: schema.GroupVersionResource{Version: "v1", Resource: "pods"}, Namespace: by}),
		Key: model.Key{Namespace: "shop", Name: fmt.Sprintf("api-%d", n)}, UID: types.UID(fmt.Sprint(n)), Type: model.Updated,
		Old: fmt.Sprint(version - 1), New: fmt.Sprint(version),
		Fields: []timeline.Field{{Change: change.Change{Path: change.Path(path), Old: []byte("1"), New: fmt.Append(nil, version)}}},
	}
	s.Add(&r, model.Packed{})
}

func TestWhatTwoWatchesSawIsToldOnce(t *testing.T) {
	s := newStory()
	s.seen(0, "", 1, 2, "spec.a")
	s.seen(20*time.Millisecond, "shop", 1, 2, "spec.a")
	s.seen(time.Second, "", 1, 3, "spec.b")
	s.seen(7*time.Second, "shop", 1, 3, "spec.b") // late
	s.seen(5*time.Second, "shop", 2, 9, "spec.c") // told by one
	s.at = s.at.Add(10 * time.Second)
	for i := range 4 {
		s.seen(0, "", 10+i, 20, "spec.d")
		s.seen(0, "shop", 10+i, 20, "spec.d")
	}
	w := watch(t, s)
	want := []string{"spec.a 1>2", "spec.b 1>3", "spec.c 1>9", "4/4 pods shop/ changed spec.d"}
	check := func(p *Page, want []string) {
		t.Helper()
		if len(p.Lines) != len(want) {
			t.Fatalf("shown:\n%s", spelled(p.Lines))
		}
		for i, line := range strings.Split(strings.TrimSpace(spelled(p.Lines)), "\n") {
			if !strings.Contains(line, want[i]) {
				t.Errorf("line %d is %q, not %q", i, line, want[i])
			}
		}
	}
	p := w.answer(w.Open(Query{}))
	check(p, want)
	group := p.Lines[3]
	check(w.answer(w.Ask(Query{In: &group})), []string{"api-10", "api-11", "api-12", "api-13"})
	check(w.answer(w.Ask(Query{})), want)
	w.Oldest()
	check(w.await("all from the oldest on", func(p *Page) bool { return p.AtOldest && !p.Following && !p.Busy }), want)
}

// Whatever part of a long history is shown, scrolled to and fro, each change is in it once.
func TestScrollingTellsNothingTwice(t *testing.T) {
	s := newStory()
	random := rand.New(rand.NewPCG(1, 2))
	const changes = 1500
	for i := range changes {
		by := []string{"", "shop"}
		if random.IntN(2) == 0 {
			slices.Reverse(by)
		}
		s.seen(6*time.Second, by[0], i, 2, "spec.a")
		s.seen(time.Duration(random.IntN(8000))*time.Millisecond, by[1], i, 2, "spec.a")
	}
	w := watch(t, s)
	w.answer(w.Open(Query{}))
	for range 40 {
		before := w.Page()
		older := random.IntN(3) > 0
		if older {
			w.Older()
		} else {
			w.Newer()
		}
		p := w.await("another page", func(p *Page) bool { return p != before && !p.Busy })
		names := map[string]bool{}
		for i, l := range p.Lines {
			if names[l.Name] {
				t.Fatalf("%s is told twice", l.Name)
			}
			names[l.Name] = true
			if i > 0 && number(l.Name) != number(p.Lines[i-1].Name)+1 {
				t.Fatalf("%s follows %s", l.Name, p.Lines[i-1].Name)
			}
		}
	}
	if n := w.reader.window.told.Len(); n > 2*4096 {
		t.Errorf("%d changes are noted", n)
	}
}

func number(name string) (n int) {
	_, _ = fmt.Sscanf(name, "api-%d", &n)
	return n
}
