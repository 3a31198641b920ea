package cluster

import (
	"crypto/tls"
	"errors"
	"net/http"
	"sync"
	"time"

	"k8s.io/client-go/rest"
)

// trusting is client-go's transport for a configuration, made anew when a server is not trusted and the file of the certificate
// authority has changed since. It is safe for concurrent use.
type trusting struct {
	config    *rest.Config
	authority renewableFile

	mu     sync.Mutex
	next   http.RoundTripper
	looked time.Time // when the file was looked at last
}

// lookAgain is how often the file is looked at where nothing is wrong: an authority may have been taken out of it.
const lookAgain = 5 * time.Minute

func newTrusting(config *rest.Config) (*trusting, error) {
	t := &trusting{config: config, authority: renewableFile{path: config.CAFile}, looked: time.Now()}
	if t.authority.renewed() {
		t.config = rest.CopyConfig(config)
		t.config.CAFile = "" // or client-go would look there too, and all requests would wait if it were a pipe by then
		t.config.CAData = t.authority.known
	}
	var err error
	t.next, err = rest.TransportFor(t.config)
	return t, err
}

// RoundTrip sends a request, once more where the server is trusted by now: nothing of it was sent to one that was not.
func (t *trusting) RoundTrip(req *http.Request) (*http.Response, error) {
	used := t.current()
	resp, err := used.RoundTrip(req)
	var distrust *tls.CertificateVerificationError
	if !errors.As(err, &distrust) {
		return resp, err
	}
	next := t.renew(used)
	if next == used || req.Body != nil && req.Body != http.NoBody {
		return resp, err
	}
	return next.RoundTrip(req)
}

// WrappedRoundTripper lets client-go find the connections below.
func (t *trusting) WrappedRoundTripper() http.RoundTripper {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next
}

// current gives the transport to use.
func (t *trusting) current() http.RoundTripper {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.looked) >= lookAgain {
		t.look()
	}
	return t.next
}

// renew gives the transport to use instead of one by which a server is not trusted: the same, where nothing is new.
func (t *trusting) renew(used http.RoundTripper) http.RoundTripper {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next == used {
		t.look()
	}
	return t.next
}

// look makes the transport anew if the file has changed. The lock is held.
func (t *trusting) look() {
	t.looked = time.Now()
	if !t.authority.renewed() {
		return
	}
	config := rest.CopyConfig(t.config)
	config.CAData = t.authority.known
	// What cannot be read is being written: it will have changed again.
	if next, err := rest.TransportFor(config); err == nil {
		t.next = next
	}
}
