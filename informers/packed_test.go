package informers

import (
	"fmt"
	"strings"
	"testing"
)

// An unpacker is memory for as long as a watch lasts: where there is little, the watch behind a compressed list is a plain one.
func TestFewObjectsAreWatchedPlain(t *testing.T) {
	s := newScript(t, quick())
	s.packs = true
	w, l := s.add()
	r := s.next()
	if r.form.Plain {
		t.Error("a list may be long, and was not to be compressed")
	}
	r.say(row("ADDED", "a", "1"))
	r.say(bookmarkAt("3", true))
	again := s.next()
	if again.isStreamedList() || again.query.Get("resourceVersion") != "3" || !again.form.Plain {
		t.Errorf("behind the list: asked for %s, %+v", again.query, again.form)
	}
	<-r.ended
	again.say(row("MODIFIED", "a", "4"))
	w.phase(l, Live)
	w.eventually("the change", func() bool { return strings.Join(held(l.Watch().Store()), ",") == "ns/a u1 4" })
	if lists := l.Watch().count.lists.Load(); lists != 1 {
		t.Errorf("%d lists", lists)
	}
}

func TestManyObjectsAreWatchedAsTheyWereListed(t *testing.T) {
	s := newScript(t, quick())
	s.packs = true
	w, l := s.add()
	r := s.next()
	for i := range fewObjects + 1 {
		r.say(row("ADDED", fmt.Sprint("a", i), "1"))
	}
	r.say(bookmarkAt("3", true))
	w.phase(l, Live)
	r.say(row("ADDED", "b", "4"))
	w.eventually("the change", func() bool { return l.Watch().Store().Len() == fewObjects+2 })
	select {
	case again := <-s.requests:
		t.Errorf("asked again, for %s", again.query)
	default:
	}
}

func TestFewObjectsOfAPlainListStayInItsStream(t *testing.T) {
	s := newScript(t, quick())
	w, l := s.add()
	r := s.next()
	r.say(bookmarkAt("3", true))
	w.phase(l, Live)
	r.say(row("ADDED", "a", "4"))
	w.eventually("the change", func() bool { return l.Watch().Store().Len() == 1 })
}
