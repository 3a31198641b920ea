package brokers

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
)

// Road leads connections on to a server, which may change.
type Road struct {
	listener net.Listener
	wrap     func(net.Conn) net.Conn
	mu       sync.Mutex
	to       string
}

// NewRoad makes a road that leads nowhere yet, until the end of the test. Connections to the server are wrapped, unless wrap is nil.
func NewRoad(t *testing.T, wrap func(net.Conn) net.Conn) *Road {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &Road{listener: listener, wrap: wrap}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { r.carry(t.Context(), conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		all.Wait()
	})
	return r
}

// Address is where the road begins.
func (r *Road) Address() string { return r.listener.Addr().String() }

// Lead has new connections led to a server.
func (r *Road) Lead(to string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to = to
}

func (r *Road) carry(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	r.mu.Lock()
	to := r.to
	r.mu.Unlock()
	server, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer server.Close()
	defer context.AfterFunc(ctx, func() { _, _ = conn.Close(), server.Close() })()
	if r.wrap != nil {
		server = r.wrap(server)
	}
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(conn, server)
		_ = conn.Close()
	})
	_, _ = io.Copy(server, conn)
	_, _ = conn.Close(), server.Close()
	back.Wait()
}
