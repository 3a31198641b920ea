package informers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/dogwatch/dogwatch/model"
)

// event is one event of a watch's stream.
type event struct {
	Type            watch.EventType
	ResourceVersion string
	// Object is nil for a bookmark.
	Object *model.Object
	// InitialEnd tells that a streamed list is complete.
	InitialEnd bool
}

// eventReader reads the events of one answer to a watch request.
type eventReader struct {
	decoder *decoder
	in      *input
	// sealed brings the events of a type of which something is hidden, each to be
	// read by a decoder of its own; nil for others.
	sealed *sealed
	// managed tells whether objects keep their managedFields, follows whether nothing happened between what is held and what is read.
	managed, follows bool
}

func (d *decoder) events(body io.Reader) *eventReader {
	if d.hides() {
		return &eventReader{decoder: d, sealed: &sealed{body: body}}
	}
	return &eventReader{decoder: d, in: inputOf(body, d.rooms)}
}

// await waits until an event begins to come, or nothing. What waits holds its stack, so that this is done above all that reads.
func (r *eventReader) await() {
	if r.sealed == nil {
		r.in.await()
	}
}

// leave gives up what was read.
func (r *eventReader) leave() {
	if r.sealed == nil {
		r.in.leave()
	}
}

// next reads one event and calls handle with what it brought, which for an odd
// server may be several rows or none. The error is io.EOF where the stream
// ended between two events, and the server's own as an apierrors.APIStatus.
func (r *eventReader) next(handle func(event) error) error {
	if r.sealed == nil {
		return r.read(handle)
	}
	defer r.decoder.forget()
	value, err := r.sealed.next()
	switch {
	case errors.Is(err, io.EOF):
		return err
	case err != nil:
		return fmt.Errorf("read an event: %w", err)
	}
	r.in = r.decoder.unseal(value)
	if err = r.read(handle); err != nil {
		r.sealed.wipe()
	}
	return err
}

func (r *eventReader) read(handle func(event) error) error {
	if r.in.kind() == 0 {
		if errors.Is(r.in.err, io.EOF) {
			return io.EOF
		}
		return fmt.Errorf("read an event: %w", r.in.err)
	}
	var kind watch.EventType
	err := members(r.in, func(name []byte) error {
		switch string(name) {
		case `"type"`:
			value, err := r.in.value()
			kind = eventType(value)
			return err
		case `"object"`:
			return r.object(kind, handle)
		}
		return r.in.skip()
	})
	var status apierrors.APIStatus
	if err == nil || errors.As(err, &status) {
		return err
	}
	return fmt.Errorf("read an event: %w", err)
}

// eventType is the type of an event.
func eventType(value jsontext.Value) watch.EventType {
	switch string(value) {
	case `"ADDED"`:
		return watch.Added
	case `"MODIFIED"`:
		return watch.Modified
	case `"DELETED"`:
		return watch.Deleted
	case `"BOOKMARK"`:
		return watch.Bookmark
	}
	return watch.EventType(appendText(nil, value))
}

func (r *eventReader) object(kind watch.EventType, handle func(event) error) error {
	switch kind {
	case watch.Added, watch.Modified, watch.Deleted, watch.Bookmark:
	case watch.Error:
		return r.failure()
	default:
		return fmt.Errorf("an event of the unknown type %q", kind)
	}
	d := r.decoder
	doc := document{decoder: d, in: r.in, each: func() error {
		e := event{Type: kind, ResourceVersion: d.parts.resourceVersion}
		if kind == watch.Bookmark {
			e.InitialEnd = d.parts.initialEnd
			return handle(e)
		}
		var err error
		if e.Object, err = d.build(r.managed, r.follows); err != nil {
			return err
		}
		return handle(e)
	}}
	return doc.read()
}

// failure reads the error that ends a stream.
func (r *eventReader) failure() error {
	value, err := r.in.value()
	if err != nil {
		return err
	}
	var status metav1.Status
	if err := json.Unmarshal(value, &status); err != nil {
		return fmt.Errorf("the server's error: %w", err)
	}
	return apierrors.FromObject(&status)
}
