package cluster

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// talking is a server of streams that begin with a word. It ends each when its term is over, unless it forgets.
type talking struct {
	proto   int
	forgets bool
	mute    bool     // it does not even answer
	asked   []string // for which terms
}

// RoundTrip answers as a transport does.
func (s *talking) RoundTrip(req *http.Request) (*http.Response, error) {
	seconds := req.URL.Query().Get("timeoutSeconds")
	s.asked = append(s.asked, seconds)
	if s.mute {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	r, w := io.Pipe()
	context.AfterFunc(req.Context(), func() { w.CloseWithError(req.Context().Err()) })
	go func() {
		_, _ = io.WriteString(w, "hello")
		if term, err := strconv.Atoi(seconds); err == nil && !s.forgets {
			select {
			case <-time.After(time.Duration(term) * time.Second):
				_ = w.Close()
			case <-req.Context().Done():
			}
		}
	}()
	return &http.Response{ProtoMajor: s.proto, Body: r, Request: req}, nil
}

// counted is a server of streams that counts what it is asked for, by the second.
type counted struct {
	mu    sync.Mutex
	began time.Time
	asked map[int]int
}

// RoundTrip answers as a transport does.
func (s *counted) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.asked[int(time.Since(s.began).Seconds())]++
	s.mu.Unlock()
	return (&talking{proto: 1}).RoundTrip(req)
}

// follow reads a stream to its end, and tells how it ended and after what time.
func (s *talking) follow(t *testing.T, terms *terms, query string) (time.Duration, error) {
	t.Helper()
	return follow(t, s, terms, query)
}

func follow(t *testing.T, server http.RoundTripper, terms *terms, query string) (time.Duration, error) {
	t.Helper()
	began := time.Now()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://server/api/v1/secrets?"+query, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&termed{next: server, terms: terms}).RoundTrip(req)
	if err != nil {
		return time.Since(began), err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return time.Since(began), err
}

const (
	streamedList = "watch=true&sendInitialEvents=true&timeoutSeconds=400"
	resumed      = "watch=true&resourceVersion=7&timeoutSeconds=400"
)

// Streams over HTTP/1.1 end often enough for the end to be a sign of life, those that begin with a list when it is over.
func TestStreamsOfHTTP1AreShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, terms := &talking{proto: 1}, &terms{}
		took, err := server.follow(t, terms, streamedList)
		if took != pingAfter || err != nil || server.asked[0] != "400" {
			t.Errorf("a list that was streamed ended after %v: %v, asked for %s", took, err, server.asked)
		}
		for range 20 {
			took, err := server.follow(t, terms, resumed)
			if took < shortestTerm*time.Second || took > longestTerm*time.Second || err != nil {
				t.Errorf("a stream ended after %v: %v", took, err)
			}
		}
		server.asked = nil // the protocol is known by now
		if took, err := server.follow(t, terms, streamedList); took != pingAfter || err != nil || server.asked[0] != "400" {
			t.Errorf("another list that was streamed ended after %v: %v, asked for %s", took, err, server.asked)
		}
		if took, err := server.follow(t, terms, "watch=true&timeoutSeconds=3"); took != 3*time.Second || err != nil {
			t.Errorf("one that was to be shorter ended after %v: %v", took, err)
		}
		server.proto = 2
		terms.mute.Store(false)
		if took, err := server.follow(t, terms, resumed); took != 400*time.Second || err != nil {
			t.Errorf("one of HTTP/2 ended after %v: %v", took, err)
		}
	})
}

// A connection that loses all packets is noticed in less than 30 s, whatever was done over it.
func TestDeadStreamsOfHTTP1AreNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, terms := &talking{proto: 1}, &terms{}
		terms.mute.Store(true)
		_, _ = server.follow(t, terms, resumed)
		server.forgets = true
		for range 2 * mostOverdue {
			if took, err := server.follow(t, terms, resumed); took != overdueAfter || !errors.Is(err, noSignOfLife) {
				t.Errorf("ended after %v: %v", took, err)
			}
		}
		server.mute = true
		if took, err := server.follow(t, terms, resumed); took != overdueAfter || !errors.Is(err, noSignOfLife) {
			t.Errorf("answered after %v: %v", took, err)
		}
	})
}

// A server that has never ended a stream when it should is not called dead again and again.
func TestServersThatKnowNoTermsAreLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, terms := &talking{proto: 1, forgets: true}, &terms{}
		terms.mute.Store(true)
		for range mostOverdue {
			if took, err := server.follow(t, terms, resumed); took != overdueAfter || !errors.Is(err, noSignOfLife) {
				t.Errorf("ended after %v: %v", took, err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "https://server/api/v1/secrets?"+resumed, http.NoBody)
		resp, err := (&termed{next: server, terms: terms}).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err := io.Copy(io.Discard, resp.Body); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it ended with %v", err)
		}
	})
}

// What quiet watches cost a server that speaks HTTP/1.1 only: 300 that began in the same moment ask 24 times a second, and in no second all of them.
func TestQuietStreamsOfHTTP1AskSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const watches, minutes, most = 300, 10, 100
		server, terms := &counted{began: time.Now(), asked: map[int]int{}}, &terms{}
		terms.mute.Store(true)
		var all sync.WaitGroup
		for range watches {
			all.Go(func() {
				for time.Since(server.began) < minutes*time.Minute {
					if _, err := follow(t, server, terms, resumed); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		sum := 0
		for second := 1; second < minutes*60; second++ {
			sum += server.asked[second]
			if n := server.asked[second]; n > most {
				t.Errorf("%d ask in second %d", n, second)
			}
		}
		if rate := float64(sum) / (minutes * 60); rate < watches/float64(longestTerm) || rate > watches/float64(shortestTerm) {
			t.Errorf("they ask %.1f times a second", rate)
		} else {
			t.Logf("they ask %.1f times a second", rate)
		}
	})
}
