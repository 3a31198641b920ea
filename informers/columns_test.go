package informers

import (
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

// asWeight says a text under a column "Weight" in place of "Size".
func asWeight(text string) string {
	return strings.NewReplacer(`"Size"`, `"Weight"`, `,3,"5d"`, `,12,"5d"`).Replace(text)
}

// weighs tells whether a watch holds a widget that is printed by its weight.
func weighs(l *Lease, name string) func() bool {
	return func() bool {
		o, ok := l.Watch().Store().Get(model.Key{Namespace: "ns", Name: name})
		return ok && o.Columns.List[1].Name == "Weight" && o.Cells[1] == "12"
	}
}

// A column that was edited changes no object, so none comes with a new version.
func TestOtherColumnsListAnew(t *testing.T) {
	for name, first := range map[string]string{
		"event":    row("MODIFIED", "b", "4"),
		"bookmark": bookmarkAt("4", false),
	} {
		t.Run(name, func(t *testing.T) {
			s := newScript(t, quick())
			w, l := s.add()
			r := s.next()
			r.say(row("ADDED", "a", "1"))
			r.say(row("ADDED", "b", "2"))
			r.say(bookmarkAt("3", true))
			w.phase(l, Live)
			r.body.Close() // as the server does when a definition changes
			r = s.next()
			r.say(asWeight(first))
			r = s.next()
			if !r.isStreamedList() {
				t.Fatalf("asked for %s", r.query)
			}
			r.say(asWeight(row("ADDED", "a", "1")))
			r.say(asWeight(row("ADDED", "b", "4")))
			r.say(asWeight(bookmarkAt("4", true)))
			w.eventually("the new cell of a", weighs(l, "a"))
			w.eventually("the new cell of b", weighs(l, "b"))
			w.phase(l, Live)
		})
	}
}

// What comes without cells amid a printed stream tells of no new columns.
func TestPlainDeletionIsNoChangeOfColumns(t *testing.T) {
	s := newScript(t, quick())
	w, l := s.add()
	r := s.next()
	r.say(row("ADDED", "a", "1"))
	r.say(bookmarkAt("3", true))
	w.phase(l, Live)
	r.say(event1("DELETED", widget))
	r.say(row("ADDED", "b", "9"))
	w.eventually("the new row", func() bool {
		_, ok := l.Watch().Store().Get(model.Key{Namespace: "ns", Name: "b"})
		return ok
	})
	if n := l.Watch().State().Stats.Lists; n != 1 {
		t.Errorf("%d lists", n)
	}
}

// Another version shows the same objects under the same columns otherwise.
func TestAnotherVersionReplacesTheObjects(t *testing.T) {
	s := newScript(t, quick())
	w, l := s.add()
	r := s.next()
	r.say(row("ADDED", "a", "1"))
	r.say(bookmarkAt("3", true))
	w.phase(l, Live)
	before := w.someObject(l)
	s.types.remove(gauges)
	w.phase(l, Gone)
	next := sample.Gauges()
	next.Resource.Version = "v2"
	s.types.serve(next)
	r = s.next()
	r.say(strings.ReplaceAll(row("ADDED", "a", "1"), `"acme.io/v1"`, `"acme.io/v2"`))
	r.say(bookmarkAt("3", true))
	w.phase(l, Live)
	o := w.someObject(l)
	text, err := o.JSON()
	if o == before || err != nil || !strings.Contains(string(text), "acme.io/v2") {
		t.Errorf("the store holds %s (%v)", text, err)
	}
}
