package workspace

import (
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
)

// ErrNotListed says that the server has not answered yet.
var ErrNotListed = errors.New("the server has not answered yet")

// Single is one object that is watched for what it holds, not to be shown. Its methods are for one goroutine.
type Single struct {
	key     model.Key
	lease   *informers.Lease
	changed chan struct{}
	changes *model.Subscription
	forget  func()
}

// WatchSingle watches one object of the current cluster until Close. It waits for nothing. The error is ErrClosed.
func (w *Workspace) WatchSingle(gvr schema.GroupVersionResource, namespace, name string) (*Single, error) {
	w.mu.Lock()
	identity := informers.Identity{
		Cluster: w.current.cluster.Name(), GVR: gvr, Namespace: namespace,
		FieldSelector: fields.OneTermEqualSelector("metadata.name", name).String(),
	}
	w.mu.Unlock()
	lease, err := w.opts.Manager.Add(identity)
	if err != nil {
		return nil, fmt.Errorf("watch %s/%s: %w", namespace, name, err)
	}
	lease.Prioritize()
	s := &Single{key: model.Key{Namespace: namespace, Name: name}, lease: lease, changed: make(chan struct{}, 1)}
	s.changes = lease.Watch().Store().SubscribeOn(s.changed, 1)
	s.forget = lease.Watch().OnChange(func() {
		select {
		case s.changed <- struct{}{}:
		default:
		}
	})
	return s, nil
}

// Changed has a token when Read may give something else.
func (s *Single) Changed() <-chan struct{} { return s.changed }

// Read gives the object's JSON as it was heard of last. The error says why there is none.
func (s *Single) Read() ([]byte, error) {
	for s.changes.TryNext() != nil { // that there was something is enough
	}
	if object, ok := s.lease.Watch().Store().Get(s.key); ok {
		return object.JSON()
	}
	state := s.lease.Watch().State()
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
}
