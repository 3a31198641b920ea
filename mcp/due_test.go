package mcp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// However much changes, a client is told of a resource once a second: the last state is always told.
func TestUpdatesAreMerged(t *testing.T) {
	a, b := new(sdk.ServerSession), new(sdk.ServerSession)
	s := &subscriptions{every: time.Second, wake: make(chan struct{}, 1), of: map[string]*subscription{
		"pods":  {resource: resource{uri: "pods"}, sessions: map[*sdk.ServerSession]bool{a: true, b: false}},
		"nodes": {resource: resource{uri: "nodes"}, sessions: map[*sdk.ServerSession]bool{b: false}},
	}}
	version := map[string]uint64{}
	began := time.Now()
	for _, step := range []struct {
		after time.Duration
		do    func()
		want  string
	}{
		{0, nil, "[pods] 0s"},                                                   // that it has begun
		{10 * time.Millisecond, nil, "[] 0s"},                                   // nothing changed
		{20 * time.Millisecond, func() { version["pods"]++ }, "[] 980ms"},       // too soon
		{30 * time.Millisecond, func() { version["pods"] += 50 }, "[] 970ms"},   // and more of it
		{time.Second, nil, "[pods] 0s"},                                         // all of it at once
		{1500 * time.Millisecond, func() { version["nodes"]++ }, "[] 0s"},       // nobody is told of them yet
		{5 * time.Second, func() { version["pods"]++ }, "[pods] 0s"},            // at once after a pause
		{5 * time.Second, func() { s.begin(b, "pods", "nodes") }, "[nodes] 1s"}, // who came later is told, too
		{6 * time.Second, nil, "[pods] 0s"},
		{9 * time.Second, nil, "[] 0s"},
	} {
		if step.do != nil {
			step.do()
		}
		uris, again := s.due(began.Add(step.after), func(r *resource) resourceState { return resourceState{version: version[r.uri]} })
		if got := fmt.Sprint(uris, " ", again); got != step.want {
			t.Errorf("after %v: %s, wanted %s", step.after, got, step.want)
		}
	}
}

// However many sessions there are, the resources that they have subscribed to are bounded.
func TestAllSubscriptionsAreBounded(t *testing.T) {
	first, second := new(sdk.ServerSession), new(sdk.ServerSession)
	s := &subscriptions{of: map[string]*subscription{}, sessions: map[*sdk.ServerSession]int{first: 1, second: 1}, begun: true}
	for i := range mostSubscribed {
		uri := fmt.Sprint(objectsURI, "pods/shop/pod-", i)
		s.of[uri] = &subscription{resource: resource{uri: uri, typeName: "pods"}, sessions: map[*sdk.ServerSession]bool{first: true}}
	}
	server := &Server{opts: Options{MostWatched: 1}}
	if err := s.note(server, second, resource{uri: problemsURI}); err == nil || !strings.Contains(err.Error(), "500 resources") {
		t.Errorf("one more is answered with %v", err)
	}
	if err := s.note(server, second, resource{uri: objectsURI + "pods/shop/pod-7", typeName: "pods"}); err != nil { // that somebody has already
		t.Error(err)
	}
}
