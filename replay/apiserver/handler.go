package apiserver

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/version"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

const contentJSON = "application/json"

// Handler serves the API without TLS and connections of its own, also before Start. After Close it answers 503.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// call is one request on its way through the server.
type call struct {
	*Server
	w      http.ResponseWriter
	r      *http.Request
	store  *store.Store // as it was when the request came
	target target
	user   string
	fault  Fault
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if !s.begin() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	defer s.handlers.Done()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()

	c := &call{Server: s, w: w, r: r.WithContext(ctx), store: s.Store(), target: route(r), fault: s.faults.of(r)}
	s.ledger.record(r, c.target)
	if !c.fault.hold(ctx) {
		return
	}
	if c.fault.CutAfter > 0 {
		c.w = &cutWriter{ResponseWriter: w, left: c.fault.CutAfter}
	}
	if c.fault.answer(c.w) {
		return
	}
	c.w.Header().Set("Cache-Control", "no-cache, private")
	c.w.Header().Set("Date", s.opts.Now().UTC().Format(http.TimeFormat)) // clients set their clocks by it
	if err := c.dispatch(); err != nil {
		writeStatus(c.w, statusOf(err))
	}
}

// begin counts a request, unless the server is closing.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.handlers.Add(1)
	return true
}

// dispatch answers the request, or gives the error to answer with.
func (c *call) dispatch() error {
	if err := c.authenticate(); err != nil {
		return err
	}
	if c.r.Method == http.MethodPost && isReview(c.target) {
		return c.serveReview()
	}
	if c.r.Method != http.MethodGet {
		return notAllowed(fmt.Sprintf("the server does not allow this method on the requested resource: %s", c.opts.ReadOnlyMessage))
	}
	if c.target.isResource() {
		return c.serveResource()
	}
	return c.serveDocument()
}

// authenticate finds out who asks: by token, and as whom, for those who impersonate.
func (c *call) authenticate() error {
	c.user = c.opts.User
	token, _ := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	user, known := c.opts.Users[token]
	switch {
	case known:
		c.user = user
	case subtle.ConstantTimeCompare([]byte(token), []byte(c.token)) == 0: // where none is required, none is to be given
		return unauthorized()
	}
	if as := c.r.Header.Get("Impersonate-User"); as != "" {
		c.user = as
	}
	return nil
}

// serveResource checks what every read of objects must pass.
func (c *call) serveResource() error {
	t := c.target
	if c.store.Down(t.resource.GroupVersion()) {
		return c.unavailable()
	}
	if !c.opts.Policy(c.user, t.verb, t.resource, t.namespace) {
		return forbidden(c.user, t)
	}
	def, err := c.store.Type(t.resource)
	if err != nil {
		return c.unknown()
	}
	if t.subresource != "" {
		return noSubresource(t, c.opts.ReadOnlyMessage)
	}
	if t.namespace != "" && !def.Namespaced {
		return notServed()
	}
	if t.name != "" && t.namespace == "" && def.Namespaced {
		return notServed()
	}
	if t.verb == "watch" && def.Allows("list") && !def.Allows("watch") {
		return apierrors.NewMethodNotSupported(t.resource.GroupResource(), t.verb)
	}
	if !def.Allows(t.verb) {
		return notAllowed("the server does not allow this method on the requested resource")
	}
	form, err := c.negotiate(def)
	if err != nil {
		return err
	}
	switch t.verb {
	case "get":
		return c.serveGet(form)
	case "watch":
		return c.serveWatch(form)
	}
	return c.serveList(form)
}

// unavailable answers as the aggregator does for an API whose server is down.
func (c *call) unavailable() error {
	http.Error(c.w, "service unavailable", http.StatusServiceUnavailable)
	return nil
}

// serveDocument serves what has no resource in its path.
func (c *call) serveDocument() error {
	if len(c.target.parts) == 0 {
		return c.unknown()
	}
	switch c.target.parts[0] {
	case "version":
		return c.writeJSON(http.StatusOK, c.version())
	case "healthz", "livez", "readyz":
		c.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = c.w.Write([]byte("ok"))
		return nil
	case "api", "apis":
		return c.serveDiscovery()
	case "openapi":
		return c.serveOpenAPI()
	}
	return c.unknown()
}

// unknown answers a path that leads nowhere: in words of its own in a group that is served, else as any web server.
func (c *call) unknown() error {
	group, api := c.target.group()
	for _, t := range c.store.Types() {
		if api && t.Resource.Group == group {
			return notServed()
		}
	}
	http.Error(c.w, "404 page not found", http.StatusNotFound)
	return nil
}

func (c *call) version() version.Info {
	major, rest, _ := strings.Cut(strings.TrimPrefix(c.opts.Version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	return version.Info{
		Major: major, Minor: minor, GitVersion: c.opts.Version, GitTreeState: "clean",
		Compiler: "gc", Platform: "linux/amd64",
	}
}

func (c *call) writeJSON(code int, document any) error {
	return c.writeJSONAs(code, contentJSON, document)
}

func (c *call) writeJSONAs(code int, contentType string, document any) error {
	body, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("encoding %T: %w", document, err)
	}
	c.w.Header().Set("Content-Type", contentType)
	c.w.WriteHeader(code)
	_, _ = c.w.Write(append(body, '\n')) // a client that has gone needs no answer
	return nil
}
