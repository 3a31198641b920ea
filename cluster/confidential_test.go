package cluster

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestWhatIsConfidential(t *testing.T) {
	secrets, pods := schema.GroupVersionResource{Version: "v1", Resource: "secrets"}, schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	for path, want := range map[string]bool{
		ResourcePath(secrets, "", ""):                                true,
		ResourcePath(secrets, "shop", ""):                            true,
		ResourcePath(secrets, "shop", "db"):                          true,
		ResourcePath(pods, "secrets", "secrets"):                     false,
		ResourcePath(pods, "shop", "secrets"):                        false,
		"/api/v1/secretsandmore":                                     false,
		"/api/v1/namespaces/secrets":                                 false,
		"/apis/acme.io/v1/secrets":                                   false,
		"/apis/metrics.k8s.io/v1beta1/namespaces/api/v1/secrets/pod": false,
	} {
		if got := isConfidential(path); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
}

// Secrets come over HTTP/1.1 and uncompressed, all else as before; both only read.
func TestSecretsComeOverConnectionsOfTheirOwn(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "HTTP/%d %q", r.ProtoMajor, r.Header.Get("Accept-Encoding"))
	})
	t.Cleanup(c.confidential.CloseIdleConnections)
	for path, want := range map[string]string{"/api/v1/secrets": `HTTP/1 ""`, "/api/v1/pods": `HTTP/2 "gzip"`} {
		resp, err := c.Get(t.Context(), path, nil, "application/json")
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		if string(got) != want || err != nil {
			t.Errorf("%s was asked for with %s (%v), want %s", path, got, err, want)
		}
		resp.Body.Close()
	}
	if _, ok := c.confidential.Transport.(*readOnly); !ok {
		t.Errorf("the outermost transport is a %T", c.confidential.Transport)
	}
}

// glass is a connection through which all memory can be seen that is read into.
type glass struct {
	net.Conn
	seen *[][]byte
}

func (g glass) Read(p []byte) (int, error) {
	n, err := g.Conn.Read(p)
	*g.seen = append(*g.seen, p[:cap(p)])
	return n, err
}

// gathering is a connection that keeps what is written while it is on: records that come to the other end at once.
type gathering struct {
	net.Conn
	on   bool
	text []byte
}

func (g *gathering) Write(p []byte) (int, error) {
	if !g.on {
		return g.Conn.Write(p)
	}
	g.text = append(g.text, p...)
	return len(p), nil
}

// What TLS decrypted is gone when it waits for more, also where several records came at once and where they differ in size.
func TestDecryptedMemoryIsWiped(t *testing.T) {
	t.Run("direct", func(t *testing.T) { checkWiping(t, "") })
	t.Run("behind a proxy", func(t *testing.T) { checkWiping(t, "HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n") })
}

// checkWiping reads records that come after what a proxy says.
func checkWiping(t *testing.T, proxy string) {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	near, far := net.Pipe()
	var seen [][]byte
	wiping := &erasing{breakable: breakable{Conn: glass{near, &seen}}, life: newLifeline()}
	conn := tls.Client(wiping, &tls.Config{InsecureSkipVerify: true})
	gathered := &gathering{Conn: far}
	peer := tls.Server(gathered, server.TLS)
	sent := make(chan error, 1)
	go func() {
		if proxy != "" { // nobody reads nothing
			if _, err := io.WriteString(far, proxy); err != nil {
				sent <- err
				return
			}
		}
		err := peer.Handshake()
		gathered.on = true
		for _, size := range []int{100, 40_000, 10, 17_000} {
			_, written := fmt.Fprintf(peer, "%0*d hunter2 ", size, 0)
			err = errors.Join(err, written)
		}
		_, flushed := far.Write(gathered.text)
		gathered.on = false
		sent <- errors.Join(err, flushed, peer.Close())
	}()
	if _, err := io.ReadFull(wiping, make([]byte, len(proxy))); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil || bytes.Count(got, []byte("hunter2")) != 4 {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	_ = near.Close() // what is not read would not be sent
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if len(seen) == 0 || slices.ContainsFunc(seen, func(p []byte) bool { return bytes.Contains(p, []byte("hunter2")) }) {
		t.Error("what was decrypted is still there")
	}
	_ = conn.Close()
}

// HTTP/1.1 asks for no sign of life: its connections end when the last of the others dies, but not when that is closed because nobody
// needs it.
func TestConfidentialConnectionsEndWithTheOthers(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	life := newLifeline()
	open := func(dial func() (net.Conn, error)) net.Conn {
		conn, err := dial()
		if err != nil {
			t.Fatal(err)
		}
		accepted, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = conn.Close(), accepted.Close() })
		return conn
	}
	address := listener.Addr().String()
	other := func() (net.Conn, error) { return life.dial(t.Context(), "tcp", address) }
	first, second := open(other), open(other)
	secret := open(func() (net.Conn, error) { return life.dialConfidential(t.Context(), "tcp", address) })
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = secret.Read(make([]byte, 1))
	}()
	_, _ = first.Close(), first.Close()
	select {
	case <-ended:
		t.Fatal("ended with the first of two")
	default:
	}
	_ = second.Close()
	select {
	case <-ended:
		t.Fatal("ended with one that was heard of a moment ago")
	default:
	}
	third := open(other)
	third.(*tied).opened = time.Now().Add(-pingAfter - pingTimeout)
	_ = third.Close()
	<-ended
	_ = secret.Close()
	if len(life.confidential) > 0 {
		t.Error("it is not forgotten")
	}
}

// A connection that is closed because nobody needs it is no sign of a dead network: what is being read of Secrets goes on.
func TestReadingOfSecretsOutlivesConnectionsThatNobodyNeeds(t *testing.T) {
	rest := make(chan struct{})
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "begin ")
		if isConfidential(r.URL.Path) {
			w.(http.Flusher).Flush()
			<-rest
			_, _ = io.WriteString(w, "end")
		}
	})
	t.Cleanup(c.closeIdle)
	secrets, err := c.Get(t.Context(), "/api/v1/secrets", nil, "application/json")
	if err != nil {
		close(rest)
		t.Fatal(err)
	}
	defer secrets.Body.Close()
	pods, err := c.Get(t.Context(), "/api/v1/pods", nil, "application/json")
	if err != nil {
		close(rest)
		t.Fatal(err)
	}
	_, _ = io.ReadAll(pods.Body)
	_ = pods.Body.Close()
	eventually(t, "the other connection is closed", func() bool {
		c.closeIdle()
		c.life.mu.Lock()
		defer c.life.mu.Unlock()
		return len(c.life.others) == 0
	})
	close(rest)
	if got, err := io.ReadAll(secrets.Body); err != nil || string(got) != "begin end" {
		t.Errorf("read %q, %v", got, err)
	}
}

// A login in the server's address is used, but is in no address that is shown or logged.
func TestLoginIsTakenOutOfTheAddress(t *testing.T) {
	var login string
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		login = user + " " + password + r.Header.Get("Authorization")[:6]
	}))
	defer server.Close()
	address := strings.Replace(server.URL, "://", "://somebody:hunter2@", 1)
	for _, c := range []struct{ user, want string }{{"{}", "somebody hunter2Basic "}, {"{token: t0ken}", " Bearer"}} {
		kubeconfig := strings.Replace(kubeconfigFor(address), "{token: t0ken}", c.user, 1)
		cluster, err := Open(writeKubeconfig(t, kubeconfig), "", Options{})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := cluster.Get(t.Context(), "/version", nil, "application/json")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		cluster.http.CloseIdleConnections()
		if login != c.want || strings.Contains(cluster.server.String(), "hunter2") {
			t.Errorf("logged in with %q at %s, want %q", login, cluster.server, c.want)
		}
	}
}
