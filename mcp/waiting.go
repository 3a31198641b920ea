package mcp

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

const (
	// following is how long a question waits at most for what an object relates to, and for Events, to be read.
	following = 8 * time.Second
	// brief is what part of that it waits where the same was waited for in vain a while ago.
	brief = 8
	// rememberVain is for how long that is.
	rememberVain = time.Minute
)

var errTypesNotTold = errors.New("the server has not told its types yet: ask again")

// discovering ends ctx when the server has had as long to tell its types as a question waits: who asks later does not wait for the same once more.
func (s *Server) discovering(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, s.begun.Add(s.opts.Patience))
}

// awaitTypes waits until the server has told its types, or has failed to, and tabs know theirs.
func (s *Server) awaitTypes(ctx context.Context) {
	ctx, cancel := s.discovering(ctx)
	defer cancel()
	s.opts.Marks.wait(ctx, func() bool {
		snapshot := s.ws.Snapshot()
		isAnswered := !s.ws.Discovery().Fetched.IsZero() || snapshot.Problem.Summary != ""
		return isAnswered && !slices.ContainsFunc(snapshot.Tabs, isAwaited)
	})
}

// vain are the names of what was waited for in vain. The zero vain is ready to use, and safe for concurrent use.
type vain struct {
	mu   sync.Mutex
	when map[string]time.Time
}

// note keeps what was waited for.
func (v *vain) note(names []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.when == nil {
		v.when = map[string]time.Time{}
	}
	for _, name := range names {
		v.when[name] = time.Now()
	}
}

// has tells that each of what is missing was waited for a while ago.
func (v *vain) has(names []string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !slices.ContainsFunc(names, func(name string) bool { return time.Since(v.when[name]) > rememberVain })
}

// followed is what follows an object.
type followed interface{ Awaited() []string }

// follow reads again at each mark until all is known, or some seconds are over: then it gives the types of which something is not. What was waited for in
// vain a while ago is waited for only briefly.
func (s *Server) follow(ctx context.Context, from followed, read func() (unknown []string, err error)) (missing []string, err error) {
	isWhole := func() bool {
		missing = from.Awaited()
		var unknown []string
		unknown, err = read()
		missing = append(append(missing, unknown...), from.Awaited()...)
		slices.Sort(missing)
		missing = slices.Compact(missing)
		return len(missing) == 0 || err != nil
	}
	most := min(following, s.opts.Patience/2)
	shortly, cancel := context.WithTimeout(ctx, most/brief)
	defer cancel()
	if s.opts.Marks.wait(shortly, isWhole) || s.vain.has(missing) {
		return missing, errors.Join(err, ctx.Err())
	}
	waiting, cancel := context.WithTimeout(ctx, most-most/brief)
	defer cancel()
	if !s.opts.Marks.wait(waiting, isWhole) && ctx.Err() == nil {
		s.vain.note(missing)
	}
	return missing, errors.Join(err, ctx.Err())
}
