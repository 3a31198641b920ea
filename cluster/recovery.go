package cluster

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// recoveryGap is the least time between two answers of a server that are taken for its recovery.
const recoveryGap = time.Minute

// recovery tells those who wait longer and longer to ask an unreachable server that it has answered somebody else meanwhile. A server
// that answers others and not them has them begin anew once in recoveryGap. It is safe for concurrent use.
type recovery struct {
	waiting atomic.Bool  // somebody waits
	told    atomic.Int64 // when it was told last, in Unix nanoseconds; 0 if it never was
	over    notifier
}

// await begins to wait: the channel has a token when the server has answered. stop must be called when that is no longer wanted.
func (r *recovery) await() (over <-chan struct{}, stop func()) {
	over, stop = r.over.subscribe()
	r.waiting.Store(true) // only now, or an answer between the two would be lost
	return over, stop
}

// answered notes an answer. It is called with each, so it is quick.
func (r *recovery) answered() {
	if !r.waiting.Load() {
		return
	}
	now, told := time.Now(), r.told.Load()
	if told != 0 && now.Sub(time.Unix(0, told)) < recoveryGap || !r.waiting.CompareAndSwap(true, false) {
		return
	}
	r.told.Store(now.UnixNano())
	r.over.notify()
}

// persist asks until the server answers, with pauses that grow until it has answered somebody else. isAnswer tells which errors are the
// server's word.
func (r *recovery) persist(ctx context.Context, isAnswer func(error) bool, ask func() error) error {
	for pause := firstRetry; ; {
		err := ask()
		if err == nil || ctx.Err() != nil || isAnswer(err) {
			return err
		}
		wait := retryAfterOf(err)
		if r.pause(ctx, max(jitter(pause), wait), wait == 0) {
			pause = firstRetry
		} else {
			pause = min(2*pause, lastRetry)
		}
	}
}

// pause waits, and tells whether the server's answer to somebody else ended it.
func (r *recovery) pause(ctx context.Context, d time.Duration, mayEnd bool) (recovered bool) {
	over, stop := r.await()
	defer stop()
	if !mayEnd {
		over = nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-over:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// isRefusal tells whether a server that is well says no.
func isRefusal(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status) && status.Status().Code < http.StatusInternalServerError && !apierrors.IsTooManyRequests(err)
}

// isStatus tells whether a server says no, well or not.
func isStatus(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status) && !apierrors.IsTooManyRequests(err)
}
