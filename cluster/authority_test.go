package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// selfSigned makes a certificate for the loopback, which is its own authority.
func selfSigned(t *testing.T) (certificate tls.Certificate, authority []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// A cluster whose certificate authority was replaced is trusted as soon as the file says so, by the request that finds it out.
func TestAuthorityThatChangesInItsFileIsTrusted(t *testing.T) {
	var mu sync.Mutex
	first, firstAuthority := selfSigned(t)
	second, secondAuthority := selfSigned(t)
	shown := first
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }))
	server.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		mu.Lock()
		defer mu.Unlock()
		return &tls.Config{Certificates: []tls.Certificate{shown}, NextProtos: []string{"h2", "http/1.1"}}, nil
	}}
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	file := filepath.Join(t.TempDir(), "ca.crt")
	write := func(authority []byte) {
		if err := os.WriteFile(file, authority, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(firstAuthority)
	kubeconfig := strings.Replace(kubeconfigFor(server.URL), "insecure-skip-tls-verify: true", "certificate-authority: "+file, 1)
	c, err := Open(writeKubeconfig(t, kubeconfig), "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.closeIdle()
	get := func(path string) error {
		resp, err := c.Get(t.Context(), path, nil, "application/json")
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	const secrets = "/api/v1/secrets" // over connections of their own
	for _, path := range []string{"/version", secrets} {
		if err := get(path); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	mu.Lock()
	shown = second
	mu.Unlock()
	c.life.breakAll(afterSleep)
	for _, half := range [][]byte{nil, {}, secondAuthority[:40]} { // not written yet, or in part
		if half != nil {
			write(half)
		}
		for _, path := range []string{"/version", secrets} {
			if err := get(path); err == nil {
				t.Errorf("%s: a server of another authority is trusted", path)
			}
		}
	}
	write(secondAuthority)
	var asking sync.WaitGroup
	for _, path := range []string{"/version", secrets, "/version", secrets} {
		asking.Go(func() {
			if err := get(path); err != nil {
				t.Errorf("%s, with the new authority in the file: %v", path, err)
			}
		})
	}
	asking.Wait()
}
