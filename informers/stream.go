package informers

import (
	"context"
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

var (
	errStopped    = errors.New("the watch was stopped")
	errCutShort   = errors.New("the server ended the stream at once")
	errIncomplete = errors.New("the stream ended before the list was complete")
	errNoBookmark = errors.New("the server does not say when its streamed list is complete")
	errNoAnswer   = errors.New("the server did not answer in time")
	errSilent     = errors.New("nothing was heard of the server for too long")
	errBackwards  = errors.New("the server's history went back in time")
	errColumns    = errors.New("the server prints other columns than before")
	errCells      = errors.New("the server sent rows that do not fit its columns")
	errQuiet      = errors.New("a watch without bookmarks is asked anew")
)

// bookmark is how the reflector hears of a resource version without an object.
type bookmark struct {
	metav1.TypeMeta
	metav1.ObjectMeta
}

// DeepCopyObject returns the bookmark itself, which is never changed.
func (b *bookmark) DeepCopyObject() runtime.Object { return b }

// Watch watches as WatchWithContext does.
func (s *session) Watch(opts metav1.ListOptions) (watch.Interface, error) {
	return s.WatchWithContext(s.watch.ctx, opts)
}

// WatchWithContext opens a stream, however often it must try. An error means
// that the server doesn't stream lists, upon which the reflector asks for
// pages, or that the session ended.
func (s *session) WatchWithContext(_ context.Context, opts metav1.ListOptions) (watch.Interface, error) {
	if !s.begin() {
		return nil, errStopped
	}
	st, query := newStream(s, opts), streamQuery(opts)
	err := s.retry("watch", func() error { return st.open(query) }, st.isFinal)
	if err != nil && !s.isFinished() && st.initial.Load() {
		s.calls.Done()
		return nil, err
	}
	s.use(st)
	go func() {
		defer s.calls.Done()
		defer utilruntime.HandleCrash()
		st.run()
	}()
	return st, nil
}

// use makes a stream the one that guard looks after.
func (s *session) use(st *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stream = st
}

// stream is one answer to a watch request, as the reflector reads it. It has
// one goroutine, which ends with Stop.
type stream struct {
	session *session
	body    *countingBody // nil if the stream was not opened
	opened  time.Time
	live    time.Time // since when, after its list if it began with one
	heard   int64     // when the server was heard before it was opened, in Unix nanoseconds
	tries   int       // how often the server was asked
	out     chan watch.Event
	done    chan struct{}
	// term is how long the server was asked to keep the stream open, 0 if it was not.
	term time.Duration
	// halted is closed by Stop: the reflector takes nothing more.
	halted chan struct{}
	halt   sync.Once

	// initial tells that the stream begins with a list, and is still at it.
	initial atomic.Bool
	// last is the newest resource version, from is the text to resume from.
	last uint64
	from string
	// events counts what was sent since the stream, or its list, began.
	events int
}

func newStream(s *session, opts metav1.ListOptions) *stream {
	st := &stream{
		session: s,
		out:     make(chan watch.Event),
		done:    make(chan struct{}),
		halted:  make(chan struct{}),
		from:    opts.ResourceVersion,
	}
	st.last, _ = strconv.ParseUint(opts.ResourceVersion, 10, 64)
	if opts.TimeoutSeconds != nil {
		st.term = time.Duration(*opts.TimeoutSeconds) * time.Second
	}
	st.initial.Store(opts.SendInitialEvents != nil && *opts.SendInitialEvents)
	return st
}

// streamQuery is what a watch is asked for with.
func streamQuery(opts metav1.ListOptions) url.Values {
	query := url.Values{
		"watch":               {"true"},
		"allowWatchBookmarks": {"true"},
	}
	setUnlessEmpty(query, "resourceVersion", opts.ResourceVersion)
	if opts.TimeoutSeconds != nil {
		query.Set("timeoutSeconds", strconv.FormatInt(*opts.TimeoutSeconds, 10))
	}
	if opts.SendInitialEvents != nil && *opts.SendInitialEvents {
		query.Set("sendInitialEvents", "true")
		query.Set("resourceVersionMatch", string(opts.ResourceVersionMatch))
	}
	return query
}

// open asks the server once.
func (st *stream) open(query url.Values) error {
	s := st.session
	if !st.initial.Load() && s.isOutdated() {
		return errWhole
	}
	var denied bool
	if st.mayGoBack() {
		var err error
		if denied, err = s.checkHistory(st.last); err != nil {
			return err
		}
	}
	st.tries++
	if st.initial.Load() {
		if err := s.enterGate(); err != nil {
			return err
		}
	}
	body, err := s.get(query)
	if err != nil {
		return err
	}
	if denied { // a server that allows the watch now may have come up in between
		if _, err := s.checkHistory(st.last); err != nil {
			body.Close()
			return err
		}
	}
	st.body, st.opened = body, s.watch.opts.Clock.Now()
	if body.term > 0 {
		st.term = body.term
	}
	st.live = st.opened
	if st.initial.Load() {
		s.startListing()
		s.listing.heard()
		s.show((*Watch).showListing)
		return nil
	}
	s.watch.backoff.granted()
	st.heard = s.watch.count.heard.Load()
	s.watch.heard()
	s.show((*Watch).showLive)
	return nil
}

// isFinal tells whether there is no use in asking again.
func (st *stream) isFinal(err error) bool {
	switch {
	case st.initial.Load():
		return isRefused(err) && !isExpired(err) // the reflector asks for pages then
	case errors.Is(err, errWhole), errors.Is(err, errBackwards), isExpired(err), isRefused(err) && !apierrors.IsForbidden(err):
		st.session.finish(endExpired, err)
		return true
	}
	return false
}

// ResultChan gives the events. It is closed when the stream ended.
func (st *stream) ResultChan() <-chan watch.Event { return st.out }

// Stop ends the stream and its connection, and waits for that.
func (st *stream) Stop() {
	st.halt.Do(func() { close(st.halted) })
	st.cancel(errStopped)
	<-st.done
}

// cancel ends the stream's request, if there is one, for a reason.
func (st *stream) cancel(cause error) {
	if st.body != nil {
		st.body.cancel(cause)
	}
}

// run reads the stream to its end.
func (st *stream) run() {
	defer close(st.done)
	defer close(st.out)
	if st.body != nil {
		err := st.read()
		cause := context.Cause(st.body.ctx)
		st.body.Close()
		st.end(err, cause)
	}
	if st.session.isFinished() {
		st.sendMarker()
	}
}

// sendMarker lets the session end behind the last event. Of a list that is not
// complete the reflector knows nothing.
func (st *stream) sendMarker() {
	if st.initial.Load() {
		st.session.drain()
		return
	}
	_ = st.send(watch.Event{Type: watch.Added, Object: st.session.watch.cluster.marker})
}

func (st *stream) read() error {
	events := st.session.decoder.events(st.body)
	defer events.leave()
	for {
		if !st.initial.Load() && st.session.isOutdated() {
			return errWhole
		}
		events.await()
		if !st.session.watch.whole.Load() {
			st.session.decoder.whole = false
		}
		events.follows = !st.initial.Load()
		events.managed = st.session.watch.opts.ManagedFields && events.follows
		if err := events.next(st.handle); err != nil {
			return err
		}
	}
}

// handle passes an event on to the reflector.
func (st *stream) handle(e event) error {
	if st.initial.Load() {
		return st.handleInitial(e)
	}
	st.session.watch.heard()
	st.session.watch.awake()
	if st.session.isPrintedOtherwise(e) {
		return errColumns
	}
	w := st.session.watch
	version, err := strconv.ParseUint(e.ResourceVersion, 10, 64)
	switch {
	case err == nil && version < st.last && !st.isLateDeletion(e):
		return errBackwards
	case err == nil:
		st.last = max(st.last, version)
	case e.Object == nil:
		return nil // not a place to resume from
	}
	if e.Object == nil {
		w.bookmarks.Store(true)
	} else {
		w.count.events.Add(1)
	}
	return st.pass(e)
}

// isLateDeletion tells whether an event is a deletion at the version that the object had last, as some servers send it. At
// any other version before the newest it is out of order: what was made under the same name since would be dropped.
func (st *stream) isLateDeletion(e event) bool {
	if e.Type != watch.Deleted {
		return false
	}
	held, ok := st.session.watch.store.Get(e.Object.Key)
	return ok && held.UID == e.Object.UID && held.ResourceVersion == e.ResourceVersion
}

// isPrintedOtherwise tells whether an event came under other columns than the
// list: what did not change since would keep the old ones. A server that prints
// nothing for a deletion or a bookmark says nothing of its columns.
func (s *session) isPrintedOtherwise(e event) bool {
	l := s.decoder.layout
	if s.columns == nil || l.columns == s.columns || slices.Equal(l.columns.List, s.columns.List) {
		return false
	}
	return !l.plain || (e.Object != nil && e.Type != watch.Deleted)
}

// handleInitial takes an event of a streamed list, which goes to the store as
// well.
func (st *stream) handleInitial(e event) error {
	s := st.session
	switch {
	case e.Type == watch.Deleted:
		s.listing.drop(e.Object)
	case e.Object != nil:
		s.listing.take(e.Object)
	case e.InitialEnd:
		st.last, _ = strconv.ParseUint(e.ResourceVersion, 10, 64)
		s.watch.bookmarks.Store(true) // who sends this one sends others
		s.completeList()
		s.leaveGate()
		st.initial.Store(false)
		st.live = s.watch.opts.Clock.Now()
		s.show((*Watch).showLive)
		defer func() { st.events = 0 }()
	}
	return st.pass(e)
}

// pass sends an event on.
func (st *stream) pass(e event) error {
	st.events++
	st.from = e.ResourceVersion
	if e.Object == nil {
		return st.bookmark(e.InitialEnd)
	}
	if !st.initial.Load() {
		st.session.sent, st.session.deleted = e.Object, e.Type == watch.Deleted
	}
	return st.send(watch.Event{Type: e.Type, Object: e.Object})
}

func (st *stream) bookmark(initialEnd bool) error {
	b := &bookmark{ObjectMeta: metav1.ObjectMeta{ResourceVersion: st.from}}
	if initialEnd {
		b.Annotations = map[string]string{metav1.InitialEventsAnnotationKey: "true"}
	}
	return st.send(watch.Event{Type: watch.Bookmark, Object: b})
}

// send gives an event to the reflector, unless it takes nothing more.
func (st *stream) send(e watch.Event) error {
	select {
	case st.out <- e:
		return nil
	case <-st.halted:
		return errStopped
	}
}

// fruitful is how long a watch that brought nothing must have been open to be more than a failure: most types are quiet.
const fruitful = 250 * time.Millisecond

// end does what the end of a stream asks for, before the reflector hears of it
// and opens the next one. cause is why its request was cancelled, if it was.
func (st *stream) end(err, cause error) {
	s := st.session
	initial := st.initial.Load()
	brought := st.events > 0 || s.watch.opts.Clock.Since(st.live) >= fruitful
	s.delivered = s.delivered || !initial && brought
	if st.body != nil && !initial && !brought && st.heard != 0 {
		s.watch.count.heard.Store(st.heard) // what happened before it may not have been told yet
	}
	switch {
	case cause != nil && (errors.Is(cause, errStopped) || s.ctx.Err() != nil):
		return
	case errors.Is(cause, errNoBookmark):
		s.watch.paged.Store(true)
		refused := apierrors.NewBadRequest(cause.Error()).Status()
		_ = st.send(watch.Event{Type: watch.Error, Object: &refused})
		return
	case errors.Is(cause, errWhole), errors.Is(err, errWhole):
		s.finish(endExpired, errWhole)
		return
	case errors.Is(cause, errCells):
		s.finish(endExpired, errCells)
		return
	case cause != nil:
		err = cause
	case isExpired(err), errors.Is(err, errBackwards), errors.Is(err, errColumns):
		s.finish(endExpired, err)
		return
	}
	st.renew(err, initial)
}

// renew waits where a stream did not end as it should. A stream that ran for
// its time is followed by the next without a pause.
func (st *stream) renew(err error, initial bool) {
	s := st.session
	s.broken = !st.ranItsTerm(err)
	brief := s.watch.opts.Clock.Since(st.opened) < time.Second && st.events == 0
	var status apierrors.APIStatus
	switch {
	case errors.Is(err, io.EOF) && initial:
		err = errIncomplete
	case errors.Is(err, io.EOF) && brief:
		err = errCutShort
	case errors.Is(err, io.EOF):
		return
	case errors.Is(err, errQuiet):
		st.excuse(initial)
		return
	}
	now := s.watch.opts.Clock.Now()
	wait := s.watch.backoff.soon(now, s.watch.cluster.guard.size())
	if errors.As(err, &status) || brief {
		wait = s.watch.backoff.next(now, err)
	}
	s.pause("watch", err, wait)
	st.excuse(initial)
}

// excuse brings a bookmark where a stream brought nothing: the reflector would take it for a failure.
func (st *stream) excuse(initial bool) {
	if !initial && st.events == 0 {
		_ = st.bookmark(false)
	}
}
