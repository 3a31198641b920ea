package cluster

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// doubtAgain is after what time a request that was given up on counts no more.
const doubtAgain = 5 * time.Minute

// doubts tells whether a silent server is dead or slow, where nothing but its answer can tell: over HTTP/1.1, before an answer that is
// no stream, or within it. It is given up on twice, so that it is asked anew over another connection; who is as silent there is slow,
// and is waited for. It is safe for concurrent use.
type doubts struct {
	mu    sync.Mutex
	paths map[string]*doubt // those that were silent
}

// doubt is what is known of one path.
type doubt struct {
	slow  bool // an answer came so late
	given int  // how often it was given up on lately
	last  time.Time
}

// giveUp tells whether to give up on a path that is silent, and counts it.
func (d *doubts) giveUp(path string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.of(path)
	if time.Since(p.last) > doubtAgain {
		p.given = 0
	}
	if p.slow || p.given == mostOverdue {
		return false
	}
	p.given, p.last = p.given+1, time.Now()
	return true
}

// believe notes that an answer came after all.
func (d *doubts) believe(path string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.of(path).slow = true
}

// of is what is known of a path. The lock is held.
func (d *doubts) of(path string) *doubt {
	if d.paths == nil {
		d.paths = map[string]*doubt{}
	}
	if d.paths[path] == nil {
		d.paths[path] = &doubt{}
	}
	return d.paths[path]
}

// ask sends a request for what is no stream.
func (t *termed) ask(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	b := &doubtedBody{ctx: ctx, cancel: cancel, terms: t.terms, path: req.URL.Path}
	var resp *http.Response
	err := b.wait(func() (err error) {
		resp, err = t.next.RoundTrip(req.WithContext(ctx))
		return err
	})
	t.terms.note(resp)
	if err != nil {
		cancel(nil)
		return nil, err
	}
	b.ReadCloser, resp.Body = resp.Body, b
	return resp, nil
}

// doubtedBody is an answer that is silent no longer than it may be.
type doubtedBody struct {
	io.ReadCloser
	ctx    context.Context // of the request
	cancel context.CancelCauseFunc
	terms  *terms
	path   string
}

// wait does what brings something of the answer.
func (b *doubtedBody) wait(read func() error) error {
	if !b.terms.mute.Load() {
		return read()
	}
	silent := time.AfterFunc(overdueAfter, func() {
		defer utilruntime.HandleCrash()
		if b.terms.doubts.giveUp(b.path) {
			b.cancel(noSignOfLife)
		}
	})
	err := read()
	came := err == nil || errors.Is(err, io.EOF)
	if !silent.Stop() && came {
		b.terms.doubts.believe(b.path)
	}
	if cause := context.Cause(b.ctx); !came && errors.Is(cause, noSignOfLife) {
		return cause
	}
	return err
}

// Read reads as the answer does.
func (b *doubtedBody) Read(p []byte) (n int, err error) {
	err = b.wait(func() (err error) {
		n, err = b.ReadCloser.Read(p)
		return err
	})
	return n, err
}

// Close ends the answer.
func (b *doubtedBody) Close() error {
	defer b.cancel(nil)
	return b.ReadCloser.Close()
}
