package faults

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Request is one that came through a Proxy.
type Request struct {
	At   time.Time
	Path string
	// Query holds the query's parameters.
	Query url.Values
	// Watch tells that it asked for a stream.
	Watch bool
	// Client is the address that its connection was opened from.
	Client string
}

// Proxy stands between dogwatch and an API server, on loopback, and breaks what passes as a test says: connections (see
// network) and answers (see Fault). It ends TLS towards the client and speaks HTTP/2 to both sides, as load balancers do.
// Its methods may be called from any goroutine.
type Proxy struct {
	*network
	tb      testing.TB
	server  *httptest.Server
	target  *url.URL
	backend http.RoundTripper

	mu       sync.Mutex
	fault    func(*http.Request) *Fault
	requests []Request
	streams  map[int]context.CancelFunc
	next     int
}

// NewProxy starts a proxy in front of a server, until the end of the test. The configuration must verify the server; its
// login is not used: each request keeps its own. change may change how it serves.
func NewProxy(tb testing.TB, server *rest.Config, change ...func(*httptest.Server)) *Proxy {
	tb.Helper()
	anonymous := rest.AnonymousClientConfig(server)
	backend, err := rest.TransportFor(anonymous)
	if err != nil {
		tb.Fatal(err)
	}
	target, err := url.Parse(server.Host)
	if err != nil {
		tb.Fatal(err)
	}
	n, err := listen()
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{network: n, tb: tb, target: target, backend: backend, streams: map[int]context.CancelFunc{}}
	p.server = &httptest.Server{
		Listener: n, EnableHTTP2: true,
		Config: &http.Server{Handler: p, ErrorLog: log.New(io.Discard, "", 0)},
	}
	for _, f := range change {
		f(p.server)
	}
	p.server.StartTLS()
	tb.Cleanup(p.stop)
	return p
}

// stop ends the proxy. No request is waited for that would not end.
func (p *Proxy) stop() {
	p.SetFault(nil)
	p.endAll()
	_ = p.Close()
	p.cut()
	p.server.Close()
}

// Kubeconfig writes a kubeconfig that reaches the server through the proxy, with this token.
func (p *Proxy) Kubeconfig(token string, change ...func(*clientcmdapi.Cluster)) string {
	p.tb.Helper()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.server.Certificate().Raw})
	cluster := &clientcmdapi.Cluster{Server: "https://" + p.addr, CertificateAuthorityData: authority}
	for _, f := range change {
		f(cluster)
	}
	config := clientcmdapi.NewConfig()
	config.Clusters["proxy"] = cluster
	config.AuthInfos["user"] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts["faulty"] = &clientcmdapi.Context{Cluster: "proxy", AuthInfo: "user"}
	config.CurrentContext = "faulty"
	path := filepath.Join(p.tb.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		p.tb.Fatal(err)
	}
	return path
}

// SetFault asks hook for the fault of each request from now on; nil from the hook, or no hook, is none. The hook is called
// from many goroutines.
func (p *Proxy) SetFault(hook func(*http.Request) *Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = hook
}

// EndStreams breaks off the answers that are under way, on connections that live on.
func (p *Proxy) EndStreams() { p.endAll() }

func (p *Proxy) endAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, end := range p.streams {
		end()
	}
}

// Requests are those that came since a moment, in order.
func (p *Proxy) Requests(from time.Time) []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.requests, func(r Request) bool { return !r.At.Before(from) })
	if i < 0 {
		return nil
	}
	return slices.Clone(p.requests[i:])
}

// ServeHTTP passes a request on, and breaks its answer.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, end := context.WithCancel(r.Context())
	defer end()
	fault, forget := p.admit(r, end)
	defer forget()
	if fault == nil {
		fault = &Fault{}
	}
	r = r.WithContext(ctx)
	if fault.Change != nil {
		fault.Change(r)
	}
	if fault.answer(w) {
		return
	}
	if fault.reads() {
		r.Header.Set("Accept-Encoding", "identity")
	}
	resp, err := p.ask(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	if err := fault.pass(ctx, w, resp); err != nil {
		panic(http.ErrAbortHandler) // net/http's way to break an answer off
	}
}

func (p *Proxy) admit(r *http.Request, end context.CancelFunc) (fault *Fault, forget func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	query := r.URL.Query()
	p.requests = append(p.requests, Request{time.Now(), r.URL.Path, query, query.Get("watch") == "true", r.RemoteAddr})
	key := p.next
	p.next++
	p.streams[key] = end
	if p.fault != nil {
		fault = p.fault(r)
	}
	return fault, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.streams, key)
	}
}

func (p *Proxy) ask(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.RequestURI = ""
	out.URL.Scheme, out.URL.Host, out.Host = p.target.Scheme, p.target.Host, ""
	if out.Header.Get("Accept-Encoding") == "" {
		out.Header.Set("Accept-Encoding", "identity") // or the transport would unpack
	}
	resp, err := p.backend.RoundTrip(out)
	if err != nil {
		return nil, fmt.Errorf("the proxy asks the server: %w", err)
	}
	return resp, nil
}
