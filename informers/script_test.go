package informers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

// script is a server that says just what a test lets it say.
type script struct {
	*testing.T
	requests chan request
	// arrived has a token for each request that waits for its answer, or did.
	arrived chan struct{}
	manager *Manager
	types   *catalog
}

// request is one that waits for its answer.
type request struct {
	query url.Values
	body  *io.PipeWriter
	ended <-chan struct{}
}

func newScript(t *testing.T, opts Options) *script {
	s := &script{T: t, requests: make(chan request), arrived: make(chan struct{}, 1000), manager: NewManager(context.Background(), opts), types: newCatalog(sample.Types()...)}
	s.manager.AddCluster("test", s, s.types)
	t.Cleanup(func() {
		if err := s.manager.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *script) Get(ctx context.Context, _ string, query url.Values, _ string) (*Response, error) {
	if query.Get("limit") == "1" { // how new the server is: it does not say
		return &Response{Body: io.NopCloser(strings.NewReader("{}"))}, nil
	}
	select {
	case s.arrived <- struct{}{}:
	default: // nobody waits for so many
	}
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
	select {
	case s.requests <- request{query, w, ctx.Done()}:
		return &Response{Body: r, Header: http.Header{"Content-Type": {"application/json"}}}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// next is the next request that comes in.
func (s *script) next() request {
	s.Helper()
	select {
	case r := <-s.requests:
		return r
	case <-time.After(patience):
		s.Fatal("no request came")
		return request{}
	}
}

// arrives waits for a request, which stays without an answer. It takes those in turn that next took, too.
func (s *script) arrives() {
	s.Helper()
	select {
	case <-s.arrived:
	case <-time.After(patience):
		s.Fatal("no request came")
	}
}

// say sends a part of the answer and waits until it is read.
func (r request) say(text string) { _, _ = io.WriteString(r.body, text) }

func (r request) isStreamedList() bool { return r.query.Has("sendInitialEvents") }

func (s *script) add() (*world, *Lease) {
	s.Helper()
	w := &world{T: s.T, manager: s.manager}
	return w, w.add(gauges)
}

func bookmarkAt(version string, initialEnd bool) string {
	annotations := ""
	if initialEnd {
		annotations = `,"annotations":{"k8s.io/initial-events-end":"true"}`
	}
	return event1("BOOKMARK", eventTable(widgetColumns, `{"cells":[],"object":{"metadata":{"resourceVersion":"`+version+`"`+annotations+`}}}`))
}

// row is an event of a widget at a resource version.
func row(kind, name, version string) string {
	object := strings.NewReplacer(`"name":"a"`, `"name":"`+name+`"`, `"resourceVersion":"7"`, `"resourceVersion":"`+version+`"`).Replace(widget)
	return event1(kind, eventTable(widgetColumns, `{"cells":["`+name+`",3,"5d","9d"],"object":`+object+`}`))
}

func TestStreamedRowsComeAtOnce(t *testing.T) {
	s := newScript(t, quick())
	w, l := s.add()
	r := s.next()
	r.say(row("ADDED", "a", "1"))
	r.say(row("ADDED", "b", "2"))
	w.eventually("the rows", func() bool { return l.Watch().Store().Len() == 2 })
	if state := l.Watch().State(); state.Phase != Listing || state.Synced || state.Remaining != -1 {
		t.Errorf("amid a streamed list: %+v", state)
	}
	r.say(row("DELETED", "a", "3"))
	r.say(bookmarkAt("3", true))
	w.phase(l, Live)
	if got := strings.Join(held(l.Watch().Store()), ","); got != "ns/b u1 2" {
		t.Errorf("the store holds %s", got)
	}
}

func TestSilenceIsStale(t *testing.T) {
	opts := quick()
	opts.StaleAfter, opts.StreamPatience = 100*time.Millisecond, 20*time.Millisecond
	s := newScript(t, opts)
	w, l := s.add()
	r := s.next()
	r.say(bookmarkAt("3", true))
	w.phase(l, Live)
	r.say(bookmarkAt("4", false))
	if state := w.phase(l, Stale); state.Reason == "" || !state.Synced {
		t.Errorf("stale: %+v", state)
	}
	r.say(row("ADDED", "a", "5"))
	w.phase(l, Live)
	w.phase(l, Stale)
	again := s.next() // after silence for twice as long
	if again.isStreamedList() || again.query.Get("resourceVersion") != "5" {
		t.Errorf("asked for %s", again.query)
	}
	<-r.ended
	again.say(bookmarkAt("6", false))
	w.phase(l, Live)
}

func TestHistoryThatGoesBackIsListedAnew(t *testing.T) {
	for name, sign := range map[string]string{
		"bookmark": bookmarkAt("50", false),
		"event":    row("MODIFIED", "a", "50"),
		"expired":  event1("ERROR", `{"kind":"Status","reason":"Expired","code":410,"message":"too old"}`),
	} {
		t.Run(name, func(t *testing.T) {
			s := newScript(t, quick())
			w, l := s.add()
			r := s.next()
			r.say(row("ADDED", "a", "90"))
			r.say(bookmarkAt("100", true))
			r.say(row("ADDED", "b", "101"))
			r.say(sign)
			again := s.next()
			if !again.isStreamedList() || again.query.Get("resourceVersion") != "" {
				t.Errorf("asked for %s", again.query)
			}
			if n := l.Watch().Store().Len(); n != 2 {
				t.Errorf("%d rows while all is listed anew", n)
			}
			again.say(row("ADDED", "a", "45"))
			again.say(bookmarkAt("50", true))
			w.phase(l, Live)
			if got := strings.Join(held(l.Watch().Store()), ","); got != "ns/a u1 45" {
				t.Errorf("the store holds %s", got)
			}
		})
	}
}

// A server whose versions jump to and fro is not listed at the pace of its events.
func TestHistoryThatGoesBackAgainIsAFailure(t *testing.T) {
	opts := quick()
	opts.Backoff.Initial, opts.Backoff.Max = time.Hour, time.Hour
	s := newScript(t, opts)
	w, l := s.add()
	for range 2 {
		r := s.next()
		r.say(bookmarkAt("100", true))
		r.say(row("ADDED", "b", "101"))
		r.say(row("MODIFIED", "b", "50"))
	}
	if state := w.phase(l, Retrying); state.NextTry.IsZero() || !errors.Is(state.Err, errBackwards) {
		t.Errorf("after the second time: %+v", state)
	}
}

// JSON that is no list must not pass for an empty one.
func TestForeignJSONDropsNothing(t *testing.T) {
	opts := quick()
	opts.StreamPatience = 20 * time.Millisecond
	s := newScript(t, opts)
	w, l := s.add()
	r := s.next()
	r.say(row("ADDED", "a", "1"))
	for _, body := range []string{`{}`, `{"login":"please"}`, `null`} {
		list := s.next()
		list.say(body)
		list.body.Close()
		if state := w.phase(l, Retrying); state.Synced || l.Watch().Store().Len() != 1 {
			t.Errorf("after %s: %d rows, %+v", body, l.Watch().Store().Len(), state)
		}
	}
}

func TestBadBookmarkIsNoPlaceToResumeFrom(t *testing.T) {
	s := newScript(t, quick())
	w, l := s.add()
	r := s.next()
	r.say(bookmarkAt("3", true))
	w.phase(l, Live)
	r.say(row("ADDED", "a", "5"))
	r.say(bookmarkAt("nonsense", false))
	r.say(bookmarkAt("", false))
	r.body.Close()
	if again := s.next(); again.query.Get("resourceVersion") != "5" {
		t.Errorf("asked for %s", again.query)
	}
}

// Where nothing happens for long, a server would have forgotten the version before the last bookmark.
func TestBookmarkIsAPlaceToResumeFrom(t *testing.T) {
	s := newScript(t, quick())
	w, l := s.add()
	r := s.next()
	r.say(bookmarkAt("3", true))
	w.phase(l, Live)
	r.say(bookmarkAt("8", false))
	r.body.Close()
	if again := s.next(); again.isStreamedList() || again.query.Get("resourceVersion") != "8" {
		t.Errorf("asked for %s", again.query)
	}
}

func TestStreamThatBringsNothingIsResumed(t *testing.T) {
	s := newScript(t, quick())
	w, l := s.add()
	r := s.next()
	r.say(bookmarkAt("3", true))
	w.phase(l, Live)
	for range 3 {
		r.body.Close()
		r = s.next()
		if r.isStreamedList() || r.query.Get("resourceVersion") != "3" {
			t.Errorf("asked for %s", r.query)
		}
	}
	w.phase(l, Live)
}

// What was made under a name since must not go with what was deleted before.
func TestDeletionOutOfOrderIsListedAnew(t *testing.T) {
	s := newScript(t, quick())
	w, l := s.add()
	r := s.next()
	r.say(row("ADDED", "a", "5"))
	r.say(bookmarkAt("9", true))
	w.phase(l, Live)
	r.say(strings.Replace(row("ADDED", "a", "11"), `"u1"`, `"u2"`, 1))
	r.say(row("DELETED", "a", "10"))
	again := s.next()
	if !again.isStreamedList() || again.query.Get("resourceVersion") != "" {
		t.Errorf("asked for %s", again.query)
	}
}

// Some servers send a deleted object as it was last.
func TestDeletionAtTheVersionHeldIsTaken(t *testing.T) {
	s := newScript(t, quick())
	w, l := s.add()
	r := s.next()
	r.say(row("ADDED", "a", "5"))
	r.say(row("ADDED", "b", "7"))
	r.say(bookmarkAt("9", true))
	w.phase(l, Live)
	r.say(row("DELETED", "a", "5"))
	w.eventually("the deletion", func() bool { return l.Watch().Store().Len() == 1 })
	if state := l.Watch().State(); state.Phase != Live || state.Stats.Lists != 1 {
		t.Errorf("after the deletion: %+v", state)
	}
}

// Rows that do not fit their columns are shown as they are, and read again: the version that was printed wrongly may be the
// last one.
func TestRowsThatDoNotFitAreReadAgain(t *testing.T) {
	s := newScript(t, quick())
	w, l := s.add()
	r := s.next()
	r.say(strings.Replace(row("ADDED", "a", "5"), `["a",3,`, `["a",`, 1))
	r.say(bookmarkAt("9", true))
	w.phase(l, Live)
	again := s.next()
	if !again.isStreamedList() {
		t.Errorf("asked for %s", again.query)
	}
	again.say(row("ADDED", "a", "5"))
	again.say(bookmarkAt("9", true))
	w.eventually("the right cells", func() bool {
		o, ok := l.Watch().Store().Get(model.Key{Namespace: "ns", Name: "a"})
		return ok && o.Cells[1] == "3"
	})
	w.state(l, "live after the second list", func(state State) bool { return state.Phase == Live && state.Stats.Lists == 2 })
}

// A server that sends no bookmarks is asked anew, out of sight: nothing else tells that it is still there.
func TestQuietWatchWithoutBookmarksIsAskedAnew(t *testing.T) {
	opts := quick()
	opts.StaleAfter, opts.StreamPatience = 20*time.Millisecond, 10*time.Millisecond
	s := newScript(t, opts)
	w, l := s.add()
	s.next().say(row("ADDED", "a", "1")) // and never its end
	list := s.next()
	list.say(strings.Replace(table(), `"continue":"c","remainingItemCount":9`, `"continue":""`, 1))
	list.body.Close()
	first := s.next()
	w.phase(l, Live)
	<-first.ended
	again := s.next()
	if again.isStreamedList() || again.query.Get("resourceVersion") != "42" {
		t.Errorf("asked for %s", again.query)
	}
	if state := l.Watch().State(); state.Phase != Live {
		t.Errorf("while asked anew: %+v", state)
	}
}
