package cluster

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/rest"
)

// isConfidential tells whether answers for a path hold values of Secrets. They
// come over connections of their own, which leave nothing of them in memory.
func isConfidential(path string) bool {
	for _, begin := range []string{"/api/v1/secrets", "/api/v1/namespaces/"} {
		rest, ok := strings.CutPrefix(path, begin)
		if !ok {
			continue
		}
		if begin == "/api/v1/namespaces/" {
			_, rest, _ = strings.Cut(rest, "/")
			rest, ok = strings.CutPrefix(rest, "secrets")
		}
		if ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// newConfidentialClient makes the client for what is confidential. HTTP/2 keeps
// what it has received in buffers that it shares between all streams, a
// decompressor keeps a window of it: HTTP/1.1 hands a large read through to the
// connection, but for what it buffers to read headers.
func newConfidentialClient(config *rest.Config, server *url.URL, clock *serverClock, life *lifeline) (*http.Client, error) {
	var ofSecrets terms
	ofSecrets.mute.Store(true)
	config = withConnections(config, life.dialConfidential, &ofSecrets, func(t *http.Transport) { t.ReadBufferSize = smallestBuffer })
	config.NextProtos = []string{"http/1.1"}
	config.DisableCompression = true
	rt, err := newTrusting(config)
	if err != nil {
		return nil, fmt.Errorf("making the transport for Secrets: %w", err)
	}
	return &http.Client{
		Transport:     &readOnly{server: server, next: &clockTransport{next: rt, clock: clock}},
		CheckRedirect: followWithin(server),
	}, nil
}

// smallestBuffer is the smallest that a connection can have: what it holds of an
// answer's body is less than a value's worth.
const smallestBuffer = 16

// lifeline ties the confidential connections of a cluster to the others, which
// HTTP/2 asks for signs of life: when the last of these dies, so do they. Where
// there are none we ask (pulse.go). It is safe for concurrent use.
type lifeline struct {
	// terms are those of the others.
	terms terms

	mu           sync.Mutex
	others       map[*tied]struct{}
	confidential map[*erasing]struct{}
}

func newLifeline() *lifeline {
	return &lifeline{others: map[*tied]struct{}{}, confidential: map[*erasing]struct{}{}}
}

// breakAll ends all connections for a reason. Requests from then on open new ones.
func (l *lifeline) breakAll(why breakReason) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.others {
		conn.end(why)
	}
	for conn := range l.confidential {
		conn.end(why)
	}
}

// dial opens a connection for what is not confidential.
func (l *lifeline) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := newDialer().DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &tied{breakable: breakable{Conn: conn, opened: time.Now()}, life: l}
	l.others[c] = struct{}{}
	return c, nil
}

func (l *lifeline) otherEnded(c *tied) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.others, c)
	if len(l.others) > 0 || l.terms.mute.Load() || !c.dead() {
		return
	}
	for conn := range l.confidential {
		conn.end(noSignOfLife)
	}
}

// tied is a connection that says when it ends.
type tied struct {
	breakable
	life *lifeline
}

// deadAfter is longer than a connection that lives is silent, and shorter than
// one that is closed for want of an answer. One that nobody needs any more is
// closed before.
const deadAfter = pingAfter + pingTimeout/2

func (c *tied) dead() bool { return c.quietSince(time.Now().Add(-deadAfter)) }

func (c *tied) Close() error {
	defer c.life.otherEnded(c)
	return c.Conn.Close()
}

// newDialer makes connections of which the other end's kernel is asked for signs of life.
func newDialer() *net.Dialer {
	const probes = 2
	return &net.Dialer{Timeout: dialTimeout, KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: pingAfter, Interval: pingTimeout / probes, Count: probes,
	}}
}

// dialConfidential opens a connection for what is confidential.
func (l *lifeline) dialConfidential(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := newDialer().DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &erasing{breakable: breakable{Conn: conn, opened: time.Now()}, life: l}
	l.confidential[c] = struct{}{}
	return c, nil
}

// erasing is a connection that wipes the memory which it is given to read into
// before it waits for something to read: crypto/tls decrypts in that memory, and
// keeps it as it is until more comes. It gives one TLS record at a time: with the
// begin of the next in it the memory would be given in part only. What a proxy
// says in the clear, before TLS begins, is no record.
type erasing struct {
	breakable
	life *lifeline

	header [recordHeader]byte
	known  int // bytes of the header that were read
	left   int // bytes of the record that are to come
}

// recordHeader is the length of a TLS record's header: type, version, length.
const recordHeader = 5

func (c *erasing) Read(p []byte) (int, error) {
	clear(p)
	if c.left > 0 {
		n, err := c.breakable.Read(p[:min(len(p), c.left)])
		c.left -= n
		return n, err
	}
	n, err := c.breakable.Read(p[:min(len(p), recordHeader-c.known)])
	c.known += copy(c.header[c.known:], p[:n])
	if c.known > 0 && !startsRecord(c.header[0]) {
		c.known = 0
	}
	if c.known == recordHeader {
		c.known, c.left = 0, int(binary.BigEndian.Uint16(c.header[3:]))
	}
	return n, err
}

// startsRecord tells whether a byte is a type of TLS records: none of them is one
// that HTTP begins or goes on with.
func startsRecord(b byte) bool {
	const changeCipherSpec, applicationData = 20, 23
	return changeCipherSpec <= b && b <= applicationData
}

func (c *erasing) Close() error {
	c.life.mu.Lock()
	delete(c.life.confidential, c)
	c.life.mu.Unlock()
	return c.Conn.Close()
}
