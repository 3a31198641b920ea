package sinks_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/stream/sinks"
)

// encrypted is a server that asks for a certificate, and files with the one that it and who asks have.
func encrypted(t *testing.T, handler http.Handler) (address *url.URL, files sinks.TLSFiles) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
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

// A server whose certificate is signed by an authority of one's own, and which asks for one, takes events only with the files that say so.
func TestServersThatAskForACertificate(t *testing.T) {
	to, files := encrypted(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, c := range []struct {
		files sinks.TLSFiles
		takes int
	}{
		{files, 2}, {sinks.TLSFiles{Certificate: files.Certificate, Key: files.Key}, 0}, {sinks.TLSFiles{Authorities: files.Authorities}, 0},
	} {
		config, err := c.files.Config()
		if err != nil {
			t.Fatal(err)
		}
		h := sinks.NewHTTP(to, sinks.HTTPOptions{Format: stream.JSON(), TLS: config})
		if n, err := h.Send(t.Context(), messages(0, 2)); n != c.takes || (err == nil) != (c.takes > 0) {
			t.Errorf("with %+v %d are taken, %v", c.files, n, err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
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
