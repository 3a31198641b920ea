package cluster

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// writeKubeconfig writes a kubeconfig and returns the flags that name it.
func writeKubeconfig(t *testing.T, content string) *Flags {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := NewFlags()
	flags.Kubeconfig = file
	return flags
}

// kubeconfigFor is a kubeconfig whose current context "test" leads to server.
func kubeconfigFor(server string) string {
	return `apiVersion: v1
kind: Config
current-context: test
contexts:
- {name: test, context: {cluster: test, user: tester, namespace: team}}
clusters:
- {name: test, cluster: {server: "` + server + `", insecure-skip-tls-verify: true}}
users:
- {name: tester, user: {token: t0ken}}
`
}

// serve starts a TLS server and opens a Cluster on it.
func serve(t *testing.T, handler http.HandlerFunc) *Cluster {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	c, err := Open(writeKubeconfig(t, kubeconfigFor(server.URL)), "", Options{UserAgent: "test/1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}
