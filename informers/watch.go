package informers

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
)

// Watch keeps the objects of one Identity equal to the server's, for as long
// as somebody holds a Lease on it. All methods are safe for concurrent use and
// none waits for the network.
type Watch struct {
	id       Identity
	cluster  *cluster
	opts     *Options // of the manager
	sequence uint64
	leases   int // guarded by Manager.mu

	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}

	store  *model.Store
	packer *model.Packer
	// printed is the version of the type that the store's columns belong to. It
	// is used by one session at a time.
	printed schema.GroupVersionResource
	status  status
	backoff backoff
	retry   chan struct{}
	urgent  atomic.Bool
	// whole tells that objects are to keep their managedFields.
	whole   atomic.Bool
	session atomic.Pointer[session]
	// paged tells that the server does not stream lists of this type.
	paged atomic.Bool
	// bookmarks tells that the server sends bookmarks while nothing happens,
	// so that silence means something. stale tells that there is silence.
	bookmarks, stale atomic.Bool
	count            counters
}

// counters are kept apart from the state because they change with every event.
type counters struct {
	events, lists, bytes, failures atomic.Uint64
	// heard is LastHeard in Unix nanoseconds, 0 before the first.
	heard atomic.Int64
	// listed and remaining belong to the present or last list.
	listed, remaining atomic.Int64
}

func newWatch(ctx context.Context, id Identity, c *cluster, opts *Options, sequence uint64) *Watch {
	w := &Watch{
		id:       id,
		cluster:  c,
		opts:     opts,
		sequence: sequence,
		done:     make(chan struct{}),
		store:    model.NewStore(model.WithClock(opts.Clock)),
		packer:   model.NewPacker(),
		backoff:  backoff{pace: opts.Backoff},
		retry:    make(chan struct{}, 1),
	}
	w.ctx, w.cancel = context.WithCancel(ctx)
	w.count.remaining.Store(-1)
	w.set(func(*State) {})
	return w
}

// Identity is what the watch was added for.
func (w *Watch) Identity() Identity { return w.id }

// Number counts the watches of a manager in the order in which they were added, from 1. It is never given again.
func (w *Watch) Number() uint64 { return w.sequence }

// Store holds the watch's objects; its columns are nil until the first answer.
// It is the same for the life of the watch and closed at its end.
func (w *Watch) Store() *model.Store { return w.store }

// Subscribe gives the present objects and then each change; see
// model.Store.Subscribe for what capacity means.
func (w *Watch) Subscribe(capacity int) *model.Subscription { return w.store.Subscribe(capacity) }

// Done is closed when the watch has ended and nothing of it is left.
func (w *Watch) Done() <-chan struct{} { return w.done }

// State tells what the watch is doing now.
func (w *Watch) State() State {
	s := w.status.read()
	s.Listed = int(w.count.listed.Load())
	s.Remaining = w.count.remaining.Load()
	if ns := w.count.heard.Load(); ns != 0 {
		s.LastHeard = time.Unix(0, ns)
	}
	s.Stats = Stats{
		Events:   w.count.events.Load(),
		Lists:    w.count.lists.Load(),
		Bytes:    w.count.bytes.Load(),
		Failures: w.count.failures.Load(),
	}
	return s
}

// OnChange calls f after each change of the state, and now and then while a
// list comes in, until forget is called; a call that is under way then may
// still be heard. f is called from the watch's goroutines, so it must be quick
// and must not drop a lease; it may ask for the State.
func (w *Watch) OnChange(f func()) (forget func()) { return w.status.listen(f) }

// RetryNow ends a wait for the next try. Without one it does nothing.
func (w *Watch) RetryNow() {
	select {
	case w.retry <- struct{}{}:
	default:
	}
}

func (w *Watch) set(change func(*State)) { w.status.set(w.opts.Clock.Now(), change) }

func (w *Watch) setColumns(gvr schema.GroupVersionResource, c *model.Columns) {
	w.printed = gvr
	w.store.SetColumns(c)
}

// columnsOf gives the store's columns if they belong to this version. Another
// version's JSON differs where its resource versions and columns do not, so it
// gets columns of its own.
func (w *Watch) columnsOf(gvr schema.GroupVersionResource) *model.Columns {
	if w.printed != gvr {
		return nil
	}
	return w.store.Columns()
}

// heard notes a sign of life of the server.
func (w *Watch) heard() { w.count.heard.Store(w.opts.Clock.Now().UnixNano()) }

// ended tells whether the watch ended before ctx did.
func (w *Watch) ended(ctx context.Context) bool {
	select {
	case <-w.done:
		return true
	default:
	}
	select {
	case <-w.done:
		return true
	case <-ctx.Done():
		return false
	}
}

// run is the life of the watch. It returns when nothing of it is left.
func (w *Watch) run() {
	for w.await() && w.serve() {
	}
	w.showStopped()
	w.store.Close()
}

// await waits until the type is served. It is false when the watch ends.
func (w *Watch) await() bool {
	t, err := w.cluster.types.Await(w.ctx, w.id.GVR)
	if err != nil {
		return false
	}
	w.showType(t)
	w.session.Store(newSession(w, t))
	return true
}

// serve follows the type until it is gone. It is false when the watch ends.
func (w *Watch) serve() bool {
	fruitless := 0 // sessions in a row that brought nothing
	for {
		// What goes on for as long as a watch is live holds its stack: all else is done by others.
		w.session.Load().run()
		if again, ended := w.follow(&fruitless); ended {
			return again
		}
	}
}

// follow makes a session that follows one, or tells that none does, and whether the type is to be awaited then.
func (w *Watch) follow(fruitless *int) (again, ended bool) {
	s := w.session.Load()
	switch {
	case w.ctx.Err() != nil:
		return false, true
	case s.ending == endGone:
		if w.opts.ForgetGone {
			w.store.Clear()
		}
		return errors.Is(s.cause, errNotServed) || w.askAgain(), true
	case s.delivered && !isOdd(s.cause):
		*fruitless = 0
	default:
		// A quiet type brings nothing for long, and a server that is back after an
		// outage has forgotten its history: only the second time is a failure.
		if *fruitless++; *fruitless > 1 && !w.pause("watch", s.cause) {
			return false, true
		}
	}
	w.session.Store(newSession(w, s.typ))
	return false, false
}

// isOdd tells whether a session ended by what a server could do again with
// every event, whatever the session had brought by then.
func isOdd(cause error) bool {
	return errors.Is(cause, errBackwards) || errors.Is(cause, errColumns)
}

// askAgain has discovery look for a type of which the server said 404. It may
// know the type still, so asking goes on at the pace of failures.
func (w *Watch) askAgain() bool {
	w.cluster.types.Refresh()
	return w.wait(w.ctx, w.backoff.next(w.opts.Clock.Now(), nil))
}

func (w *Watch) pause(verb string, err error) bool {
	d := w.backoff.next(w.opts.Clock.Now(), err)
	w.showFailure(verb, err, d)
	return w.wait(w.ctx, d)
}

// wait lets time pass, or RetryNow end it. It is false when ctx ended.
func (w *Watch) wait(ctx context.Context, d time.Duration) bool {
	timer := w.opts.Clock.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C():
	case <-w.retry:
	case <-ctx.Done():
		return false
	}
	w.set(func(s *State) { s.NextTry = time.Time{} })
	return true
}
