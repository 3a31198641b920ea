package cluster

import (
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// breakReason says in words why we ended connections ourselves.
type breakReason string

const (
	afterSleep   breakReason = "this machine slept, connections are made anew"
	newLogin     breakReason = "the client's certificate is a new one, connections are made anew"
	noSignOfLife breakReason = "the server gave no sign of life"
)

func (r breakReason) Error() string { return string(r) }

// breakable is a connection that we may end for a reason. Who reads or writes is told of that, and not that it is closed. It knows
// when something came over it.
type breakable struct {
	net.Conn
	opened time.Time
	heard  atomic.Int64 // when bytes came last, in Unix nanoseconds; 0 if none did
	why    atomic.Pointer[breakReason]
}

// quietSince tells whether nothing has come since a moment at which the connection was there.
func (b *breakable) quietSince(t time.Time) bool { return b.opened.Before(t) && !b.heardSince(t) }

func (b *breakable) heardSince(t time.Time) bool { return b.heard.Load() > t.UnixNano() }

// end closes the connection; the first reason counts.
func (b *breakable) end(why breakReason) {
	b.why.CompareAndSwap(nil, &why)
	_ = b.Close()
}

// Read reads as the connection does.
func (b *breakable) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	if n > 0 {
		b.heard.Store(time.Now().UnixNano())
	}
	return n, b.explained(err)
}

// Write writes as the connection does.
func (b *breakable) Write(p []byte) (int, error) {
	n, err := b.Conn.Write(p)
	return n, b.explained(err)
}

// explained is an error of the connection with the reason in it, if it came of that.
func (b *breakable) explained(err error) error {
	why := b.why.Load()
	var op *net.OpError
	if why == nil || !errors.Is(err, net.ErrClosed) || !errors.As(err, &op) {
		return err
	}
	told := *op
	told.Err = *why
	return &told
}
