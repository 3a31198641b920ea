package informers

import (
	"context"
	"errors"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"

	"github.com/dogwatch/dogwatch/model"
)

// pagedTypes are those whose lists are asked for in pages though the server
// would stream them: it keeps no watch cache of Events, so streaming them
// scans its whole storage.
var pagedTypes = map[schema.GroupResource]bool{
	{Resource: "events"}:                         true,
	{Group: "events.k8s.io", Resource: "events"}: true,
}

// errNotServed is why a session ends whose type discovery calls gone.
var errNotServed = errors.New("the type is no longer served")

// ending says why a session ended, unless its watch did.
type ending uint8

const (
	// endExpired: the watch cannot be resumed, a new list is needed.
	endExpired ending = iota
	// endGone: the type is not served.
	endGone
)

// session is the life of one reflector, and its ListerWatcher: from a list until
// the watch ends or can't be resumed. It owns all goroutines of that life.
type session struct {
	watch   *Watch
	typ     Type
	path    string
	decoder *decoder

	// ctx ends the session's requests and waits: with the watch, or by finish.
	ctx    context.Context
	cancel context.CancelFunc
	// reflecting ends the reflector: with the watch, or by drain, when the
	// store has all that came before finish.
	reflecting context.Context
	drain      context.CancelFunc

	mu       sync.Mutex
	stopping bool
	finished bool
	ending   ending
	cause    error
	calls    sync.WaitGroup
	stream   *stream
	paging   *countingBody // what is read that is no stream
	relist   time.Time     // when all is to be listed anew, if ever

	// What follows is used by one goroutine at a time: List or a stream.
	listing   *listing
	listed    bool           // the first list is complete: the reflector speaks
	columns   *model.Columns // those of the list
	inGate    bool
	delivered bool // a stream lived long enough to bring something
	broken    bool // the last stream ended before its time
	// sent is what the reflector was given last, or deleted: it may not have got to the store.
	sent    *model.Object
	deleted bool
}

func newSession(w *Watch, t Type) *session {
	s := &session{
		watch:   w,
		typ:     t,
		path:    collectionPath(t, w.id.Namespace),
		decoder: newDecoder(w, t),
	}
	s.decoder.onOdd, s.decoder.held = s.noteOdd, s.held
	s.reflecting, s.drain = context.WithCancel(w.ctx)
	s.ctx, s.cancel = context.WithCancel(w.ctx)
	return s
}

// held gives the object of a key as it is before the event that is read. The reflector takes one only when that before is in the store.
func (s *session) held(k model.Key) (*model.Object, bool) {
	if s.sent != nil && s.sent.Key == k {
		return s.sent, !s.deleted
	}
	return s.watch.store.Get(k)
}

// run runs the reflector until the watch ends or the session is finished and
// drained. When it returns nothing of the session is left.
func (s *session) run() {
	g := s.watch.cluster.guard
	g.add(s)
	s.newReflector().RunWithContext(s.reflecting)
	g.remove(s)
	s.cancel()
	s.refuseCalls()
	s.calls.Wait()
	s.leaveGate()
}

// newReflector makes what lists and watches.
func (s *session) newReflector() *cache.Reflector {
	return cache.NewReflectorWithOptions(s, nil, reflected{s}, cache.ReflectorOptions{
		Name: s.typ.GVR.String(), ResyncPeriod: s.watch.opts.Resync,
	})
}

func (s *session) refuseCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
}

// begin admits a call of List or Watch: the reflector lists on a goroutine that
// it doesn't wait for. If it is true it must be followed by calls.Done.
func (s *session) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return false
	}
	s.calls.Add(1)
	return true
}

// finish ends the session for a reason; the first counts. What was delivered
// before still reaches the store.
func (s *session) finish(end ending, cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.finished || s.ctx.Err() != nil {
		return
	}
	s.finished, s.ending, s.cause = true, end, cause
	s.watch.showEnding(end, cause)
	s.cancel()
}

// show changes the watch's state, unless the session is finished: what finish
// showed holds.
func (s *session) show(change func(*Watch)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.finished {
		change(s.watch)
	}
}

func (s *session) isFinished() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.finished
}

// IsWatchListSemanticsUnSupported tells the reflector to ask for pages.
func (s *session) IsWatchListSemanticsUnSupported() bool {
	return s.watch.paged.Load() || pagedTypes[s.typ.GVR.GroupResource()]
}

func (s *session) enterGate() error {
	if s.inGate {
		return nil
	}
	err := s.watch.cluster.starts.enter(s.ctx, s.watch)
	s.inGate = err == nil
	return err
}

func (s *session) leaveGate() {
	if s.inGate {
		s.watch.cluster.starts.leave()
		s.watch.urgent.Store(false)
		s.inGate = false
	}
}

// reflected is the watch's store as the reflector fills it.
type reflected struct{ *session }

var _ cache.ReflectorStore = reflected{}

// Add takes an object, or the marker behind the last event.
func (r reflected) Add(obj any) error {
	o := obj.(*model.Object)
	if o == r.watch.cluster.marker {
		r.drain()
		return nil
	}
	r.watch.store.Apply(o)
	return nil
}

// Update takes an object.
func (r reflected) Update(obj any) error { return r.Add(obj) }

// Delete drops an object.
func (r reflected) Delete(obj any) error {
	o := obj.(*model.Object)
	r.watch.store.Delete(o.Key, o)
	return nil
}

// Replace takes a list: what it lacks was deleted while nobody looked. A list whose objects came into the store one by one is there already.
func (r reflected) Replace(list []any, _ string) error {
	if r.listing.early {
		return nil
	}
	seen := make(map[model.Key]struct{}, len(list))
	for _, obj := range list {
		o := obj.(*model.Object)
		seen[o.Key] = struct{}{}
		r.watch.store.Apply(o)
	}
	r.watch.store.Retain(func(k model.Key) bool {
		_, ok := seen[k]
		return ok
	})
	return nil
}

// Resync has nothing to do: the store that is filled is the one that all read, and what it holds already is no change. It is called
// beside the events: to hand over what was read of the store a moment ago would undo some.
func (r reflected) Resync() error { return nil }
