package workspace

import (
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
)

// ErrNotListed says that the server has not answered yet.
var ErrNotListed = errors.New("the server has not answered yet")

// Single is one object that is watched for what it holds, not to be shown. Its methods are for one goroutine.
type Single struct {
	ws      *Workspace
	conn    *connection
	key     model.Key
	lease   *informers.Lease
	changed chan struct{}
	changes *model.Subscription
	forget  func()
}

// WatchSingle watches one object of the current cluster until Close, whatever the tabs go over to meanwhile. It waits for nothing. The error is ErrClosed.
func (w *Workspace) WatchSingle(gvr schema.GroupVersionResource, namespace, name string) (*Single, error) {
	w.mu.Lock()
	s := &Single{ws: w, conn: w.current, key: model.Key{Namespace: namespace, Name: name}, changed: make(chan struct{}, 1)}
	w.singles = append(w.singles, s)
	w.mu.Unlock()
	lease, err := w.opts.Manager.Add(informers.Identity{
		Cluster: s.conn.cluster.Name(), GVR: gvr, Namespace: namespace,
		FieldSelector: fields.OneTermEqualSelector("metadata.name", name).String(),
	})
	if err != nil {
		w.forgetSingle(s)
		return nil, fmt.Errorf("watch %s/%s: %w", namespace, name, err)
	}
	lease.Prioritize()
	s.lease = lease
	s.changes = lease.Watch().Store().SubscribeOn(s.changed, 1)
	s.forget = lease.Watch().OnChange(func() {
		select {
		case s.changed <- struct{}{}:
		default:
		}
	})
	return s, nil
}

// forgetSingle lets go of the connection that an object was watched over.
func (w *Workspace) forgetSingle(s *Single) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.singles = slices.DeleteFunc(w.singles, func(other *Single) bool { return other == s })
	w.dropUnusedLocked()
}

// Changed has a token when Read may give something else.
func (s *Single) Changed() <-chan struct{} { return s.changed }

// Read gives the object's JSON as it was heard of last. The error says why there is none, or that it may not be watched any longer.
func (s *Single) Read() ([]byte, error) {
	for s.changes.TryNext() != nil { // that there was something is enough
	}
	state := s.lease.Watch().State()
	if object, ok := s.lease.Watch().Store().Get(s.key); ok && state.Phase != informers.Forbidden {
		return object.JSON()
	}
	switch {
	case state.Reason != "":
		return nil, fmt.Errorf("%s: %s", state.Phase, state.Reason)
	case state.Synced:
		return nil, errors.New("there is no such object")
	}
	return nil, ErrNotListed
}

// Close ends the watch.
func (s *Single) Close() {
	s.forget()
	s.changes.Close()
	s.lease.Drop()
	s.ws.forgetSingle(s)
}
