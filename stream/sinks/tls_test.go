package sinks_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/stream/sinks"
)

// encrypted is a server that asks for a certificate, and files with the one that it and who asks have.
func encrypted(t *testing.T, handler http.Handler) (address *url.URL, files sinks.TLSFiles) {
	t.Helper()
	return encryptedBy(t, handler)
}

// encryptedBy is encrypted with a certificate other than that of net/http/httptest.
func encryptedBy(t *testing.T, handler http.Handler, with ...tls.Certificate) (address *url.URL, files sinks.TLSFiles) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, Certificates: with}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of those who are not let in
	server.StartTLS()
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certificate := filepath.Join(dir, "certificate")
	files = sinks.TLSFiles{Authorities: certificate, Certificate: certificate, Key: filepath.Join(dir, "key")}
	for path, block := range map[string]*pem.Block{
		certificate: {Type: "CERTIFICATE", Bytes: server.Certificate().Raw},
		files.Key:   {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return address, files
}

// ownCertificate makes a certificate.
func ownCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour)}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}

// A server whose certificate is signed by an authority of one's own, and which asks for one, takes events only with the files that say so.
func TestServersThatAskForACertificate(t *testing.T) {
	to, files := encrypted(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, c := range []struct {
		files sinks.TLSFiles
		takes int
	}{
		{files, 2}, {sinks.TLSFiles{Certificate: files.Certificate, Key: files.Key}, 0}, {sinks.TLSFiles{Authorities: files.Authorities}, 0},
	} {
		h := sinks.NewHTTP(to, sinks.HTTPOptions{Format: stream.JSON(), TLS: c.files.Config})
		if n, err := h.Send(t.Context(), messages(0, 2)); n != c.takes || (err == nil) != (c.takes > 0) {
			t.Errorf("with %+v %d are taken, %v", c.files, n, err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Files are renewed while it runs: with those that are right by now a connection succeeds that failed before, and the next one has the certificate that is there then.
func TestFilesOfTLSAreReadAgain(t *testing.T) {
	var asked [][]byte
	to, files := encrypted(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = append(asked, r.TLS.PeerCertificates[0].Raw) }))
	_, others := encryptedBy(t, nil, ownCertificate(t))
	good, err := os.ReadFile(files.Authorities)
	if err != nil {
		t.Fatal(err)
	}
	copyTo := func(path, from string) {
		t.Helper()
		content, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(path, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	authorities := filepath.Join(t.TempDir(), "authorities")
	copyTo(authorities, others.Certificate)
	files.Authorities = authorities
	h := sinks.NewHTTP(to, sinks.HTTPOptions{Format: stream.JSON(), TLS: files.Config})
	defer h.Close()
	if n, err := h.Send(t.Context(), messages(0, 1)); n != 0 || err == nil {
		t.Errorf("of a server that nobody knows %d are taken, %v", n, err)
	}
	if err := os.Remove(authorities); err != nil {
		t.Fatal(err)
	}
	if n, err := h.Send(t.Context(), messages(0, 1)); n != 0 || err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("without authorities %d are taken, %v", n, err)
	}
	if err := os.WriteFile(authorities, good, 0o600); err != nil {
		t.Fatal(err)
	}
	send := func() {
		t.Helper()
		if n, err := h.Send(t.Context(), messages(0, 1)); n != 1 || err != nil {
			t.Errorf("%d are taken, %v", n, err)
		}
	}
	send()
	copyTo(files.Certificate, others.Certificate)
	copyTo(files.Key, others.Key)
	send()
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	send()
	if len(asked) != 3 || !bytes.Equal(asked[0], asked[1]) || bytes.Equal(asked[1], asked[2]) {
		t.Errorf("it was asked with %x", asked)
	}
}

// A pipe would hold up all connections.
func TestFilesOfTLSAreNoPipes(t *testing.T) {
	if _, err := (sinks.TLSFiles{Authorities: os.DevNull}).Config(); err == nil || !strings.Contains(err.Error(), "expected a regular file") {
		t.Errorf("it says %v", err)
	}
}

func TestFilesOfTLSThatMakeNoSense(t *testing.T) {
	if config, err := (sinks.TLSFiles{}).Config(); config != nil || err != nil {
		t.Errorf("nothing is %v, %v", config, err)
	}
	_, files := encrypted(t, nil)
	for said, f := range map[string]sinks.TLSFiles{
		"go together":             {Certificate: files.Certificate},
		"no such file":            {Authorities: files.Authorities + ".x"},
		"holds no certificate":    {Authorities: files.Key},
		"reading the certificate": {Certificate: files.Key, Key: files.Key},
	} {
		if _, err := f.Config(); err == nil || !strings.Contains(err.Error(), said) {
			t.Errorf("%+v: %v", f, err)
		}
	}
}
