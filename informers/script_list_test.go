package informers

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/dogwatch/dogwatch/model"
)

// What an interrupted list brought is dropped if the next one lacks it.
func TestListIsBegunAgain(t *testing.T) {
	s := newScript(t, quick())
	w, l := s.add()
	r := s.next()
	r.say(row("ADDED", "a", "1"))
	r.say(row("ADDED", "b", "2"))
	r.body.CloseWithError(io.ErrUnexpectedEOF)
	r = s.next()
	if !r.isStreamedList() {
		t.Errorf("asked for %s", r.query)
	}
	r.say(row("ADDED", "b", "4"))
	r.say(bookmarkAt("5", true))
	w.phase(l, Live)
	if got := strings.Join(held(l.Watch().Store()), ","); got != "ns/b u1 4" {
		t.Errorf("the store holds %s", got)
	}
}

func TestListWithoutEndIsAskedForInPages(t *testing.T) {
	opts := quick()
	opts.StreamPatience = 20 * time.Millisecond
	s := newScript(t, opts)
	w, l := s.add()
	r := s.next()
	r.say(row("ADDED", "a", "1")) // and never its end
	list := s.next()
	if list.isStreamedList() || list.query.Get("limit") != "500" {
		t.Errorf("asked for %s", list.query)
	}
	list.say(strings.Replace(table(), `"continue":"c","remainingItemCount":9`, `"continue":""`, 1))
	list.body.Close()
	watch := s.next()
	w.phase(l, Live)
	if n := l.Watch().Store().Len(); n != 0 || watch.query.Get("resourceVersion") != "42" {
		t.Errorf("%d objects, watching by %s", n, watch.query)
	}
	watch.say(event1("ERROR", `{"kind":"Status","reason":"Expired","code":410,"message":"too old"}`))
	if again := s.next(); again.isStreamedList() || again.query.Get("limit") != "500" {
		t.Errorf("asked again for %s", again.query)
	}
}

// How many objects are to come is shown in figures and as a bar: it is not to be what no server has.
func TestRemainingIsBelievedOnlyIfItCanBe(t *testing.T) {
	for text, want := range map[string]int64{
		"700": 699 + pageSize, "0": pageSize - 1, "1000000000": 999_999_999 + pageSize,
		"-1": -1, "-501": -1, "1000000001": -1, "9223372036854775807": -1, "-9223372036854775808": -1,
	} {
		t.Run(text, func(t *testing.T) {
			opts := quick()
			opts.StreamPatience = 20 * time.Millisecond
			s := newScript(t, opts)
			w, l := s.add()
			s.next() // says nothing, so that pages are asked for
			page := table(`{"cells":["a",3,"5d","9d"],"object":` + widget + `}`)
			s.next().say(strings.TrimSuffix(strings.Replace(page, `"remainingItemCount":9`, `"remainingItemCount":`+text, 1), "]}"))
			w.eventually("a row", func() bool { return l.Watch().State().Listed == 1 })
			w.eventually("what remains then", func() bool { return l.Watch().State().Remaining == want })
			if state := l.Watch().State(); state.Phase != Listing {
				t.Errorf("amid the list: %+v", state)
			}
		})
	}
}

// A list that cannot be paged to its end is begun anew, and nothing of its first pages is kept: it may be gone since.
func TestPagesOfAListThatIsBegunAgainAreNotKept(t *testing.T) {
	opts := quick()
	opts.StreamPatience = 20 * time.Millisecond
	s := newScript(t, opts)
	w, l := s.add()
	s.next() // says nothing, so that pages are asked for
	page := s.next()
	page.say(table(`{"cells":["a",3,"5d","9d"],"object":` + widget + `}`))
	page.body.Close()
	second := s.next()
	if second.query.Get("continue") != "c" {
		t.Fatalf("asked for %s", second.query)
	}
	second.body.CloseWithError(apierrors.NewResourceExpired("the continue token is too old"))
	if again := s.next(); again.query.Has("continue") {
		t.Errorf("asked for %s", again.query)
	} else {
		again.say(strings.Replace(table(), `"continue":"c","remainingItemCount":9`, `"continue":""`, 1))
		again.body.Close()
	}
	s.next().say(row("ADDED", "b", "50")) // by then the handlers have seen the list
	w.eventually("the row that is there", func() bool {
		_, ok := l.Watch().Store().Get(model.Key{Namespace: "ns", Name: "b"})
		return ok
	})
	if n, state := l.Watch().Store().Len(), l.Watch().State(); n != 1 || state.Listed != 0 || state.Phase != Live {
		t.Errorf("%d rows, %+v", n, state)
	}
}

// A page that stops to come in must not keep a watch, and the others that wait for their turn, for ever.
func TestPageThatStopsIsAskedForAgain(t *testing.T) {
	opts := quick()
	opts.AnswerPatience, opts.StreamPatience = 50*time.Millisecond, 20*time.Millisecond
	s := newScript(t, opts)
	w, l := s.add()
	r := s.next()
	r.say(row("ADDED", "a", "1")) // and never its end, so that pages are asked for
	page := s.next()
	page.say(table()[:20])
	if state := w.phase(l, Retrying); !errors.Is(state.Err, errNoAnswer) {
		t.Errorf("after a page that stopped: %+v", state)
	}
	<-page.ended
	again := s.next()
	again.say(strings.Replace(table(), `"continue":"c","remainingItemCount":9`, `"continue":""`, 1))
	again.body.Close()
	s.next()
	w.phase(l, Live)
}
