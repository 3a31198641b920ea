package cluster

import (
	"net"
	"net/http"
	"net/http/httptest"
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
	c.ping(t.Context(), time.Now())
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
	c.life.mute.Store(false)
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
	life.mute.Store(true)
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
