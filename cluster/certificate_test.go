package cluster

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

func TestRenewedFileIsSeenOnce(t *testing.T) {
	t.Parallel()
	f := renewableFile{path: filepath.Join(t.TempDir(), "client.crt")}
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(f.path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, step := range []struct {
		content string
		want    bool
	}{{"first", true}, {"first", false}, {"second", true}, {"second", false}} {
		write(step.content)
		if got := f.renewed(); got != step.want {
			t.Errorf("step %d: %v", i, got)
		}
	}
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
	if f.renewed() {
		t.Error("a file that is gone counts as renewed")
	}
	if none := (&renewableFile{}); none.renewed() {
		t.Error("what is no file is a new one")
	}
}

// A login that was refused is tried over new connections when its file has changed, and once more when client-go has forgotten what it
// read before.
func TestRefusedCertificateIsLookedAtTwice(t *testing.T) {
	t.Parallel()
	c := clientCertificate{renewableFile: renewableFile{path: filepath.Join(t.TempDir(), "client.crt"), known: []byte("first")}}
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(c.path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("first")
	now := time.Unix(1_800_000_000, 0)
	for i, step := range []struct {
		after   time.Duration
		content string
		want    bool
	}{
		{0, "first", false},
		{time.Hour, "first", false},
		{0, "second", true},
		{certificateLife / 2, "second", false}, // what it reads now is what it read before
		{certificateLife, "second", true},
		{time.Hour, "second", false},
	} {
		write(step.content)
		now = now.Add(step.after)
		if got := c.refused(now); got != step.want {
			t.Errorf("step %d: %v", i, got)
		}
	}
}

// guests is a server that takes no client certificate but one, as one whose authority signs for a short time.
type guests struct {
	*httptest.Server
	mu    sync.Mutex
	guest []byte
}

func (g *guests) admit(guest []byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.guest = guest
}

func newGuests(t *testing.T) *guests {
	t.Helper()
	g := &guests{}
	g.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if string(r.TLS.PeerCertificates[0].Raw) != string(g.guest) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte("{}"))
	}))
	g.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	g.EnableHTTP2 = true
	g.Config.ErrorLog = log.New(io.Discard, "", 0)
	g.StartTLS()
	t.Cleanup(g.Close)
	return g
}

// writeLogin writes a new client certificate and its key, and returns it as the server sees it.
func writeLogin(t *testing.T, dir string) []byte {
	t.Helper()
	certificate, text := selfSigned(t)
	key, err := x509.MarshalECPrivateKey(certificate.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"client.crt": text, "client.key": pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: key}),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate.Certificate[0]
}

// A client certificate that is renewed in its file is used, though the connections of the one before live: of all types, and of Secrets.
func TestClientCertificateThatIsRenewedIsUsed(t *testing.T) {
	t.Parallel()
	server, dir := newGuests(t), t.TempDir()
	server.admit(writeLogin(t, dir))
	login := "{client-certificate: " + filepath.Join(dir, "client.crt") + ", client-key: " + filepath.Join(dir, "client.key") + "}"
	c, err := Open(writeKubeconfig(t, strings.Replace(kubeconfigFor(server.URL), "{token: t0ken}", login, 1)), "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.closeIdle()
	get := func(path string) error {
		resp, err := c.Get(t.Context(), path, nil, "application/json")
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		return err
	}
	for _, path := range []string{"/api/v1/pods", "/api/v1/secrets"} {
		if err := get(path); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	for range 2 { // not the first time only
		server.admit(nil)
		for _, path := range []string{"/api/v1/pods", "/api/v1/secrets"} {
			if err := get(path); !apierrors.IsUnauthorized(errors.Unwrap(err)) && !apierrors.IsUnauthorized(err) {
				t.Fatalf("%s with a certificate that is no longer good: %v", path, err)
			}
		}
		server.admit(writeLogin(t, dir))
		for _, path := range []string{"/api/v1/pods", "/api/v1/secrets"} {
			eventually(t, path+" with the new certificate", func() bool { return get(path) == nil })
		}
	}
}
