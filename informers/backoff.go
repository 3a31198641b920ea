package informers

import (
	"math/rand/v2"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// backoff tells one watch how long to wait after its failures. It is used by
// one goroutine at a time.
type backoff struct {
	pace   Backoff
	grown  time.Duration
	failed time.Time
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
		wait = b.pace.Denied
	}
	if seconds, ok := apierrors.SuggestsClientDelay(err); ok {
		if asked := time.Duration(seconds) * time.Second; asked > wait/2 {
			return asked + time.Duration(rand.Int64N(int64(wait/2)+1))
		}
	}
	return wait/2 + time.Duration(rand.Int64N(int64(wait/2)+1))
}

// soon is the wait before a stream that broke is opened again. The second break
// in a short time counts as a failure.
func (b *backoff) soon(now time.Time) time.Duration {
	if now.Sub(b.failed) < b.pace.Max {
		return b.next(now, nil)
	}
	b.failed = now
	return time.Duration(rand.Int64N(int64(b.pace.Reconnect) + 1))
}
