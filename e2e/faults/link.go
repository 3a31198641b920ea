package faults

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// network is a listener whose connections break as a test says, below TLS. It survives its own closing: a refused
// address can be listened on again.
type network struct {
	addr string

	mu       sync.Mutex
	listener net.Listener // nil while connections are refused
	opened   chan struct{}
	closed   bool
	links    map[*link]struct{}
	dead     bool          // packets of new connections are swallowed
	still    chan struct{} // closed when bytes flow; nil if they do
	pace     int           // bytes a second towards the client, 0 is no limit
}

func listen() (*network, error) {
	n := &network{addr: "127.0.0.1:0", opened: make(chan struct{}), links: map[*link]struct{}{}}
	if err := n.open(); err != nil {
		return nil, err
	}
	n.addr = n.listener.Addr().String()
	return n, nil
}

// open listens, again if connections were refused.
func (n *network) open() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listener != nil || n.closed {
		return nil
	}
	l, err := net.Listen("tcp", n.addr)
	if err != nil {
		return fmt.Errorf("listening for the proxy: %w", err)
	}
	n.listener = l
	close(n.opened)
	return nil
}

// refuse cuts all connections and refuses new ones.
func (n *network) refuse() {
	n.mu.Lock()
	if n.listener != nil {
		_ = n.listener.Close()
		n.listener, n.opened = nil, make(chan struct{})
	}
	n.mu.Unlock()
	n.cut()
}

// cut resets all connections.
func (n *network) cut() {
	for _, l := range n.all() {
		if tcp, ok := l.Conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // RST instead of FIN
		}
		_ = l.Close()
	}
}

// swallow lets all packets vanish, those of new connections too, without a word to either side. Connections that lost some
// stay silent when it is over, as behind a router that has forgotten them.
func (n *network) swallow(on bool) {
	n.loseNew(on)
	if on {
		for _, l := range n.all() {
			l.kill()
		}
	}
}

// lose lets all packets of one connection vanish, which a client has opened from this address, while others live on. What its
// kernel sends is acknowledged, as by a middlebox.
func (n *network) lose(client string) {
	for _, l := range n.all() {
		if l.RemoteAddr().String() == client {
			l.kill()
		}
	}
}

// loseNew lets the packets of new connections vanish, and no more; those that are there live on.
func (n *network) loseNew(on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dead = on
}

// hold keeps all bytes back, and lets them flow again.
func (n *network) hold(on bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case on && n.still == nil:
		n.still = make(chan struct{})
	case !on && n.still != nil:
		close(n.still)
		n.still = nil
	}
}

// throttle limits the bytes that each connection gets in a second; 0 is no limit.
func (n *network) throttle(bytes int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pace = bytes
}

func (n *network) all() []*link {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []*link
	for l := range n.links {
		all = append(all, l)
	}
	return all
}

// Accept waits for a connection, also while they are refused.
func (n *network) Accept() (net.Conn, error) {
	for {
		n.mu.Lock()
		listener, opened, closed := n.listener, n.opened, n.closed
		n.mu.Unlock()
		if closed {
			return nil, net.ErrClosed
		}
		if listener == nil {
			<-opened
			continue
		}
		conn, err := listener.Accept()
		switch {
		case err == nil:
			return n.link(conn), nil
		case !errors.Is(err, net.ErrClosed):
			return nil, err
		}
	}
}

func (n *network) link(conn net.Conn) *link {
	l := &link{Conn: conn, network: n, killed: make(chan struct{}), ended: make(chan struct{})}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.links[l] = struct{}{}
	if n.dead {
		l.kill()
	}
	return l
}

// Close ends the listener for good.
func (n *network) Close() error {
	n.hold(false)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil
	}
	n.closed = true
	if n.listener == nil {
		close(n.opened)
		return nil
	}
	return n.listener.Close()
}

// Addr is where the proxy listens.
func (n *network) Addr() net.Addr {
	addr, _ := net.ResolveTCPAddr("tcp", n.addr)
	return addr
}

// settings are what happens to bytes now.
func (n *network) settings() (still chan struct{}, pace int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.still, n.pace
}

// link is one connection of a client's.
type link struct {
	net.Conn
	network         *network
	killed, ended   chan struct{}
	killing, ending sync.Once
}

func (l *link) kill() { l.killing.Do(func() { close(l.killed) }) }

// Read gives what the client sends, unless it is swallowed.
func (l *link) Read(p []byte) (int, error) {
	for {
		n, err := l.Conn.Read(p)
		if err != nil {
			return n, err
		}
		if !l.wait() {
			return 0, io.EOF
		}
		select {
		case <-l.killed: // the client's kernel gets its acknowledgements; nobody reads
		default:
			return n, nil
		}
	}
}

// Write sends to the client, at the network's pace.
func (l *link) Write(p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		if !l.wait() {
			return sent, net.ErrClosed
		}
		select {
		case <-l.killed:
			return len(p), nil
		default:
		}
		portion := p[sent:]
		if _, pace := l.network.settings(); pace > 0 {
			portion = portion[:min(len(portion), max(pace/10, 1))]
			if !l.sleep(time.Duration(len(portion)) * time.Second / time.Duration(pace)) {
				return sent, net.ErrClosed
			}
		}
		n, err := l.Conn.Write(portion)
		sent += n
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// wait waits while bytes are held back. It is false when the connection was closed meanwhile.
func (l *link) wait() bool {
	still, _ := l.network.settings()
	if still == nil {
		return true
	}
	select {
	case <-still:
		return true
	case <-l.ended:
		return false
	}
}

func (l *link) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.ended:
		return false
	}
}

// Close ends the connection.
func (l *link) Close() error {
	l.ending.Do(func() { close(l.ended) })
	l.network.mu.Lock()
	delete(l.network.links, l)
	l.network.mu.Unlock()
	return l.Conn.Close()
}
