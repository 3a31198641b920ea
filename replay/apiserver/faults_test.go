package apiserver_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/replay/apiserver"
)

func (w *world) fault(f apiserver.Fault) {
	w.SetFaults(func(*http.Request) *apiserver.Fault { return &f })
}

func TestFaultStatus(t *testing.T) {
	w := start(t, 1, apiserver.Options{})
	for code, reason := range map[int]metav1.StatusReason{
		401: metav1.StatusReasonUnauthorized, 403: metav1.StatusReasonForbidden, 429: metav1.StatusReasonTooManyRequests,
		500: metav1.StatusReasonInternalError, 503: metav1.StatusReasonServiceUnavailable,
	} {
		w.fault(apiserver.Fault{Status: code, RetryAfter: 7 * time.Second})
		resp := w.do(t.Context(), http.MethodGet, podsPath)
		_ = resp.Body.Close()
		if resp.Header.Get("Retry-After") != "7" {
			t.Errorf("%d: retry after %q", code, resp.Header.Get("Retry-After"))
		}
		if s := w.refused(code, podsPath); s.Reason != reason || s.Details.RetryAfterSeconds != 7 {
			t.Errorf("%d: %+v", code, s)
		}
	}
	w.SetFaults(nil)
	var l list
	if code := w.get(&l, podsPath); code != http.StatusOK {
		t.Errorf("without fault: %d", code)
	}
}

func TestFaultHTML(t *testing.T) {
	w := start(t, 1, apiserver.Options{})
	w.fault(apiserver.Fault{HTML: true, Status: http.StatusBadGateway})
	resp := w.do(t.Context(), http.MethodGet, podsPath)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusBadGateway || !strings.Contains(string(body), "<html>") {
		t.Errorf("%d: %s, %v", resp.StatusCode, body, err)
	}
}

func TestFaultStallsUntilReleased(t *testing.T) {
	w := start(t, 1, apiserver.Options{})
	release := make(chan struct{})
	w.SetFaults(func(r *http.Request) *apiserver.Fault {
		if r.URL.Path == podsPath {
			return &apiserver.Fault{Stall: release}
		}
		return nil
	})
	answered := make(chan int)
	go func() {
		var l list
		answered <- w.get(&l, podsPath)
	}()
	var l list
	if code := w.get(&l, "/api/v1/nodes"); code != http.StatusOK { // others go on
		t.Errorf("nodes: %d", code)
	}
	select {
	case <-answered:
		t.Error("answered while stalled")
	default:
	}
	close(release)
	if code := <-answered; code != http.StatusOK {
		t.Errorf("after release: %d", code)
	}
}

func TestFaultCut(t *testing.T) {
	w := start(t, 50, apiserver.Options{})
	w.fault(apiserver.Fault{CutAfter: 5000})
	for _, path := range []string{podsPath, podsPath + "?watch=1"} {
		resp := w.do(t.Context(), http.MethodGet, path)
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err == nil || len(body) > 5000 || len(body) == 0 {
			t.Errorf("%s: %d bytes, error %v", path, len(body), err)
		}
	}
}

func TestFaultOldServer(t *testing.T) {
	w := start(t, 1, apiserver.Options{})
	w.fault(apiserver.Fault{NoStreamingList: true, NoTable: true})
	w.refused(http.StatusUnprocessableEntity, podsPath+"?"+streamingList, "Accept", tableAccept)
	var l list
	if w.get(&l, podsPath, "Accept", tableAccept); l.Kind != "PodList" {
		t.Errorf("kind %s, want plain objects", l.Kind)
	}
}

func TestDropConnections(t *testing.T) {
	w := start(t, 1, apiserver.Options{})
	e := w.watch(podsPath + "?watch=1")
	e.next("ADDED", nil)
	w.DropConnections()
	var got event
	if err := e.dec.Decode(&got); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("event %v, error %v; want a broken watch", got, err)
	}
	eventually(t, "the watch is closed", func() bool { return len(w.OpenWatches()) == 0 })
	var l list
	if code := w.get(&l, podsPath); code != http.StatusOK {
		t.Errorf("over a new connection: %d", code)
	}
}

func TestRequestsAreRecorded(t *testing.T) {
	w := start(t, 1, apiserver.Options{})
	var l list
	w.get(&l, "/api/v1/namespaces/shop/pods?limit=1", "User-Agent", "me/1.0")
	all := w.Requests()
	r := all[len(all)-1]
	if r.Verb != "list" || r.Resource != pods || r.Namespace != "shop" || r.Query != "limit=1" || r.UserAgent != "me/1.0" || r.Method != "GET" {
		t.Errorf("request %+v", r)
	}
}
