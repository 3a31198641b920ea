package cluster

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A server of HTTP/1.1 only is asked for signs of life where nothing else is heard of it, and given up when it gives none.
func TestPulseIsFeltWhereConnectionsAreMute(t *testing.T) {
	held := make(chan struct{})
	asked := make(chan string, 10)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		if r.URL.Path == "/apis" { // a watch that brings nothing
			w.(http.Flusher).Flush()
			<-held
		}
	}))
	defer server.Close()
	defer close(held)
	c, err := Open(writeKubeconfig(t, kubeconfigFor(server.URL)), "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.closeIdle()
	stream, err := c.Get(t.Context(), "/apis", nil, "application/json")
	if err != nil {
		t.Fatal(err)
	}
	<-asked
	later := time.Now().Add(2 * pingAfter)
	if !c.life.isQuiet(later) || c.life.isQuiet(time.Now().Add(-pingAfter)) {
		t.Error("silence is not heard as it is")
	}
	c.ping(t.Context(), pingTimeout)
	if path := <-asked; path != "/version" {
		t.Errorf("asked for %s", path)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = stream.Body.Read(make([]byte, 1))
	}()
	select {
	case <-ended:
		t.Fatal("the connection was ended though the server lives")
	default:
	}
	c.life.terms.mute.Store(false)
	if c.life.isQuiet(later) {
		t.Error("HTTP/2 asks for signs of life by itself")
	}
	c.life.breakAll(noSignOfLife)
	<-ended
	_ = stream.Body.Close()
}

// A connection that is being opened has said nothing yet, which is no sign of life.
func TestOpeningAConnectionIsNoSignOfLife(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	life := newLifeline()
	life.terms.mute.Store(true)
	before := time.Now()
	conn, err := life.dial(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if life.heardSince(before) || life.isQuiet(before) || !life.isQuiet(time.Now().Add(time.Second)) {
		t.Error("a connection that was just opened counts as heard of, or as quiet before it was there")
	}
}

// vanishing is a way to a server that loses all packets from some moment on, while it goes on to accept connections.
func vanishing(t *testing.T, server *httptest.Server) (address string, vanish func()) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var relays sync.WaitGroup
	var lost atomic.Bool
	relay := func(to, from net.Conn) {
		defer relays.Done()
		buffer := make([]byte, 1<<14)
		for {
			n, err := from.Read(buffer)
			if err != nil {
				_ = to.Close()
				return
			}
			if !lost.Load() {
				_, _ = to.Write(buffer[:n])
			}
		}
	}
	relays.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				_ = near.Close()
				continue
			}
			relays.Add(2)
			go relay(near, far)
			go relay(far, near)
		}
	})
	t.Cleanup(func() { _ = listener.Close(); relays.Wait() })
	return "https://" + listener.Addr().String(), func() { lost.Store(true) }
}

// Who watches Secrets alone has no connection that HTTP/2 asks for signs of life: then we ask.
func TestPulseIsFeltForSecretsAlone(t *testing.T) {
	held := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isConfidential(r.URL.Path) { // a watch that brings nothing
			w.(http.Flusher).Flush()
			<-held
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	defer close(held)
	address, vanish := vanishing(t, server)
	c, err := Open(writeKubeconfig(t, kubeconfigFor(address)), "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.closeIdle()
	stream, err := c.Get(t.Context(), "/api/v1/secrets", nil, "application/json")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	later := time.Now().Add(2 * pingAfter)
	if !c.life.isQuiet(later) || c.life.isQuiet(time.Now().Add(-pingAfter)) {
		t.Error("silence is not heard as it is")
	}
	ended := make(chan error, 1)
	go func() {
		_, err := stream.Body.Read(make([]byte, 1))
		ended <- err
	}()
	c.ping(t.Context(), pingTimeout)
	if c.life.isQuiet(later) {
		t.Error("it is asked for signs of life beside a connection that HTTP/2 looks after")
	}
	eventually(t, "that connection is closed", func() bool { c.closeIdle(); return c.life.isQuiet(later) })
	select {
	case err := <-ended:
		t.Fatalf("the connection was ended though the server lives: %v", err)
	default:
	}
	vanish()
	c.ping(t.Context(), 100*time.Millisecond)
	if err := <-ended; err == nil || !strings.Contains(err.Error(), noSignOfLife.Error()) {
		t.Errorf("it ended with %v", err)
	}
}

// slowLogin is a login plugin that takes its time before a request is sent.
type slowLogin struct {
	next    http.RoundTripper
	done    chan struct{}
	waiting chan struct{}
}

func (l *slowLogin) RoundTrip(req *http.Request) (*http.Response, error) {
	close(l.waiting)
	select {
	case <-l.done:
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	return l.next.RoundTrip(req)
}

// What a login plugin takes is not the server's silence: it breaks nothing that is well.
func TestPulseDoesNotCountTheLogin(t *testing.T) {
	over := make(chan struct{})
	c := serve(t, func(http.ResponseWriter, *http.Request) { <-over })
	defer close(over)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := c.life.dialConfidential(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	login := &slowLogin{c.http.Transport, make(chan struct{}), make(chan struct{})}
	c.http.Transport = login
	const patience = 10 * time.Millisecond
	ended := make(chan struct{})
	go func() { defer close(ended); c.ping(t.Context(), patience) }()
	<-login.waiting
	select {
	case <-ended:
		t.Error("it did not wait for the login")
	case <-time.After(5 * patience):
	}
	if conn.(*erasing).why.Load() != nil {
		t.Error("the connection was broken before the server was asked")
	}
	close(login.done)
	<-ended
	c.http.Transport = login.next
	eventually(t, "a server that does not answer after the login to be given up", func() bool {
		c.ping(t.Context(), patience) // it may be heard of while the connection is made
		return conn.(*erasing).why.Load() != nil
	})
}
