package cluster

import (
	"crypto/tls"
	"errors"
	"net/http"
	"sync"

	"k8s.io/client-go/rest"
)

// trusting is client-go's transport for a configuration, made anew when a server is not trusted and the file of the certificate
// authority has changed since: client-go looks there every five minutes only. It is safe for concurrent use.
type trusting struct {
	config    *rest.Config
	authority renewableFile

	mu   sync.Mutex
	next http.RoundTripper
}

func newTrusting(config *rest.Config) (*trusting, error) {
	t := &trusting{config: config, authority: renewableFile{path: config.CAFile}}
	t.authority.renewed() // remembers what is there now
	var err error
	t.next, err = rest.TransportFor(config)
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
func (t *trusting) WrappedRoundTripper() http.RoundTripper { return t.current() }

func (t *trusting) current() http.RoundTripper {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.next
}

// renew gives the transport to use instead of one by which a server is not trusted: the same, where nothing is new.
func (t *trusting) renew(used http.RoundTripper) http.RoundTripper {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next != used || !t.authority.renewed() {
		return t.next
	}
	// What cannot be read is being written: it will have changed again.
	if next, err := rest.TransportFor(t.config); err == nil {
		t.next = next
	}
	return t.next
}
