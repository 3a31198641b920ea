package informers

import (
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/clock"

	"github.com/dogwatch/dogwatch/model"
)

// Options adjust a Manager. The zero Options are good defaults.
type Options struct {
	// Resync is how often the reflector hands over again what is held, which is no change.
	// Zero, the default, is never. It asks the server nothing.
	Resync time.Duration
	// Starts is how many first lists may run at once in one cluster; the rest
	// wait for their turn. Default 6.
	Starts int
	// Health makes the judge of a type's objects, which is asked for every
	// change. Nil, or a nil judge, leaves health unknown.
	Health func(schema.GroupKind) model.Judge
	// ManagedFields lets the deltas of what is new or changed carry managedFields,
	// for subscribers that ask who made the change: model.Store.SubscribeManaged.
	// Objects do not keep them.
	ManagedFields bool
	// KeepManagedFields leaves managedFields in the objects' JSON, for who keeps
	// whole objects. ManagedFields then does nothing.
	KeepManagedFields bool
	// Redact hides more than the values of Secrets, which are hidden always.
	Redact []*Redaction
	// Marks tell what is hidden apart from what was there before; without them only its size does.
	Marks *Marks
	// Backoff paces what failed.
	Backoff Backoff
	// StaleAfter is how long a watch that gets bookmarks may hear nothing
	// before it counts as stale; after twice as long it is asked anew. Default
	// 90 s: servers send a bookmark about every minute.
	StaleAfter time.Duration
	// StreamPatience is how long a streamed list may pause before its end; then
	// the server is asked for pages. Servers that don't know streamed lists never
	// tell their end. It is also how long the next stream of a watch may go
	// without an answer before the watch counts as stale. Default 10 s.
	StreamPatience time.Duration
	// AnswerPatience is how long a request may go without the headers of its
	// answer before it counts as failed. Default 60 s, in which a server gives
	// up a list by itself.
	AnswerPatience time.Duration
	// ForgetGone drops the objects of a type that is not served any longer, where they would say nothing of the present:
	// else they stay, with the time that they are of.
	ForgetGone bool
	// Now is the time by which cells that come in are dated; the Clock's when nil. It differs where what is watched is not
	// the present.
	Now func() time.Time
	// Clock is the system's clock unless a test brings its own.
	Clock clock.Clock
}

// Backoff is the pace of retries. Waits are jittered, so that watches which
// failed together do not come back together.
type Backoff struct {
	// Initial is the wait after the first failure, doubled by each further
	// one up to Max. Defaults 1 s and 30 s.
	Initial, Max time.Duration
	// Denied is the wait after 403 Forbidden, and what waits grow to where the
	// server had allowed it before. Default 60 s.
	Denied time.Duration
	// Reset is how long all must go well until the next wait is Initial again.
	// Default 2 min.
	Reset time.Duration
	// Reconnect is the longest wait before a stream that broke is opened again
	// for the first time, in a cluster with 50 watches or fewer: more are given
	// more time, as all may have broken together. Default 500 ms.
	Reconnect time.Duration
}

func (o Options) withDefaults() Options {
	orElse(&o.Starts, 6)
	orElse(&o.StaleAfter, 90*time.Second)
	orElse(&o.StreamPatience, 10*time.Second)
	orElse(&o.AnswerPatience, time.Minute)
	orElse(&o.Backoff.Initial, time.Second)
	orElse(&o.Backoff.Max, 30*time.Second)
	orElse(&o.Backoff.Denied, time.Minute)
	orElse(&o.Backoff.Reset, 2*time.Minute)
	orElse(&o.Backoff.Reconnect, 500*time.Millisecond)
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	if o.Now == nil {
		o.Now = o.Clock.Now
	}
	if o.Health == nil {
		o.Health = func(schema.GroupKind) model.Judge { return nil }
	}
	return o
}

func orElse[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}
