package cluster

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"testing"
	"testing/synctest"
	"time"
)

// silent is a server of which nothing comes. It counts what it is asked.
type silent struct {
	asked int
	fails error // in place of silence
}

// RoundTrip waits as a transport does whose connection is dead.
func (s *silent) RoundTrip(req *http.Request) (*http.Response, error) {
	s.asked++
	if s.fails != nil {
		return nil, s.fails
	}
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil {
		trace.GetConn("server:443")
	}
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func clusterOf(rt http.RoundTripper) *Cluster {
	c := &Cluster{server: &url.URL{Scheme: "https", Host: "server"}, http: &http.Client{Transport: rt}, life: newLifeline()}
	c.access = newAccess(c)
	return c
}

// A connection over HTTP/1.1 of which nothing comes is asked about after pingAfter, by itself, and broken after pingTimeout.
func TestPulseIsFeltByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &silent{}
		c := clusterOf(server)
		c.life.terms.mute.Store(true)
		ours, theirs := net.Pipe()
		defer theirs.Close()
		conn := &tied{breakable: breakable{Conn: ours, opened: time.Now()}, life: c.life}
		c.life.others[conn] = struct{}{}
		began := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		felt := make(chan struct{})
		go func() {
			defer close(felt)
			c.feelPulse(ctx)
		}()
		_, err := theirs.Read(make([]byte, 1)) // until the connection ends
		if took := time.Since(began); err == nil || took < pingAfter+pingTimeout || took > pingAfter+pingTimeout+2*time.Second {
			t.Errorf("it ended after %v: %v", took, err)
		}
		if why := conn.why.Load(); why == nil || *why != noSignOfLife || server.asked != 1 {
			t.Errorf("asked %d times, and it ended because of %v", server.asked, why)
		}
		cancel()
		<-felt
	})
}

// What any request learns of the network casts doubt on the denials that follow; that somebody no longer wants an answer does not.
func TestRequestsThatFailCastDoubtOnDenials(t *testing.T) {
	for want, err := range map[bool]error{true: errors.New("connection refused"), false: context.Canceled} {
		c := clusterOf(&silent{fails: err})
		if _, failure := c.Get(t.Context(), "/api", nil, "application/json"); !errors.Is(failure, err) {
			t.Errorf("it failed by %v, want %v", failure, err)
		}
		if got := c.access.inDoubt(time.Now()); got != want {
			t.Errorf("after %v: in doubt %v", err, got)
		}
	}
}
