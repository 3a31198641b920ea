package cluster

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
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

// What a file of the login has become while the program runs holds nobody up: a pipe would be waited for without end.
func TestFilesOfTheLoginThatBecomePipesHoldNobodyUp(t *testing.T) {
	certificate, authority := selfSigned(t)
	var refuses atomic.Bool
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if refuses.Load() {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	t.Cleanup(server.Close)
	dir := t.TempDir()
	token, ca := filepath.Join(dir, "token"), filepath.Join(dir, "ca.crt")
	for file, content := range map[string][]byte{token: []byte("t0ken"), ca: authority} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Open(writeKubeconfig(t, fmt.Sprintf(`
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: %q, certificate-authority: %q}}]
users: [{name: u, user: {tokenFile: %q}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`, server.URL, ca, token)), "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.closeIdle)
	answered := make(chan error)
	get := func() {
		resp, err := c.Get(t.Context(), "/api", nil, "application/json")
		if err == nil {
			err = resp.Body.Close()
		}
		answered <- err
	}
	go get()
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{token, ca} {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	refuses.Store(true)
	var last error
	for range 3 { // the token that was refused is forgotten, and its file read
		go get()
		select {
		case last = <-answered:
		case <-time.After(time.Minute):
			_ = os.WriteFile(token, []byte("late"), 0o600) // somebody must, or it waits for ever
			t.Fatal("it waits for who writes to the pipe")
		}
	}
	if last == nil || !strings.Contains(last.Error(), "token file") || !strings.Contains(last.Error(), "is a pipe") {
		t.Errorf("it says: %v", last)
	}
}
