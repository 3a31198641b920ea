package informers

import (
	"errors"
	"math/rand/v2"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// doubted is how many denials in a row of a server that has just come up are not believed. It may be accepting requests for
// some seconds before it has read who may what.
const doubted = 3

// backoff tells one watch how long to wait after its failures. It is used by
// one goroutine at a time.
type backoff struct {
	pace   Backoff
	grown  time.Duration
	failed time.Time

	// allowed tells that the server has once given what is asked for, down that
	// it could not be reached since; denied counts its denials in a row.
	allowed, down bool
	denied        int
}

// granted notes that the server has given what was asked for.
func (b *backoff) granted() { b.allowed, b.down, b.denied = true, false, 0 }

// asked notes the failure of a request. The break of a stream says nothing of whether the server is there.
func (b *backoff) asked(err error) {
	var status apierrors.APIStatus
	b.down = b.down || !errors.As(err, &status)
}

// next is the wait after a failure at this time. A server's Retry-After is
// obeyed, and lengthened a little so that not all come back at once.
func (b *backoff) next(now time.Time, err error) time.Duration {
	if now.Sub(b.failed) > b.pace.Reset+b.grown {
		b.grown = 0
	}
	b.failed = now
	b.grown = min(max(2*b.grown, b.pace.Initial), b.pace.Max)
	wait := b.grown
	if apierrors.IsForbidden(err) {
		wait = b.denial()
	} else {
		b.denied = 0
	}
	if seconds, ok := apierrors.SuggestsClientDelay(err); ok {
		if asked := time.Duration(seconds) * time.Second; asked > wait/2 {
			return asked + time.Duration(rand.Int64N(int64(wait/2)+1))
		}
	}
	return wait/2 + time.Duration(rand.Int64N(int64(wait/2)+1))
}

// denial is the longest wait after one more denial. What was allowed before may soon be again.
func (b *backoff) denial() time.Duration {
	b.denied++
	if !b.allowed || b.denied > 10 {
		return b.pace.Denied
	}
	return min(b.pace.Initial<<(b.denied-1), b.pace.Denied)
}

// doubts tells whether the denial that next was last called with may only mean that the server comes up.
func (b *backoff) doubts(err error) bool {
	return apierrors.IsForbidden(err) && b.allowed && b.down && b.denied <= doubted
}

// crowd is how many watches may come back within Backoff.Reconnect. More take longer.
const crowd = 50

// soon is the wait before a stream that broke is opened again. The second break
// in a short time counts as a failure. among is how many watches there are, which may have broken together.
func (b *backoff) soon(now time.Time, among int) time.Duration {
	if now.Sub(b.failed) < b.pace.Max {
		return b.next(now, nil)
	}
	b.failed = now
	spread := b.pace.Reconnect * time.Duration(max(among, crowd)) / crowd
	return time.Duration(rand.Int64N(int64(spread) + 1))
}
