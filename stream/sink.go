package stream

import (
	"context"
	"errors"
	"time"
)

// Sink is where messages go.
type Sink interface {
	// Send delivers messages in their order, and gives how many of the first were taken for good. The others are sent again, at another time: an
	// error says why, a *RefusedError that the first of them will never be taken. It returns soon after ctx ends.
	Send(ctx context.Context, batch []Message) (taken int, err error)
	// Close ends it.
	Close() error
}

// ErrNobody tells that nobody reads any more what is sent, which is the end and no failure.
var ErrNobody = errors.New("nobody reads any more")

// RefusedError tells that a message is refused for what it is: to send it again is of no use.
type RefusedError struct{ Err error }

func (e *RefusedError) Error() string { return e.Err.Error() }

// Unwrap gives why.
func (e *RefusedError) Unwrap() error { return e.Err }

// LaterError tells how long to wait before the next try, as who was to take the messages asked for.
type LaterError struct {
	Err   error
	After time.Duration
}

func (e *LaterError) Error() string { return e.Err.Error() }

// Unwrap gives why.
func (e *LaterError) Unwrap() error { return e.Err }
