package workspace

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/versions"
)

// ErrNoEvents says that a server has no Events, or a recording none of them.
var ErrNoEvents = errors.New("there are no Events here: the server, or the recording, does not have the type")

// mostEvents bounds how many Events of one object are read.
const mostEvents = 500

// ObjectEvents are the Events of one object. They are watched until Close. All methods are safe for concurrent use.
type ObjectEvents interface {
	// Version grows when there may be something else to read.
	Version() uint64
	// Read gives the Events that there are now, those that happened last first. Its cost grows with their number.
	Read() ([]Event, error)
	// State tells what the watch is doing.
	State() informers.State
	// Close ends the watch, and waits until nothing is left of it.
	Close()
}

type objectEvents struct {
	follower
	of    versions.Object
	lease *informers.Lease
}

// WatchEvents watches the Events of an object of a kind. They share a watch with nobody else's, and are not remembered. It waits for
// nothing. Options.Changed is called when there are others, or the watch has another state. Errors are ErrNoEvents, ErrClosed, or that the
// cluster is not connected any more.
func (w *Workspace) WatchEvents(of versions.Object, kind string) (ObjectEvents, error) {
	if past := w.rewind.Load(); past != nil {
		return past.events(of, kind)
	}
	conn := w.connectionOf(of.Cluster)
	if conn == nil {
		return nil, fmt.Errorf("watch the Events of %s: %s is not connected any more", of.Key, of.Cluster)
	}
	identity, err := eventsOf(conn, of, kind)
	if err != nil {
		return nil, err
	}
	lease, err := w.opts.Manager.Add(identity)
	if err != nil {
		return nil, fmt.Errorf("watch the Events of %s: %w", of.Key, err)
	}
	lease.Prioritize()
	return w.followEvents(of, lease)
}

// eventsOf is the watch that has the Events of an object of a kind.
func eventsOf(conn *connection, of versions.Object, kind string) (informers.Identity, error) {
	gvr, regarding, err := eventsType(conn.cluster.Catalog().Snapshot())
	if err != nil {
		return informers.Identity{}, err
	}
	return informers.Identity{
		Cluster: of.Cluster, GVR: gvr, Namespace: of.Key.Namespace,
		// By name, not by UID: the kubelet's Events of its Node, and some controllers', have no UID, or another.
		FieldSelector: fields.Set{regarding + ".kind": kind, regarding + ".name": of.Key.Name}.AsSelector().String(),
	}, nil
}

func (w *Workspace) followEvents(of versions.Object, lease *informers.Lease) (ObjectEvents, error) {
	e := &objectEvents{of: of, lease: lease}
	wake := make(chan struct{}, 1)
	changes := lease.Watch().Store().SubscribeOn(wake, 1)
	forget := lease.Watch().OnChange(w.opts.Changed)
	stop := func() {
		forget()
		changes.Close()
		lease.Drop()
	}
	drain := func() { // that there is something is enough
		for changes.TryNext() != nil {
		}
	}
	if err := e.start(w, wake, nil, drain, stop); err != nil {
		stop()
		return nil, err
	}
	return e, nil
}

// connectionOf gives the connection to a cluster, nil where there is none.
func (w *Workspace) connectionOf(name string) *connection {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.connections[name]
}

// eventsType gives the type of Events that is served, and by which field they name what they are about.
func eventsType(snapshot *cluster.Snapshot) (schema.GroupVersionResource, string, error) {
	if r, ok := snapshot.ServedAs(schema.GroupResource{Resource: "events"}, "v1"); ok && r.ListWatch {
		return r.GVR, "involvedObject", nil
	}
	if r, ok := snapshot.ServedAs(schema.GroupResource{Group: "events.k8s.io", Resource: "events"}, "v1"); ok && r.ListWatch {
		return r.GVR, "regarding", nil
	}
	return schema.GroupVersionResource{}, "", ErrNoEvents
}

// State implements ObjectEvents.
func (e *objectEvents) State() informers.State { return e.lease.Watch().State() }

// Read implements ObjectEvents.
func (e *objectEvents) Read() ([]Event, error) {
	return readEvents(e.lease.Watch().Store(), func(about reference) bool { return isOf(about.UID, e.of) })
}

// readEvents gives the Events that a Store has of what is wanted, those that happened last first.
func readEvents(store *model.Store, wanted func(reference) bool) ([]Event, error) {
	var events []Event
	err := eachEvent(store, func(event Event, about reference) {
		if wanted(about) {
			events = append(events, event)
		}
	})
	if err != nil {
		return nil, err
	}
	sortEvents(events)
	return events[:min(len(events), mostEvents)], nil
}

// eachEvent gives all Events of a Store that can be read, and what they are about. The error is why some of them cannot.
func eachEvent(store *model.Store, take func(Event, reference)) error {
	var objects []*model.Object
	store.Each(func(o *model.Object) bool {
		objects = append(objects, o)
		return true
	})
	var failed error
	for _, o := range objects {
		text, err := o.JSON()
		if err != nil {
			failed = fmt.Errorf("read the Event %s: %w", o.Key, err)
			continue
		}
		event, about, err := parseEvent(text)
		if err != nil {
			failed = fmt.Errorf("read the Event %s: %w", o.Key, err)
			continue
		}
		event.Key = o.Key
		take(event, about)
	}
	return failed
}

// sortEvents puts those that happened last first.
func sortEvents(events []Event) {
	slices.SortFunc(events, func(a, b Event) int {
		return cmp.Or(b.Last.Compare(a.Last), b.First.Compare(a.First), cmp.Compare(a.Key.Name, b.Key.Name))
	})
}

// isOf tells whether Events are about the object, not about another that had its name.
func isOf(about string, of versions.Object) bool {
	return about == "" || of.UID == "" || about == string(of.UID) || about == of.Key.Name
}
