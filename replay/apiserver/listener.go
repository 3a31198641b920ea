package apiserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// listener is a running http.Server and its connections.
type listener struct {
	http *http.Server
	addr net.Addr
	host string // host and port by which clients reach it
	ca   []byte
	done chan struct{} // closed when serving has ended

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	open  sync.WaitGroup
}

func listen(ctx context.Context, addr string, handler http.Handler) (*listener, error) {
	var config net.ListenConfig
	ln, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	names := namesOf(addr, ln.Addr())
	cert, ca, err := names.selfSigned()
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	l := &listener{addr: ln.Addr(), host: names.host, ca: ca, done: make(chan struct{}), conns: map[net.Conn]struct{}{}}
	l.http = &http.Server{
		Handler:           handler,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: 30 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // clients that go away are no news
		ConnState:         l.track,
	}
	go func() {
		defer close(l.done)
		defer utilruntime.HandleCrash()
		if err := l.http.ServeTLS(ln, "", ""); !errors.Is(err, http.ErrServerClosed) {
			l.drop() // without a listener there is nothing to go on for
		}
	}()
	return l, nil
}

// local tells that only this machine reaches it.
func (l *listener) local() bool {
	addr, ok := l.addr.(*net.TCPAddr)
	return ok && addr.IP.IsLoopback()
}

func (l *listener) track(conn net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch state {
	case http.StateNew:
		l.conns[conn] = struct{}{}
		l.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		if _, ok := l.conns[conn]; ok {
			delete(l.conns, conn)
			l.open.Done()
		}
	}
}

func (l *listener) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.conns {
		_ = conn.Close()
	}
}

func (l *listener) close() {
	_ = l.http.Close()
	<-l.done
	l.open.Wait()
}
