package apiserver

import (
	"net/http"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// ledgerSize is how many requests are remembered one by one.
const ledgerSize = 10000

// Request is a request as the server saw it.
type Request struct {
	Method, Path, Query, UserAgent, Accept string
	// Verb is get, list or watch; create for a review; the method in lower case where no resource is asked for.
	Verb      string
	Resource  schema.GroupVersionResource // zero where none is asked for
	Namespace string
	Name      string
}

// ledger keeps what tests ask about: requests, and watches that are open.
type ledger struct {
	mu       sync.Mutex
	requests []Request
	watches  map[schema.GroupVersionResource]int
}

func (l *ledger) record(r *http.Request, t target) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.requests) >= ledgerSize {
		l.requests = append(l.requests[:0:0], l.requests[ledgerSize/2:]...)
	}
	l.requests = append(l.requests, Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, UserAgent: r.UserAgent(), Accept: r.Header.Get("Accept"),
		Verb: t.verb, Resource: t.resource, Namespace: t.namespace, Name: t.name,
	})
}

// watching counts a watch as open until the function it gives is called.
func (l *ledger) watching(gvr schema.GroupVersionResource) (done func()) {
	l.count(gvr, 1)
	return func() { l.count(gvr, -1) }
}

func (l *ledger) count(gvr schema.GroupVersionResource, by int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.watches == nil {
		l.watches = map[schema.GroupVersionResource]int{}
	}
	l.watches[gvr] += by
	if l.watches[gvr] == 0 {
		delete(l.watches, gvr)
	}
}

// Requests are the latest requests, oldest first; at most 10,000.
func (s *Server) Requests() []Request {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return append([]Request(nil), s.ledger.requests...)
}

// OpenWatches is the number of watches that are being served, by type.
func (s *Server) OpenWatches() map[schema.GroupVersionResource]int {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	open := make(map[schema.GroupVersionResource]int, len(s.ledger.watches))
	for gvr, n := range s.ledger.watches {
		open[gvr] = n
	}
	return open
}
