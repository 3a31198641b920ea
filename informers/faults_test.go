package informers

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

func TestForbiddenIsAStateUntilAllowed(t *testing.T) {
	var allowed atomic.Bool
	opts := quick()
	opts.Backoff.Denied = time.Hour
	w := newWorld(t, 3, apiserver.Options{Policy: func(string, string, schema.GroupVersionResource, string) bool {
		return allowed.Load()
	}}, opts)
	l := w.add(pods)
	s := w.phase(l, Forbidden)
	if s.Verb != "list" || !apierrors.IsForbidden(s.Err) || !strings.Contains(s.Reason, "pods") {
		t.Errorf("forbidden: %+v", s)
	}
	if wait := time.Until(s.NextTry); wait < 25*time.Minute || wait > time.Hour {
		t.Errorf("the next try is in %s", wait)
	}
	before := len(w.server.Requests())
	allowed.Store(true)
	if after := len(w.server.Requests()); after != before {
		t.Errorf("%d requests while forbidden", after-before)
	}
	l.Watch().RetryNow()
	w.phase(l, Live)
	w.equal(l)
}

func TestListIsAllowedButWatchIsNot(t *testing.T) {
	w := newWorld(t, 3, apiserver.Options{Policy: func(_, verb string, _ schema.GroupVersionResource, _ string) bool {
		return verb != "watch"
	}}, quick())
	l := w.add(pods)
	s := w.phase(l, Forbidden)
	if s.Verb != "watch" || !s.Synced || l.Watch().Store().Len() != 3 {
		t.Errorf("%d rows, %+v", l.Watch().Store().Len(), s)
	}
}

func TestExpiredWatchListsAnew(t *testing.T) {
	w := newWorld(t, 20, apiserver.Options{}, quick())
	l := w.live(pods)
	deltas := l.Watch().Subscribe(1000)
	defer deltas.Close()
	other, err := sample.Store(15)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 { // so that resource versions differ, and some are lower than before
		if _, err := other.Apply(pods, sample.Pod(i)); err != nil {
			t.Fatal(err)
		}
	}
	w.server.SetStore(other)
	w.state(l, "another list", func(s State) bool { return s.Phase == Live && s.Stats.Lists >= 2 })
	w.equal(l)
	w.apply(pods, sample.Pod(50))
	w.equal(l)
}

func TestTooManyRequestsObeysRetryAfter(t *testing.T) {
	w := newWorld(t, 3, apiserver.Options{}, quick())
	w.server.SetFaults(func(*http.Request) *apiserver.Fault {
		return &apiserver.Fault{Status: http.StatusTooManyRequests, RetryAfter: time.Hour}
	})
	l := w.add(pods)
	s := w.phase(l, Retrying)
	if wait := time.Until(s.NextTry); wait < 59*time.Minute || wait > 61*time.Minute {
		t.Errorf("the next try is in %s", wait)
	}
	if !apierrors.IsTooManyRequests(s.Err) || s.Reason == "" {
		t.Errorf("retrying because of %q (%v)", s.Reason, s.Err)
	}
	w.server.SetFaults(nil)
	l.Watch().RetryNow()
	w.phase(l, Live)
	w.equal(l)
}

func TestRecoversFromBadAnswers(t *testing.T) {
	faults := map[string]apiserver.Fault{
		"web page":            {HTML: true},
		"web page as error":   {HTML: true, Status: http.StatusBadGateway},
		"internal error":      {Status: http.StatusInternalServerError},
		"unavailable":         {Status: http.StatusServiceUnavailable},
		"expired":             {Status: http.StatusGone, Reason: "Expired"},
		"login expired":       {Status: http.StatusUnauthorized},
		"cut off":             {CutAfter: 5000},
		"cut off at the head": {CutAfter: 3},
	}
	for name, fault := range faults {
		for form, noStreams := range map[string]bool{"streaming": false, "in pages": true} {
			t.Run(name+" "+form, func(t *testing.T) {
				w := newWorld(t, 20, apiserver.Options{NoStreamingLists: noStreams}, quick())
				w.server.SetFaults(func(*http.Request) *apiserver.Fault { return &fault })
				l := w.add(pods)
				s := w.phase(l, Retrying)
				if s.Err == nil || s.Reason == "" || s.Verb == "" || s.Synced {
					t.Errorf("retrying: %+v", s)
				}
				if fault.HTML && fault.Status == 0 && !strings.Contains(s.Reason, "answered with text/html") {
					t.Errorf("a web page is called %q", s.Reason)
				}
				w.server.SetFaults(nil)
				w.phase(l, Live)
				w.equal(l)
			})
		}
	}
}

func TestBrokenStreamIsResumed(t *testing.T) {
	w := newWorld(t, 10, apiserver.Options{}, quick())
	l := w.live(pods)
	for i := range 10 {
		w.apply(pods, sample.Pod(100+i))
		w.server.DropConnections()
		w.apply(pods, sample.Pod(200+i))
	}
	w.equal(l)
	w.phase(l, Live)
	if s := l.Watch().State(); s.Stats.Lists != 1 {
		t.Errorf("%d lists where watches could be resumed", s.Stats.Lists)
	}
}

func TestCutsInTheMiddleOfObjects(t *testing.T) {
	w := newWorld(t, 10, apiserver.Options{}, quick())
	var n atomic.Int64
	w.server.SetFaults(func(*http.Request) *apiserver.Fault {
		return &apiserver.Fault{CutAfter: int(1000 + 17_777*n.Add(1))}
	})
	l := w.add(pods)
	for i := range 50 {
		w.apply(pods, sample.Pod(i))
	}
	w.equal(l)
	w.server.SetFaults(nil)
	w.apply(pods, sample.Pod(60))
	w.equal(l)
}

// A watch that ends as it should is renewed and stays live.
func TestRenewalIsNotSeen(t *testing.T) {
	w := newWorld(t, 5, apiserver.Options{}, quick())
	l := w.live(pods)
	var other atomic.Int64
	forget := l.Watch().OnChange(func() {
		if p := l.Watch().State().Phase; p != Live {
			other.Add(1)
		}
	})
	defer forget()
	// The server ends watches when a type's definition changes.
	for range 3 {
		before := w.watchRequests()
		w.apply(pods, sample.Pod(1))
		w.equal(l)
		if err := w.store().AddType(sample.Pods()); err != nil {
			t.Fatal(err)
		}
		w.eventually("the renewal", func() bool { return w.watchRequests() > before })
	}
	w.apply(pods, sample.Pod(7))
	w.equal(l)
	if n := other.Load(); n != 0 {
		t.Errorf("the watch left its live state %d times", n)
	}
}

func (w *world) watchRequests() int {
	return w.requests(func(r apiserver.Request) bool { return r.Verb == "watch" })
}
