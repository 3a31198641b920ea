package mcp

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/dogwatch/dogwatch/workspace"
)

const (
	// mostOfSession and mostSubscribed are how many resources one session may subscribe to, and all together.
	mostOfSession  = 50
	mostSubscribed = 500
	// defaultUpdateEvery is how often clients are told of a resource at most, unless Options say so.
	defaultUpdateEvery = time.Second
	// gathering is how long changes are let gather before it is looked what they changed.
	gathering = 20 * time.Millisecond
)

// subscriptions are what clients want to be told of. One goroutine tells them, from the first subscription on, and one of each session that has
// any waits for its end.
type subscriptions struct {
	every time.Duration
	ws    *workspace.Workspace
	// held are the types that are watched for them.
	held *workspace.Held

	holding sync.Mutex // guards what follows, and held
	holds   []string   // the types that it has

	mu       sync.Mutex // guards what follows
	of       map[string]*subscription
	sessions map[*sdk.ServerSession]int // how many each has; those that are here have a goroutine that waits for their end
	closed   bool

	wake   chan struct{} // has a value when there are others
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	begun  bool
}

// subscription is of one resource, by any number of sessions.
type subscription struct {
	resource
	// sessions has true for those that the protocol's library knows to have subscribed: it tells no others.
	sessions map[*sdk.ServerSession]bool
	// told is of which state they were told, nil where somebody was told of none; and at when.
	told *resourceState
	at   time.Time
}

func newSubscriptions(ws *workspace.Workspace, every time.Duration) *subscriptions {
	s := &subscriptions{every: every, ws: ws, held: ws.Hold(), of: map[string]*subscription{}, sessions: map[*sdk.ServerSession]int{}, wake: make(chan struct{}, 1)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// close ends all subscriptions. The sessions are to have ended before.
func (s *subscriptions) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.wg.Wait()
	s.held.Close()
}

// subscribe is called by the protocol's library before it knows of a subscription itself.
func (s *Server) subscribe(ctx context.Context, req *sdk.SubscribeRequest) error {
	r, err := parseResource(req.Params.URI)
	if err == nil {
		err = s.resolveResource(ctx, &r)
	}
	if err == nil {
		err = s.subscriptions.add(s, req.Session, r)
	}
	if err != nil {
		return refusal(err)
	}
	return nil
}

func (s *Server) unsubscribe(_ context.Context, req *sdk.UnsubscribeRequest) error {
	s.subscriptions.remove(req.Session, req.Params.URI)
	return nil
}

// beginSubscriptions notices when the protocol's library knows of subscriptions: when it has answered, or acknowledged them.
func (s *Server) beginSubscriptions(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, req sdk.Request) (sdk.Result, error) {
		result, err := next(ctx, method, req)
		session, ok := req.GetSession().(*sdk.ServerSession)
		if err != nil || !ok {
			return result, err
		}
		switch params := req.GetParams().(type) {
		case *sdk.SubscribeParams:
			s.subscriptions.begin(session, params.URI)
		case *sdk.SubscriptionsAcknowledgedParams:
			s.subscriptions.begin(session, params.Notifications.ResourceSubscriptions...)
		}
		return result, err
	}
}

// add notes a subscription, and has its type watched.
func (s *subscriptions) add(server *Server, session *sdk.ServerSession, r resource) error {
	s.mu.Lock()
	err := s.note(server, session, r)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.hold()
}

func (s *subscriptions) note(server *Server, session *sdk.ServerSession, r resource) error {
	of, known := s.of[r.uri]
	if known {
		if _, has := of.sessions[session]; has {
			return nil
		}
	}
	switch {
	case s.closed:
		return workspace.ErrClosed
	case s.sessions[session] >= mostOfSession:
		return fmt.Errorf("a session may subscribe to %d resources: end another subscription before", mostOfSession)
	case !known && len(s.of) >= mostSubscribed:
		return fmt.Errorf("clients have subscribed to %d resources, which is the most", mostSubscribed)
	}
	if types := s.types(); r.typeName != "" && !slices.Contains(types, r.typeName) && len(types) >= server.opts.MostWatched {
		return fmt.Errorf("clients have subscribed to %d types, which is the most (--max-types)", len(types))
	}
	if !known {
		of = &subscription{resource: r, sessions: map[*sdk.ServerSession]bool{}}
		s.of[r.uri] = of
	}
	of.sessions[session] = false
	if _, awaited := s.sessions[session]; !awaited {
		s.wg.Go(func() { defer utilruntime.HandleCrash(); s.awaitEnd(session) })
	}
	s.sessions[session]++
	if !s.begun {
		s.begun = true
		s.wg.Go(func() { defer utilruntime.HandleCrash(); server.tellUpdates() })
	}
	return nil
}

// awaitEnd ends what a session has subscribed to when it ends.
func (s *subscriptions) awaitEnd(session *sdk.ServerSession) {
	_ = session.Wait() // how it ended is told elsewhere
	s.mu.Lock()
	for uri := range s.of {
		s.drop(session, uri)
	}
	delete(s.sessions, session)
	s.mu.Unlock()
	_ = s.hold() // only ErrClosed, of what is over anyway
}

// begin notes that the protocol's library tells a session of resources now.
func (s *subscriptions) begin(session *sdk.ServerSession, uris ...string) {
	s.mu.Lock()
	for _, uri := range uris {
		if of := s.of[uri]; of != nil {
			if _, has := of.sessions[session]; has {
				of.sessions[session], of.told = true, nil
			}
		}
	}
	s.mu.Unlock()
	s.notice()
}

// remove ends subscriptions of a session, and lets go of types that are no longer watched for any.
func (s *subscriptions) remove(session *sdk.ServerSession, uris ...string) {
	s.mu.Lock()
	for _, uri := range uris {
		s.drop(session, uri)
	}
	s.mu.Unlock()
	_ = s.hold() // only ErrClosed, of what is over anyway
}

func (s *subscriptions) drop(session *sdk.ServerSession, uri string) {
	of := s.of[uri]
	if of == nil {
		return
	}
	if _, has := of.sessions[session]; !has {
		return
	}
	delete(of.sessions, session)
	if len(of.sessions) == 0 {
		delete(s.of, uri)
	}
	s.sessions[session]--
}

// hold has the types watched that are subscribed to, but for those that others watch anyway.
func (s *subscriptions) hold() error {
	s.holding.Lock()
	defer s.holding.Unlock()
	s.mu.Lock()
	types := s.types()
	s.mu.Unlock()
	watches, scope := s.ws.Watches(), s.ws.Snapshot().Namespace
	types = slices.DeleteFunc(types, func(name string) bool { return isOnlyLimited(watchesOf(watches, name), scope) })
	if slices.Equal(types, s.holds) {
		return nil
	}
	if err := s.held.Set(types); err != nil {
		return err
	}
	s.holds = types
	return nil
}

// isOnlyLimited tells that tabs watch a type, all of them with limits of their own. They alone answer for it, and no watch without limits would be shared.
func isOnlyLimited(watches []workspace.Watched, scope string) bool {
	return slices.ContainsFunc(watches, isNamed) && !slices.ContainsFunc(watches, func(w workspace.Watched) bool {
		id := w.Watch.Identity()
		return id.LabelSelector == "" && id.FieldSelector == "" && (id.Namespace == scope || !w.Resource.Namespaced)
	})
}

func (s *subscriptions) types() []string {
	var types []string
	for _, of := range s.of {
		if of.typeName != "" {
			types = append(types, of.typeName)
		}
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// has tells whether a type is watched for any.
func (s *subscriptions) has(typeName string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.types(), typeName)
}

func (s *subscriptions) notice() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// due gives the resources of which clients are to be told now, and after what time it is to be looked again, 0 for when something changes.
func (s *subscriptions) due(now time.Time, stateOf func(*resource) resourceState) (uris []string, again time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for uri, of := range s.of {
		if !slices.Contains(slices.Collect(maps.Values(of.sessions)), true) {
			continue
		}
		state := stateOf(&of.resource)
		if of.told != nil && *of.told == state {
			continue
		}
		if wait := s.every - now.Sub(of.at); wait > 0 && !of.at.IsZero() {
			if again == 0 || wait < again {
				again = wait
			}
			continue
		}
		of.told, of.at = &state, now
		uris = append(uris, uri)
	}
	slices.Sort(uris)
	return uris, again
}

// tellUpdates tells clients of what they have subscribed to: that it is different, and not how, so that however much changes it is told once.
func (s *Server) tellUpdates() {
	ctx := s.subscriptions.ctx
	for {
		marked := s.opts.Marks.next()
		_ = s.subscriptions.hold() // tabs may have come or gone; only ErrClosed, of what is over anyway
		uris, again := s.subscriptions.due(time.Now(), s.stateOfResource)
		for _, uri := range uris {
			_ = s.mcp.ResourceUpdated(ctx, &sdk.ResourceUpdatedNotificationParams{URI: uri}) // who cannot be told has gone
		}
		var timer <-chan time.Time
		if again > 0 {
			timer = time.After(again)
		}
		select {
		case <-ctx.Done():
			return
		case <-marked:
		case <-s.subscriptions.wake:
		case <-timer:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(gathering):
		}
	}
}
