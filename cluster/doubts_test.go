package cluster

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// halting is a server that halts for a while before it answers, or in the middle of its answer.
type halting struct {
	proto  int
	pause  time.Duration
	within bool
}

// RoundTrip answers as a transport does.
func (s *halting) RoundTrip(req *http.Request) (*http.Response, error) {
	halt := func() error {
		select {
		case <-time.After(s.pause):
			return nil
		case <-req.Context().Done():
			return req.Context().Err()
		}
	}
	r, w := io.Pipe()
	if s.within {
		go func() {
			_, _ = io.WriteString(w, "begin ")
			if err := halt(); err != nil {
				_ = w.CloseWithError(err)
				return
			}
			_, _ = io.WriteString(w, "end")
			_ = w.Close()
		}()
		return &http.Response{ProtoMajor: s.proto, Body: r, Request: req}, nil
	}
	if err := halt(); err != nil {
		return nil, err
	}
	_ = w.Close()
	return &http.Response{ProtoMajor: s.proto, Body: r, Request: req}, nil
}

// list asks for a list, with the patience of who asks, and tells how that ended and after what time.
func (s *halting) list(t *testing.T, terms *terms, path string) (time.Duration, error) {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://server"+path+"?limit=500", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&termed{next: s, terms: terms}).RoundTrip(req)
	if err != nil {
		return time.Since(began), err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return time.Since(began), err
}

// eachHalt runs a test with servers that halt before their answer and within it.
func eachHalt(t *testing.T, test func(t *testing.T, server *halting, terms *terms)) {
	t.Helper()
	for name, within := range map[string]bool{"before the answer": false, "within it": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				terms := &terms{}
				terms.mute.Store(true)
				test(t, &halting{proto: 1, within: within}, terms)
			})
		})
	}
}

// A list over HTTP/1.1 that is silent for so long that its connection may be dead is given up, to be asked for over another. It is
// so again, later; what is asked for besides makes no difference.
func TestSilentListsOfHTTP1AreGivenUp(t *testing.T) {
	eachHalt(t, func(t *testing.T, server *halting, terms *terms) {
		for range 3 {
			server.pause = time.Hour
			for _, path := range []string{"/api/v1/secrets", "/api/v1/pods"} {
				for range mostOverdue {
					if took, err := server.list(t, terms, path); took != overdueAfter || !errors.Is(err, noSignOfLife) {
						t.Errorf("%s ended after %v: %v", path, took, err)
					}
				}
			}
			server.pause = overdueAfter - time.Second
			if took, err := server.list(t, terms, "/api/v1/secrets"); took != server.pause || err != nil {
				t.Errorf("one that came in time ended after %v: %v", took, err)
			}
			time.Sleep(doubtAgain + time.Second)
		}
	})
}

// A server that is slow is waited for the third time, and from then on: a list in many pages would never be complete.
func TestSlowListsOfHTTP1AreWaitedFor(t *testing.T) {
	eachHalt(t, func(t *testing.T, server *halting, terms *terms) {
		const slow, quick = overdueAfter + 10*time.Second, time.Second
		for range mostOverdue { // a page comes in time, the next does not
			server.pause = quick
			_, _ = server.list(t, terms, "/api/v1/secrets")
			server.pause = slow
			if took, err := server.list(t, terms, "/api/v1/secrets"); took != overdueAfter || !errors.Is(err, noSignOfLife) {
				t.Errorf("ended after %v: %v", took, err)
			}
		}
		for range 3 {
			if took, err := server.list(t, terms, "/api/v1/secrets"); took != slow || err != nil {
				t.Errorf("ended after %v: %v", took, err)
			}
			time.Sleep(2 * doubtAgain)
		}
		server.proto = 2
		terms.mute.Store(false)
		if took, err := server.list(t, terms, "/api/v1/pods"); took != slow || err != nil {
			t.Errorf("over HTTP/2 it ended after %v: %v", took, err)
		}
	})
}
