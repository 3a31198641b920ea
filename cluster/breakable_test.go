package cluster

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Whoever loses a connection because we ended it is told why, whatever was spoken on it.
func TestBrokenConnectionsSayWhy(t *testing.T) {
	t.Parallel()
	for name, http2 := range map[string]bool{"HTTP/2": true, "HTTP/1.1": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			held := make(chan struct{})
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.(http.Flusher).Flush() // a watch that brings nothing
				<-held
			}))
			server.EnableHTTP2 = http2
			server.TLS = &tls.Config{}
			server.StartTLS()
			defer server.Close()
			defer close(held)
			c, err := Open(writeKubeconfig(t, kubeconfigFor(server.URL)), "", Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer c.closeIdle()
			for _, path := range []string{"/api/v1/pods", "/api/v1/secrets"} {
				stream, err := c.Get(t.Context(), path, nil, "application/json")
				if err != nil {
					t.Fatal(err)
				}
				c.life.breakAll(afterSleep)
				_, err = io.ReadAll(stream.Body)
				_ = stream.Body.Close()
				var op *net.OpError
				if !errors.Is(err, afterSleep) || !errors.As(err, &op) || op.Addr == nil {
					t.Errorf("%s: %v", path, err)
				}
				if got := Explain(err).Summary; got != afterSleep.Error() {
					t.Errorf("%s: explained as %q", path, got)
				}
			}
		})
	}
}
