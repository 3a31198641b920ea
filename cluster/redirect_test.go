package cluster

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// Whatever a server says, nothing is sent to another, and nothing to itself that does more than read.
func TestRedirectionsLeadToNoOtherServerAndNoWrite(t *testing.T) {
	var elsewhere, writes atomic.Int32
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	var target atomic.Value
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.URL.Path != whoAmIPath || strings.HasSuffix(r.URL.Path, "/exec") {
			writes.Add(1)
		}
		// With this status a POST is repeated as a POST.
		http.Redirect(w, r, target.Load().(string), http.StatusTemporaryRedirect)
	})
	t.Cleanup(c.closeIdle)
	withoutTLS := strings.Replace(c.server.String(), "https://", "http://", 1)
	for _, to := range []string{
		other.URL + "/api/v1/pods", "//" + other.Listener.Addr().String() + "/api/v1/pods", withoutTLS + "/api/v1/pods",
		"/api/v1/namespaces/a/pods/web/exec", "/api/v1/namespaces/a/pods/web/%65xec",
	} {
		target.Store(to)
		for _, path := range []string{"/api/v1/pods", "/api/v1/secrets"} {
			if resp, err := c.Get(t.Context(), path, nil, "application/json"); err == nil {
				_ = resp.Body.Close()
				t.Errorf("%s leads to %s", path, to)
			}
		}
	}
	for _, to := range []string{other.URL + whoAmIPath, "/api/v1/namespaces/a/pods"} {
		target.Store(to)
		if err := c.post(t.Context(), whoAmIPath, struct{}{}, &struct{}{}); err == nil {
			t.Errorf("a review leads to %s", to)
		} else if strings.HasPrefix(to, "/") && !errors.Is(err, ErrReadOnly) {
			t.Errorf("a review that leads to %s: %v", to, err)
		}
	}
	if elsewhere.Load() > 0 || writes.Load() > 0 {
		t.Errorf("%d requests went to another server, %d did more than read", elsewhere.Load(), writes.Load())
	}
}
