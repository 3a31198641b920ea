package informers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// get asks for rows of the session's objects.
func (s *session) get(query url.Values) (*countingBody, error) {
	query.Set("includeObject", string(metav1.IncludeObject))
	setUnlessEmpty(query, "labelSelector", s.watch.id.LabelSelector)
	setUnlessEmpty(query, "fieldSelector", s.watch.id.FieldSelector)
	setUnlessEmpty(query, "shardSelector", s.watch.id.ShardSelector)
	return s.ask(query, accept)
}

// ask asks for the session's collection.
func (s *session) ask(query url.Values, accept string) (*countingBody, error) {
	ctx, cancel := context.WithCancelCause(s.ctx)
	resp, err := s.answer(ctx, cancel, query, accept)
	if err != nil {
		cancel(err)
		return nil, err
	}
	if kind := resp.Header.Get("Content-Type"); kind != "" && !strings.HasPrefix(kind, "application/json") {
		resp.Body.Close()
		cancel(nil)
		return nil, fmt.Errorf("the server answered with %s instead of JSON", kind)
	}
	body := &countingBody{ReadCloser: resp.Body, watch: s.watch, ctx: ctx, cancel: cancel, term: resp.Term}
	body.move()
	return body, nil
}

// answer waits for the headers of an answer, but not for ever: a request of a
// first list keeps others from theirs. Between two streams nothing tells that
// what is shown is the present: soon it counts as stale.
func (s *session) answer(ctx context.Context, cancel context.CancelCauseFunc, query url.Values, accept string) (*Response, error) {
	opts := s.watch.opts
	timer, soon := opts.Clock.NewTimer(opts.AnswerPatience), opts.Clock.NewTimer(opts.StreamPatience)
	defer timer.Stop()
	defer soon.Stop()
	answered := make(chan struct{})
	var waiting sync.WaitGroup
	waiting.Go(func() {
		defer utilruntime.HandleCrash()
		for {
			select {
			case <-soon.C():
				s.show((*Watch).showStale)
			case <-timer.C():
				cancel(errNoAnswer)
				return
			case <-answered:
				return
			}
		}
	})
	resp, err := s.watch.cluster.getter.Get(ctx, s.path, query, accept)
	close(answered)
	waiting.Wait()
	if !errors.Is(context.Cause(ctx), errNoAnswer) {
		return resp, err
	}
	if err == nil {
		resp.Body.Close()
	}
	return nil, errNoAnswer
}

func setUnlessEmpty(query url.Values, key, value string) {
	if value != "" {
		query.Set(key, value)
	}
}

// countingBody counts the bytes that are read, and ends its request when it is
// closed.
type countingBody struct {
	io.ReadCloser
	watch *Watch
	// moved is when bytes came last, in Unix nanoseconds.
	moved atomic.Int64
	// ctx is that of the request.
	ctx    context.Context
	cancel context.CancelCauseFunc
	term   time.Duration // as in Response
}

func (b *countingBody) Close() error {
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}

func (b *countingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.watch.count.bytes.Add(uint64(n))
	b.move()
	return n, err
}

func (b *countingBody) move() { b.moved.Store(b.watch.opts.Clock.Now().UnixNano()) }

// unlessStill ends the request for a reason if no bytes came for so long: an object may come in slowly. It tells when to look
// again.
func (b *countingBody) unlessStill(now time.Time, patience time.Duration, cause error) time.Duration {
	if b == nil {
		return patience
	}
	if still := now.Sub(time.Unix(0, b.moved.Load())); still < patience {
		return patience - still
	}
	b.cancel(cause)
	return patience
}

// failure is why reading failed: what ended the request, if something did.
func (b *countingBody) failure(err error) error {
	if cause := context.Cause(b.ctx); err != nil && errors.Is(cause, errNoAnswer) {
		return cause
	}
	return err
}

// retry does op until it succeeds, the session ends, or the error is one that
// the caller acts on. Meanwhile the state tells of the error and the next try.
func (s *session) retry(verb string, op func() error, final func(error) bool) error {
	for s.ctx.Err() == nil {
		err := op()
		switch {
		case err == nil:
			return nil
		case s.ctx.Err() != nil:
			return s.ctx.Err()
		case final(err):
			return err
		case isNotServed(err):
			s.finish(endGone, err)
			return err
		}
		s.watch.backoff.asked(err)
		s.pause(verb, err, s.watch.backoff.next(s.watch.opts.Clock.Now(), err))
	}
	return s.ctx.Err()
}

// pause waits before the next try, or until the session ends.
func (s *session) pause(verb string, err error, d time.Duration) {
	s.leaveGate()
	s.show(func(w *Watch) { w.showFailure(verb, err, d) })
	s.watch.wait(s.ctx, d)
}

// isNotServed tells whether a whole collection is unknown to the server. A 404
// from something else on the way has another reason.
func isNotServed(err error) bool {
	return apierrors.ReasonForError(err) == metav1.StatusReasonNotFound
}

// isExpired tells whether the server no longer, or not yet, knows the resource
// version that a watch was to go on from.
func isExpired(err error) bool {
	return apierrors.IsResourceExpired(err) || apierrors.IsGone(err) ||
		apierrors.HasStatusCause(err, metav1.CauseTypeResourceVersionTooLarge)
}

// isRefused tells whether asking the same again is of no use.
func isRefused(err error) bool {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || isNotServed(err) || apierrors.IsUnauthorized(err) ||
		apierrors.IsTooManyRequests(err) || apierrors.IsTimeout(err) {
		return false
	}
	code := status.Status().Code
	return code >= 400 && code < 500 && code != 408
}

// root is the cause of an error that wraps one: the rest says where it happened.
func root(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// reason says an error in words, the cause first: lines are cut at their end.
func reason(err error) string {
	switch {
	case err == nil:
		return ""
	case apierrors.IsUnauthorized(err):
		return "not logged in, or the login has expired"
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Addr != nil {
		return fmt.Sprintf("%v (%s %s)", root(op), op.Op, op.Addr)
	}
	text := err.Error()
	var status apierrors.APIStatus
	if cause := root(err).Error(); !errors.As(err, &status) {
		if where, ok := strings.CutSuffix(text, ": "+cause); ok {
			text = cause + " (" + where + ")"
		}
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
