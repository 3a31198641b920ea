package cluster

import (
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
)

// leader lets the first request of all open the connection, and has the others wait for that: over HTTP/2 one connection is for
// all, but those who ask at the same moment would each open their own. It holds nobody up once there was a connection, or none
// could be made.
type leader struct {
	next   http.RoundTripper
	begun  atomic.Bool
	opened chan struct{}
}

func newLeader(next http.RoundTripper) *leader {
	return &leader{next: next, opened: make(chan struct{})}
}

// RoundTrip sends a request.
func (l *leader) RoundTrip(req *http.Request) (*http.Response, error) {
	if !l.begun.Swap(true) {
		open := sync.OnceFunc(func() { close(l.opened) })
		defer open()
		trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { open() }}
		return l.next.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	}
	select {
	case <-l.opened:
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	return l.next.RoundTrip(req)
}

// WrappedRoundTripper lets client-go find the connections below.
func (l *leader) WrappedRoundTripper() http.RoundTripper { return l.next }
