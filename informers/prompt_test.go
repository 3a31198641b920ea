package informers

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	testclock "k8s.io/utils/clock/testing"

	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

// In these tests the clock stands still: a state that waited for anything but the fact would never show. Tests against a real
// server, in e2e/faults, bound what the rest takes.

// failing fails each request in the same way, while it fails at all.
type failing struct {
	err  error
	body string // in place of err
	well atomic.Bool
}

func (f *failing) Get(ctx context.Context, _ string, query url.Values, _ string) (*Response, error) {
	switch {
	case f.well.Load() && !query.Has("watch"): // as some failures have the watch ask for pages
		whole := strings.Replace(table(), `"continue":"c","remainingItemCount":9`, `"continue":""`, 1)
		return &Response{Body: io.NopCloser(strings.NewReader(whole)), Header: http.Header{}}, nil
	case f.well.Load():
		r, w := io.Pipe()
		context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
		go func() { _, _ = io.WriteString(w, bookmarkAt("50", true)) }()
		return &Response{Body: r, Header: http.Header{}}, nil
	case f.err != nil:
		return nil, f.err
	}
	return &Response{Body: io.NopCloser(strings.NewReader(f.body)), Header: http.Header{}}, nil
}

func TestFailuresAreToldThoughNoTimePasses(t *testing.T) {
	resource := schema.GroupResource{Resource: "gauges"}
	for name, c := range map[string]struct {
		server *failing
		phase  Phase
	}{
		"refused":               {&failing{err: &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{}, Err: syscall.ECONNREFUSED}}, Retrying},
		"no such host":          {&failing{err: &net.DNSError{Err: "no such host", Name: "example.com", IsNotFound: true}}, Retrying},
		"500":                   {&failing{err: apierrors.NewInternalError(errors.New("broken"))}, Retrying},
		"503":                   {&failing{err: apierrors.NewServiceUnavailable("starting")}, Retrying},
		"429":                   {&failing{err: apierrors.NewTooManyRequests("busy", 20)}, Retrying},
		"401":                   {&failing{err: apierrors.NewUnauthorized("expired")}, Retrying},
		"403":                   {&failing{err: apierrors.NewForbidden(resource, "", nil)}, Forbidden},
		"404":                   {&failing{err: apierrors.NewNotFound(resource, "")}, Gone},
		"cut off at its head":   {&failing{body: `{"type":"ADD`}, Retrying},
		"cut off in its middle": {&failing{body: row("ADDED", "a", "1") + row("ADDED", "b", "2")[:300]}, Retrying},
		"a stream that ends":    {&failing{body: row("ADDED", "a", "1")}, Retrying},
		"an error in a stream":  {&failing{body: event1("ERROR", `{"kind":"Status","status":"Failure","code":500,"message":"broken"}`)}, Retrying},
	} {
		t.Run(name, func(t *testing.T) {
			clock := testclock.NewFakeClock(time.Unix(1_000_000, 0))
			began := clock.Now()
			m := NewManager(context.Background(), Options{Clock: clock})
			t.Cleanup(func() {
				if err := m.Close(context.Background()); err != nil {
					t.Error(err)
				}
			})
			m.AddCluster("test", c.server, newCatalog(sample.Types()...))
			w := &world{T: t, manager: m}
			l := w.add(gauges)
			if s := w.phase(l, c.phase); s.Err == nil || s.Reason == "" || c.phase != Gone && !s.NextTry.After(began) {
				t.Errorf("it shows %+v", s)
			}
			c.server.well.Store(true)
			l.Watch().RetryNow()
			w.phase(l, Live)
			if passed := clock.Since(began); passed != 0 {
				t.Errorf("the clock was moved by %v", passed)
			}
		})
	}
}

func TestBreaksAreToldThoughNoTimePasses(t *testing.T) {
	expired := event1("ERROR", `{"kind":"Status","reason":"Expired","code":410,"message":"too old"}`)
	for name, c := range map[string]struct {
		does  func(request)
		phase Phase
	}{
		"cut":                     {func(r request) { r.body.CloseWithError(io.ErrUnexpectedEOF) }, Retrying},
		"cut in the middle":       {func(r request) { r.say(row("ADDED", "b", "12")[:200]); r.body.CloseWithError(io.ErrUnexpectedEOF) }, Retrying},
		"reset":                   {func(r request) { r.body.CloseWithError(syscall.ECONNRESET) }, Retrying},
		"no sign of life":         {func(r request) { r.body.CloseWithError(errors.New("http2: client connection lost")) }, Retrying},
		"410":                     {func(r request) { r.say(expired) }, Listing},
		"history that goes back":  {func(r request) { r.say(bookmarkAt("3", false)) }, Listing},
		"a web page in its place": {func(r request) { r.say("<!DOCTYPE html>"); r.body.Close() }, Retrying},
	} {
		t.Run(name, func(t *testing.T) {
			clock := testclock.NewFakeClock(time.Unix(1_000_000, 0))
			s := newScript(t, Options{Clock: clock})
			w, l := s.add()
			r := s.next()
			r.say(row("ADDED", "a", "1"))
			r.say(bookmarkAt("9", true))
			w.phase(l, Live)
			heard := l.Watch().State().LastHeard
			c.does(r)
			state := w.phase(l, c.phase)
			if state.Err == nil || !state.Synced || !state.LastHeard.Equal(heard) {
				t.Errorf("it shows %+v", state)
			}
			if c.phase == Listing {
				s.next()
			}
		})
	}
}

// Silence is a fact when it has lasted for StaleAfter.
func TestSilenceIsToldOnTime(t *testing.T) {
	clock := testclock.NewFakeClock(time.Unix(1_000_000, 0))
	s := newScript(t, Options{Clock: clock})
	w, l := s.add()
	s.next().say(bookmarkAt("9", true))
	w.phase(l, Live)
	patience := Options{}.withDefaults().StaleAfter
	for clock.Since(time.Unix(1_000_000, 0)) < patience {
		if state := l.Watch().State(); state.Phase != Live {
			t.Fatalf("after %v: %+v", clock.Since(time.Unix(1_000_000, 0)), state)
		}
		w.eventually("the guard to wait", clock.HasWaiters)
		clock.Step(time.Second)
	}
	w.phase(l, Stale)
}

// Between two streams nothing tells that what is shown is the present: where the next is not answered that is known soon.
func TestStreamThatIsNotAnsweredIsStale(t *testing.T) {
	clock := testclock.NewFakeClock(time.Unix(1_000_000, 0))
	s := newScript(t, Options{Clock: clock})
	w, l := s.add()
	first := s.next()
	s.arrives()
	first.say(bookmarkAt("9", true))
	first.say(row("ADDED", "a", "10"))
	w.phase(l, Live)
	clock.Step(time.Second)
	first.body.Close() // a term that is over
	s.arrives()        // so its clocks run
	patience := Options{}.withDefaults().StreamPatience
	clock.Step(patience - time.Millisecond)
	if state := l.Watch().State(); state.Phase != Live {
		t.Errorf("before that: %+v", state)
	}
	clock.Step(time.Millisecond)
	if state := w.phase(l, Stale); clock.Since(state.LastHeard) < patience || state.Reason == "" {
		t.Errorf("it shows %+v", state)
	}
	s.next().say(bookmarkAt("11", false))
	w.phase(l, Live)
}
