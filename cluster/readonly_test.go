package cluster

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// countingTransport answers everything and counts.
type countingTransport struct{ requests []*http.Request }

func (t *countingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	t.requests = append(t.requests, req)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: req}, nil
}

func TestReadOnlyDecides(t *testing.T) {
	const server = "https://k8s.example:6443"
	upgrade := http.Header{"Connection": {"keep-alive, Upgrade"}}
	tests := []struct {
		name, method, url string
		header            http.Header
		sent              bool
	}{
		{name: "list", method: "GET", url: "/api/v1/pods", sent: true},
		{name: "watch", method: "GET", url: "/api/v1/pods?watch=1", sent: true},
		{name: "root", method: "GET", url: "/", sent: true},
		{name: "version", method: "GET", url: "/version", sent: true},
		{name: "object", method: "GET", url: "/apis/apps/v1/namespaces/a/deployments/web", sent: true},
		{name: "trailing slash", method: "GET", url: "/api/v1/pods/", sent: true},
		{name: "name with a colon", method: "GET", url: "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node", sent: true},
		{name: "name with an escaped colon", method: "GET", url: "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode", sent: true},
		{name: "log", method: "GET", url: "/api/v1/namespaces/a/pods/web/log?follow=1", sent: true},
		{name: "status", method: "GET", url: "/apis/apps/v1/namespaces/a/deployments/web/status", sent: true},
		{name: "object called exec", method: "GET", url: "/api/v1/namespaces/a/pods/exec", sent: true},
		{name: "object called proxy", method: "GET", url: "/api/v1/nodes/proxy", sent: true},
		{name: "namespace called api", method: "GET", url: "/api/v1/namespaces/api/pods/web", sent: true},
		{name: "namespace called apis", method: "GET", url: "/apis/apps/v1/namespaces/apis/deployments/web", sent: true},
		{name: "as query parameter", method: "GET", url: "/api/v1/pods?fieldSelector=metadata.name%3Dx%2Fexec", sent: true},
		{name: "impersonation", method: "GET", url: "/api/v1/pods", header: http.Header{"Impersonate-User": {"jane"}}, sent: true},
		{name: "access review", method: "POST", url: accessReviewPath, sent: true},
		{name: "rules review", method: "POST", url: rulesReviewPath, sent: true},
		{name: "who am I", method: "POST", url: whoAmIPath, sent: true},

		{name: "HEAD", method: "HEAD", url: "/api/v1/pods"},
		{name: "PUT", method: "PUT", url: "/api/v1/namespaces/a/pods/web"},
		{name: "PATCH", method: "PATCH", url: "/api/v1/namespaces/a/pods/web"},
		{name: "DELETE", method: "DELETE", url: "/api/v1/namespaces/a/pods/web"},
		{name: "OPTIONS", method: "OPTIONS", url: "/api/v1/pods"},
		{name: "CONNECT", method: "CONNECT", url: "/api/v1/pods"},
		{name: "lower-case get", method: "get", url: "/api/v1/pods"},
		{name: "no method", method: "", url: "/api/v1/pods"},
		{name: "create", method: "POST", url: "/api/v1/namespaces/a/pods"},
		{name: "review of another", method: "POST", url: "/apis/authorization.k8s.io/v1/subjectaccessreviews"},
		{name: "review below", method: "POST", url: accessReviewPath + "/x"},
		{name: "review with slash", method: "POST", url: accessReviewPath + "/"},
		{name: "review with double slash", method: "POST", url: "/" + accessReviewPath},
		{name: "review escaped", method: "POST", url: "/apis/authorization%2Ek8s.io/v1/selfsubjectaccessreviews"},
		{name: "review with query", method: "POST", url: accessReviewPath + "?x=1"},
		{name: "review in disguise", method: "POST", url: "/api/v1/namespaces/a/pods/.." + accessReviewPath},
		{name: "review as suffix", method: "POST", url: "/evil" + accessReviewPath},
		{name: "exec", method: "GET", url: "/api/v1/namespaces/a/pods/web/exec?command=sh"},
		{name: "attach", method: "GET", url: "/api/v1/namespaces/a/pods/web/attach"},
		{name: "port-forward", method: "GET", url: "/api/v1/namespaces/a/pods/web/portforward"},
		{name: "pod proxy", method: "GET", url: "/api/v1/namespaces/a/pods/web/proxy/delete-all"},
		{name: "service proxy", method: "GET", url: "/api/v1/namespaces/a/services/https:web:443/proxy/"},
		{name: "node proxy", method: "GET", url: "/api/v1/nodes/n1/proxy/run/a/web/c"},
		{name: "unknown subresource", method: "GET", url: "/apis/subresources.kubevirt.io/v1/namespaces/a/virtualmachines/v/console"},
		{name: "exec behind a proxy's path", method: "GET", url: "/k8s/clusters/c1/api/v1/namespaces/a/pods/web/exec"},
		{name: "exec with double slash", method: "GET", url: "/api/v1/namespaces/a/pods//web/exec"},
		{name: "exec with escaped slash", method: "GET", url: "/api/v1/namespaces/a/pods/web%2Fexec"},
		{name: "exec with escaped letter", method: "GET", url: "/api/v1/namespaces/a/pods/web/%65xec"},
		{name: "exec escaped twice", method: "GET", url: "/api/v1/namespaces/a/pods/web%252Fexec"},
		{name: "exec with dots", method: "GET", url: "/api/v1/namespaces/a/pods/web/log/../exec"},
		{name: "exec with escaped dots", method: "GET", url: "/api/v1/namespaces/a/pods/web/log/%2e%2e/exec"},
		{name: "exec with backslash", method: "GET", url: "/api/v1/namespaces/a/pods/web%5cexec"},
		{name: "exec with semicolon", method: "GET", url: "/api/v1/namespaces/a/pods/web;/exec"},
		{name: "upgrade", method: "GET", url: "/api/v1/pods", header: upgrade},
		{name: "websocket", method: "GET", url: "/api/v1/pods?watch=1", header: http.Header{"Upgrade": {"websocket"}}},
		{name: "method override", method: "GET", url: "/api/v1/pods", header: http.Header{"X-Http-Method-Override": {"DELETE"}}},
		{name: "another server", method: "GET", url: "https://evil.example/api/v1/pods"},
		{name: "another port", method: "GET", url: "https://k8s.example/api/v1/pods"},
		{name: "without TLS", method: "GET", url: "http://k8s.example:6443/api/v1/pods"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			next := &countingTransport{}
			guard := &readOnly{next: next, server: mustParse(t, server)}
			target := test.url
			if strings.HasPrefix(target, "/") {
				target = server + target
			}
			req := &http.Request{Method: test.method, URL: mustParse(t, target), Header: test.header}
			if req.Header == nil {
				req.Header = http.Header{}
			}
			_, err := guard.RoundTrip(req)
			if sent := len(next.requests) == 1; sent != test.sent {
				t.Fatalf("sent = %v, want %v (error %v)", sent, test.sent, err)
			}
			if refused := errors.Is(err, ErrReadOnly); refused == test.sent {
				t.Errorf("error = %v", err)
			}
		})
	}
}

func TestReadOnlyKnowsTheServersPath(t *testing.T) {
	guard := &readOnly{next: &countingTransport{}, server: mustParse(t, "https://proxy.example/k8s/c1/")}
	for path, sent := range map[string]bool{
		"/k8s/c1" + accessReviewPath: true,
		accessReviewPath:             false,
		"/k8s/c2" + accessReviewPath: false,
	} {
		req := &http.Request{Method: http.MethodPost, URL: mustParse(t, "https://proxy.example"+path), Header: http.Header{}}
		if why := guard.refusal(req); (why == "") != sent {
			t.Errorf("%s: refusal = %q", path, why)
		}
	}
}

type closeRecorder struct {
	io.Reader
	closed bool
}

func (c *closeRecorder) Close() error { c.closed = true; return nil }

func TestReadOnlyClosesTheBodyOfARefusedRequest(t *testing.T) {
	body := &closeRecorder{Reader: strings.NewReader("x")}
	guard := &readOnly{next: &countingTransport{}, server: mustParse(t, "https://k")}
	_, err := guard.RoundTrip(&http.Request{Method: http.MethodPut, URL: mustParse(t, "https://k/api/v1/pods"), Header: http.Header{}, Body: body})
	if !errors.Is(err, ErrReadOnly) || !body.closed {
		t.Errorf("error = %v, body closed = %v", err, body.closed)
	}
}

func mustParse(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
