package cluster

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

const (
	// A stream over HTTP/1.1 is asked to end after so many seconds: at random, or those that began together would end together.
	shortestTerm, longestTerm = 10, 15
	// overdueAfter is how long such a stream may be silent.
	overdueAfter = longestTerm*time.Second + pingTimeout
	// mostOverdue is how often a server may leave a stream open, before it is believed not to know of terms.
	mostOverdue = 2
)

// termed gives streams over HTTP/1.1 a short term. Nothing is said there between two events, and who asks over another connection
// hears nothing of this one; HTTP/2 has pings for that. The server ends a stream when its term is over, and the next one comes over
// the same connection, which so costs a request. Where no end comes the connection is dead. It is the innermost transport: no login
// plugin is waited for here.
type termed struct {
	next  http.RoundTripper
	terms *terms
}

// terms is what is known of how a server keeps terms. It is safe for concurrent use.
type terms struct {
	// mute tells that the connections speak HTTP/1.1.
	mute atomic.Bool
	// kept tells that the server has ended a stream in time, overdue counts those that it did not.
	kept    atomic.Bool
	overdue atomic.Int32
	// doubts is what is known of how long it takes to answer what is no stream.
	doubts doubts
}

// RoundTrip sends a request.
func (t *termed) RoundTrip(req *http.Request) (*http.Response, error) {
	query := req.URL.Query()
	if !isWatch(query) {
		return t.ask(req)
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	term := t.terms.shorten(query)
	if term > 0 {
		req = req.Clone(ctx)
		req.URL.RawQuery = query.Encode()
	} else {
		req = req.WithContext(ctx)
	}
	if t.terms.mute.Load() {
		late := time.AfterFunc(overdueAfter, func() { cancel(noSignOfLife) })
		defer late.Stop()
	}
	resp, err := t.next.RoundTrip(req)
	t.terms.note(resp)
	if err != nil {
		if cause := context.Cause(ctx); errors.Is(cause, noSignOfLife) {
			err = cause
		}
		cancel(nil)
		return nil, err
	}
	resp.Body = &termedBody{ReadCloser: resp.Body, cancel: cancel, terms: t.terms, mute: resp.ProtoMajor < 2, term: term, opened: time.Now()}
	return resp, nil
}

// WrappedRoundTripper lets client-go find the connections below.
func (t *termed) WrappedRoundTripper() http.RoundTripper { return t.next }

func (t *terms) note(resp *http.Response) {
	if resp != nil {
		t.mute.Store(resp.ProtoMajor < 2)
	}
}

// shorten has a stream end soon, and gives the term that it asks for; 0 where there is to be none: a list that is streamed must not
// be cut off.
func (t *terms) shorten(query url.Values) time.Duration {
	if !t.mute.Load() || query.Get("sendInitialEvents") == "true" {
		return 0
	}
	seconds := shortestTerm + rand.IntN(longestTerm-shortestTerm+1)
	if asked, err := strconv.Atoi(query.Get("timeoutSeconds")); err == nil {
		seconds = min(seconds, asked)
	}
	query.Set("timeoutSeconds", strconv.Itoa(seconds))
	return time.Duration(seconds) * time.Second
}

// termOf is the term that an answer was asked for with, 0 if none.
func termOf(resp *http.Response) time.Duration {
	if resp.Request == nil {
		return 0
	}
	seconds, _ := strconv.Atoi(resp.Request.URL.Query().Get("timeoutSeconds"))
	return time.Duration(seconds) * time.Second
}

// termedBody is a stream that is silent no longer than it may be.
type termedBody struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
	terms  *terms
	mute   bool
	term   time.Duration // 0 if it was given none
	opened time.Time
	why    atomic.Pointer[error]
}

// Read reads as the stream does. One over HTTP/1.1 that has no term ends when it falls silent, as if it had had one: the next has.
func (b *termedBody) Read(p []byte) (int, error) {
	if !b.mute {
		return b.ReadCloser.Read(p)
	}
	patience, why := pingAfter, io.EOF
	if b.term > 0 {
		patience, why = overdueAfter, noSignOfLife
	}
	silent := time.AfterFunc(patience, func() {
		defer utilruntime.HandleCrash()
		b.giveUp(why)
	})
	n, err := b.ReadCloser.Read(p)
	silent.Stop()
	switch why := b.why.Load(); {
	case err != nil && why != nil:
		err = *why
	case errors.Is(err, io.EOF) && b.term > 0 && time.Since(b.opened) >= b.term-time.Second:
		b.terms.kept.Store(true)
	}
	return n, err
}

// giveUp ends the stream for a reason, unless the server has shown that it lets streams go on as long as it likes.
func (b *termedBody) giveUp(why error) {
	if b.term > 0 && !b.terms.kept.Load() && b.terms.overdue.Add(1) > mostOverdue {
		return
	}
	b.why.Store(&why)
	b.cancel(why)
}

// Close ends the stream.
func (b *termedBody) Close() error {
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}
