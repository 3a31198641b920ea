package cluster

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

// A token's file is looked at again as soon as the server refuses the token.
func TestRenewedTokenFileIsReadAfterARefusal(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer second" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	server.StartTLS()
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "token")
	write := func(token string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("first")
	c, err := Open(writeKubeconfig(t, fmt.Sprintf(`
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: %q, insecure-skip-tls-verify: true}}]
users: [{name: u, user: {tokenFile: %q}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`, server.URL, file)), "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.http.CloseIdleConnections)
	get := func() error {
		resp, err := c.Get(t.Context(), "/api", nil, "application/json")
		if err == nil {
			err = resp.Body.Close()
		}
		return err
	}
	if get() == nil {
		t.Fatal("the first token was taken")
	}
	write("second")
	_ = get() // a token that was read with the request which it failed is tried once more
	if err := get(); err != nil {
		t.Errorf("with a renewed token: %v", err)
	}
}
