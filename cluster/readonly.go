package cluster

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// ErrReadOnly is what every refused request's error is (errors.Is).
var ErrReadOnly = errors.New("dogwatch only reads")

// readOnly refuses every request that could change something. It is the
// outermost transport, so nothing that the program sends goes around it.
type readOnly struct {
	next http.RoundTripper
	// server is the API server's base URL; requests to any other are refused.
	server *url.URL
}

func (t *readOnly) RoundTrip(req *http.Request) (*http.Response, error) {
	if why := t.refusal(req); why != "" {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, fmt.Errorf("%w: refused %s %s: %s", ErrReadOnly, req.Method, req.URL.Path, why)
	}
	return t.next.RoundTrip(req)
}

// WrappedRoundTripper lets client-go find the connections below.
func (t *readOnly) WrappedRoundTripper() http.RoundTripper { return t.next }

// refusal says why a request must not be sent, or "".
func (t *readOnly) refusal(req *http.Request) string {
	switch {
	case req.URL.Scheme != t.server.Scheme || req.URL.Host != t.server.Host:
		return "it goes to another server"
	case !plainPath(req.URL):
		return "its path is ambiguous"
	case overridesMethod(req.Header):
		return "a header overrides its method"
	case req.Method == http.MethodGet:
		return refuseGet(req)
	case req.Method == http.MethodPost:
		return t.refusePost(req)
	}
	return "only GET is sent"
}

// plainPath says that a path means the same to every server and proxy on the
// way: no empty or dot segments, no slash or percent sign in disguise.
func plainPath(u *url.URL) bool {
	escaped := strings.ToLower(u.EscapedPath())
	if strings.Contains(escaped, "%2f") || strings.Contains(escaped, "%5c") || strings.Contains(escaped, "%25") {
		return false
	}
	if !strings.HasPrefix(u.Path, "/") || strings.ContainsAny(u.Path, "\\;") || strings.ContainsFunc(u.Path, isControl) {
		return false
	}
	segments := strings.Split(strings.TrimSuffix(u.Path[1:], "/"), "/")
	if len(segments) == 1 && segments[0] == "" {
		return true
	}
	return !slices.ContainsFunc(segments, func(s string) bool { return s == "" || s == "." || s == ".." })
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func overridesMethod(header http.Header) bool {
	return slices.ContainsFunc([]string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"}, func(name string) bool {
		return header.Get(name) != ""
	})
}

// refuseGet finds the GETs that do more than read: those that open a
// connection into a pod, node or service.
func refuseGet(req *http.Request) string {
	if req.Header.Get("Upgrade") != "" || strings.Contains(strings.ToLower(strings.Join(req.Header.Values("Connection"), ",")), "upgrade") {
		return "it upgrades the connection"
	}
	segments := strings.Split(strings.Trim(req.URL.Path, "/"), "/")
	for i, segment := range segments {
		// A server behind a proxy has a path before /api: look at every place where one may begin.
		rest := segments[i+1:]
		switch {
		case segment == "api" && len(rest) > 1:
			rest = rest[1:]
		case segment == "apis" && len(rest) > 2:
			rest = rest[2:]
		default:
			continue
		}
		if name := subresource(rest); name != "" && !slices.Contains([]string{"log", "scale", "status"}, name) {
			return "the subresource " + name + " may do more than read"
		}
	}
	return ""
}

// subresource returns the subresource that the path after the version names:
// [namespaces NS] RESOURCE NAME SUBRESOURCE...
func subresource(segments []string) string {
	if len(segments) > 2 && segments[0] == "namespaces" {
		segments = segments[2:]
	}
	if len(segments) < 3 {
		return ""
	}
	return segments[2]
}

// The paths of the questions "what may I do?" and "who am I?". They are
// POSTs, but store nothing.
const (
	accessReviewPath = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
	rulesReviewPath  = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
	whoAmIPath       = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
)

func (t *readOnly) refusePost(req *http.Request) string {
	path, ok := strings.CutPrefix(req.URL.EscapedPath(), strings.TrimSuffix(t.server.EscapedPath(), "/"))
	if !ok || !slices.Contains([]string{accessReviewPath, rulesReviewPath, whoAmIPath}, path) || req.URL.RawQuery != "" {
		return "only self-subject reviews are posted"
	}
	return ""
}
