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

// session is the life of one informer, and its ListerWatcher: from a list until
// the watch ends or can't be resumed. It owns all goroutines of that life.
type session struct {
	watch   *Watch
	typ     Type
	path    string
	decoder *decoder

	// ctx ends the session's requests and waits: with the watch, or by finish.
	ctx    context.Context
	cancel context.CancelFunc
	// informing ends the informer: with the watch, or by drain, when the
	// handlers have seen all that came before finish.
	informing context.Context
	drain     context.CancelFunc

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
	listed    bool           // the first list is complete: the handlers speak
	columns   *model.Columns // those of the list
	inGate    bool
	delivered bool // a stream lived long enough to bring something
	broken    bool // the last stream ended before its time
}

func newSession(w *Watch, t Type) *session {
	s := &session{
		watch:   w,
		typ:     t,
		path:    collectionPath(t, w.id.Namespace),
		decoder: newDecoder(w, t),
	}
	s.decoder.onOdd = s.noteOdd
	s.informing, s.drain = context.WithCancel(w.ctx)
	s.ctx, s.cancel = context.WithCancel(w.ctx)
	return s
}

// run runs the informer until the watch ends or the session is finished and
// drained. When it returns nothing of the session is left.
func (s *session) run() {
	g := s.watch.cluster.guard
	g.add(s)
	s.newInformer().RunWithContext(s.informing)
	g.remove(s)
	s.cancel()
	s.refuseCalls()
	s.calls.Wait()
	s.leaveGate()
}

func (s *session) newInformer() cache.Controller {
	_, informer := cache.NewInformerWithOptions(cache.InformerOptions{
		ListerWatcher: s,
		Handler:       handler{s},
		ResyncPeriod:  s.watch.opts.Resync,
	})
	return informer
}

func (s *session) refuseCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
}

// begin admits a call of List or Watch: the informer lists on a goroutine that
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
// before still reaches the handlers.
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

// IsWatchListSemanticsUnSupported tells the informer to ask for pages.
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

// handler brings what the informer says into the store.
type handler struct{ *session }

func (h handler) OnAdd(obj any, _ bool) { h.apply(obj.(*model.Object)) }

func (h handler) OnUpdate(_, obj any) { h.apply(obj.(*model.Object)) }

func (h handler) apply(o *model.Object) {
	if o == h.watch.cluster.marker {
		h.drain()
		return
	}
	h.watch.store.Apply(o)
}

func (h handler) OnDelete(obj any) {
	if tombstone, ok := obj.(cache.DeletedFinalStateUnknown); ok {
		namespace, name, err := cache.SplitMetaNamespaceKey(tombstone.Key)
		if err == nil {
			h.watch.store.Delete(model.Key{Namespace: namespace, Name: name}, nil)
		}
		return
	}
	o := obj.(*model.Object)
	h.watch.store.Delete(o.Key, o)
}
