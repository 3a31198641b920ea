package apiserver

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// watchBuffer is how many bytes of events are put together before they are sent.
const watchBuffer = 32 << 10

// lastBookmark is how long before a watch's known end its client gets a last bookmark.
const lastBookmark = 2 * time.Second

// stream is a watch that is being served.
type stream struct {
	*call
	*renderer
	selected  selection
	bookmarks bool
	buf       []byte
}

func (c *call) serveWatch(f form) error {
	opts, err := c.listOptions()
	if err != nil {
		return err
	}
	selected, err := c.selection(opts, f.def)
	if err != nil {
		return err
	}
	rv, err := parseVersion(opts.ResourceVersion)
	if err != nil {
		return unexplained(err) // sic, as API servers do
	}
	r, err := newRenderer(f, c.opts.Now)
	if err != nil {
		return err
	}
	s := &stream{call: c, renderer: r, selected: selected, bookmarks: opts.AllowWatchBookmarks}
	// The client is answered when the watch has its place: nothing that happens from then on escapes it.
	start, err := s.place(opts, rv)
	defer c.ledger.watching(c.target.resource)()
	c.w.Header().Set("Content-Type", contentJSON)
	c.w.WriteHeader(http.StatusOK)
	if flushErr := s.flush(); flushErr != nil {
		return nil // the client has gone
	}
	if err == nil {
		err = s.run(start, timeoutOf(opts, s.opts.WatchTimeout))
	}
	if err != nil {
		s.fail(err)
	}
	return nil
}

// place is where a watch begins in the history: at a state that is to be sent, if there is one, and before a cursor's next
// event. end tells that a bookmark is to say where the state ends.
type place struct {
	state  *store.Snapshot
	end    bool
	cursor *store.Cursor
}

func (s *stream) place(opts *internalversion.ListOptions, rv uint64) (place, error) {
	streaming := opts.SendInitialEvents != nil && *opts.SendInitialEvents
	initial := streaming || (opts.SendInitialEvents == nil && rv == 0) // the latter as servers without streaming lists do
	p := place{end: streaming && s.bookmarks}
	if initial || rv == 0 {
		snapshot, err := s.store.Snapshot(s.target.resource, 0)
		if err != nil {
			return p, err
		}
		if rv > snapshot.ResourceVersion {
			return p, &store.AheadError{Asked: rv, Newest: snapshot.ResourceVersion}
		}
		rv = snapshot.ResourceVersion
		if initial {
			p.state = snapshot
		}
	}
	var err error
	p.cursor, err = s.store.Watch(s.target.resource, rv)
	var ahead *store.AheadError
	if errors.As(err, &ahead) {
		// An API server would wait for it. Here it was read from another store, whose future this is not.
		return p, apierrors.NewResourceExpired(ahead.Error())
	}
	return p, err
}

// run sends the initial events, if they are asked for, and then what changes, until the client leaves, the time is over
// or the events can no longer be had. Only the last gives an error, which the client is to see.
func (s *stream) run(from place, timeout time.Duration) error {
	if from.state != nil {
		if err := s.sendState(from.state, from.end); err != nil {
			return nil // the client has gone
		}
	}
	return s.follow(from.cursor, timeout)
}

func timeoutOf(opts *internalversion.ListOptions, usual time.Duration) time.Duration {
	if opts.TimeoutSeconds == nil || *opts.TimeoutSeconds <= 0 {
		return usual
	}
	return time.Duration(min(*opts.TimeoutSeconds, int64(24*time.Hour/time.Second))) * time.Second
}

// sendState sends all objects as added, and the bookmark that says so if it is wanted.
func (s *stream) sendState(snapshot *store.Snapshot, bookmark bool) error {
	for _, o := range snapshot.Range(s.selected.namespace, "") {
		if !s.selected.matches(o) {
			continue
		}
		if err := s.send(watch.Added, o); err != nil {
			return err
		}
	}
	if bookmark {
		if err := s.bookmark(snapshot.ResourceVersion, map[string]string{metav1.InitialEventsAnnotationKey: "true"}); err != nil {
			return err
		}
	}
	return s.flush()
}

func (s *stream) follow(cursor *store.Cursor, timeout time.Duration) error {
	end := time.NewTimer(timeout)
	defer end.Stop()
	mark := time.NewTicker(s.opts.BookmarkInterval)
	defer mark.Stop()
	last := time.NewTimer(max(timeout-lastBookmark, timeout/2))
	defer last.Stop()
	bookmarkDue := false
	for {
		batch, err := cursor.Next()
		if errors.Is(err, store.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.sendBatch(batch, bookmarkDue && s.bookmarks); err != nil {
			return nil
		}
		bookmarkDue = false
		select {
		case <-batch.Changed:
		case <-mark.C:
			bookmarkDue = true
		case <-last.C:
			bookmarkDue = true
		case <-end.C:
			return nil
		case <-s.r.Context().Done():
			return nil
		}
	}
}

// sendBatch sends the events that concern the selection, and a bookmark behind them if it is due.
func (s *stream) sendBatch(batch store.Batch, bookmark bool) error {
	for _, e := range batch.Events {
		if err := s.sendEvent(e); err != nil {
			return err
		}
	}
	if bookmark {
		if err := s.bookmark(batch.ResourceVersion, nil); err != nil {
			return err
		}
	}
	return s.flush()
}

// sendEvent tells of a change in the selection's terms: what begins to match is added, what no longer does is deleted.
func (s *stream) sendEvent(e store.Event) error {
	was, is := s.selected.matches(e.Old), s.selected.matches(e.New)
	switch {
	case was && is:
		return s.send(watch.Modified, e.New)
	case is:
		return s.send(watch.Added, e.New)
	case was && e.New == nil:
		return s.send(watch.Deleted, e.Last)
	case was:
		last, err := e.Old.At(e.ResourceVersion())
		if err != nil {
			return err
		}
		return s.send(watch.Deleted, last)
	}
	return nil
}

// send writes an event, which may wait in the buffer until the next flush. The columns go with the first only.
func (s *stream) send(event watch.EventType, o *store.Object) error {
	s.buf = append(s.buf, `{"type":"`...)
	s.buf = append(s.buf, event...)
	s.buf = append(s.buf, `","object":`...)
	var err error
	if s.buf, err = s.appendDocument(s.buf, o); err != nil {
		return err
	}
	s.buf = append(s.buf, "}\n"...)
	if s.as == asTable {
		s.columns = []byte("null")
	}
	if len(s.buf) < watchBuffer {
		return nil
	}
	return s.write()
}

// bookmark sends an object of the type that has nothing but a resource version and the annotations. A Table without
// objects has these all the same, as nobody could read the annotations otherwise.
func (s *stream) bookmark(rv uint64, annotations map[string]string) error {
	head := metav1.PartialObjectMetadata{}
	head.SetGroupVersionKind(s.def.GroupVersionKind())
	head.ResourceVersion = strconv.FormatUint(rv, 10)
	head.Annotations = annotations
	packed, err := json.Marshal(head)
	if err != nil {
		return err
	}
	if s.include == metav1.IncludeNone && annotations != nil {
		s.include = metav1.IncludeMetadata
		defer func() { s.include = metav1.IncludeNone }()
	}
	return s.send(watch.Bookmark, &store.Object{ResourceVersion: rv, JSON: packed})
}

// fail ends the stream with an ERROR event. A client that has gone does not see it.
func (s *stream) fail(err error) {
	status := encodeStatus(statusOf(storeError(err, s.target.resource.GroupResource(), "")))
	s.buf = append(s.buf, `{"type":"ERROR","object":`...)
	s.buf = append(s.buf, status[:len(status)-1]...)
	s.buf = append(s.buf, "}\n"...)
	_ = s.flush()
}

func (s *stream) write() error {
	_, err := s.w.Write(s.buf)
	s.buf = s.buf[:0]
	return err
}

func (s *stream) flush() error {
	if err := s.write(); err != nil {
		return err
	}
	return http.NewResponseController(s.w).Flush()
}
