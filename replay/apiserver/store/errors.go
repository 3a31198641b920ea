package store

import (
	"errors"
	"fmt"
)

var (
	// ErrNotServed says that the store does not have the type (any more).
	ErrNotServed = errors.New("the type is not served")
	// ErrNotFound says that the type has no such object.
	ErrNotFound = errors.New("no such object")
)

// ExpiredError says that the history since a resource version is no longer, or not, known.
type ExpiredError struct {
	Asked uint64
	// Oldest is the lowest resource version that can still be asked for.
	Oldest uint64
}

func (e *ExpiredError) Error() string {
	return fmt.Sprintf("too old resource version: %d (%d)", e.Asked, e.Oldest)
}

// AheadError says that the state at a resource version is asked for that has not been reached.
type AheadError struct {
	Asked, Newest uint64
}

func (e *AheadError) Error() string {
	return fmt.Sprintf("Too large resource version: %d, current: %d", e.Asked, e.Newest)
}
