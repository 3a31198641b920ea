package cluster

import (
	"context"
	"sync"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// scope is what the user may do with many types at once: the rules of a
// namespace, or whether everything may be read cluster-wide.
type scope struct {
	namespace string
	// asking holds a token while nobody asks the server for the rules.
	asking chan struct{}

	mu       sync.Mutex
	rules    []authorizationv1.ResourceRule
	complete bool
	expires  time.Time
}

func newScope(namespace string) *scope {
	s := &scope{namespace: namespace, asking: make(chan struct{}, 1)}
	s.asking <- struct{}{}
	return s
}

// decide answers from the rules, if they are fresh and say enough.
func (s *scope) decide(gr schema.GroupResource, now time.Time) (Verdict, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !now.Before(s.expires) {
		return Verdict{}, false
	}
	for _, verb := range []string{"list", "watch"} {
		if rulesAllow(s.rules, verb, gr) {
			continue
		}
		return Verdict{Known: true, Reason: denial(verb, gr, s.namespace)}, s.complete
	}
	return Verdict{Known: true, Allowed: true}, true
}

// refresh asks the server for the rules unless they are fresh. One caller
// asks, the others wait for it.
func (s *scope) refresh(ctx context.Context, a *Access) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.asking:
		defer func() { s.asking <- struct{}{} }()
	}
	s.mu.Lock()
	fresh := time.Now().Before(s.expires)
	s.mu.Unlock()
	if fresh {
		return nil
	}
	rules, complete, err := s.fetch(ctx, a)
	if err != nil {
		return err
	}
	now, life := time.Now(), verdictLife
	if a.inDoubt(now) {
		life = doubtRetry
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules, s.complete, s.expires = rules, complete, now.Add(life)
	return nil
}

// fetch asks for the rules of a namespace. There are none to ask for that
// hold cluster-wide, but many users may read everything, which two questions
// tell for all types.
func (s *scope) fetch(ctx context.Context, a *Access) (rules []authorizationv1.ResourceRule, complete bool, err error) {
	if s.namespace != "" {
		if err := a.limit.Wait(ctx); err != nil {
			return nil, false, err
		}
		return a.reviews.rules(ctx, s.namespace)
	}
	verdict, err := a.listWatch(ctx, question{resource: schema.GroupResource{Group: "*", Resource: "*"}})
	if err != nil || !verdict.Allowed {
		return nil, false, err
	}
	return []authorizationv1.ResourceRule{{Verbs: []string{"list", "watch"}, APIGroups: []string{"*"}, Resources: []string{"*"}}}, true, nil
}
