package mcp_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/mcp"
)

// pipes is a listener for connections in memory, which hold no byte that is not read.
type pipes struct {
	opened chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{opened: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.opened:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.opened <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// deaf is a client's connection from which nothing is read any more, from some time on.
type deaf struct {
	net.Conn
	isDeaf <-chan struct{}
	closed chan struct{}
	once   sync.Once
}

func (d *deaf) Read(p []byte) (int, error) {
	select {
	case <-d.isDeaf:
		<-d.closed
		return 0, net.ErrClosed
	default:
		return d.Conn.Read(p)
	}
}

func (d *deaf) Close() error {
	d.once.Do(func() { close(d.closed) })
	return d.Conn.Close()
}

// A client that reads no more does not hold up what others are told of.
func TestWhoDoesNotReadHoldsUpNobody(t *testing.T) {
	b := newBench(t, benchOptions{mcp: mcp.Options{UpdateEvery: time.Millisecond}})
	const address, uri = "http://127.0.0.1:1" + mcp.Path, "dogwatch://objects/pods"
	way := newPipes()
	b.serveAt(way)

	stop, mu, stopped := make(chan struct{}), sync.Mutex{}, false
	toDeaf := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		c, err := way.dial(ctx)
		mu.Lock()
		defer mu.Unlock()
		if err != nil || stopped { // it says in time that it goes
			return c, err
		}
		return &deaf{Conn: c, isDeaf: stop, closed: make(chan struct{})}, nil
	}}
	began := make(updates, 1000)
	gone, err := b.through(toDeaf, address, token, began.take)
	if err != nil {
		t.Fatal(err)
	}
	heard := make(updates, 1000)
	session, err := b.through(&http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return way.dial(ctx) }}, address, token, heard.take)
	if err != nil {
		t.Fatal(err)
	}
	b.subscribe(gone, uri)
	<-began
	b.subscribe(session, uri)
	mu.Lock()
	stopped = true
	close(stop)
	mu.Unlock()
	toDeaf.CloseIdleConnections()

	for n := range 4 { // the first is still read, and who is told first is not known
		name := fmt.Sprintf("new-%d", n)
		b.apply(pods, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"namespace":"shop","uid":%[1]q}}`, name))
		heard.until(b, session, uri, func(text string) bool { return strings.Contains(text, name) })
	}
	for _, s := range []interface{ Close() error }{session, gone} {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
