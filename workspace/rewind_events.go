package workspace

import (
	"errors"
	"slices"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/versions"
)

// errNoPastEvents says why an object's Events are not known at a past moment.
var errNoPastEvents = errors.New("Events are remembered only while a tab watches them, and none did") //nolint:staticcheck // Events are a type

// pastEvents are the Events of an object as the past has them. There is nothing to close.
type pastEvents struct {
	rewind  *Rewind
	watches []relative // that have Events of its namespace
	of      versions.Object
	kind    string
}

// events gives the Events of an object of a kind at the moment that is shown.
func (r *Rewind) events(of versions.Object, kind string) (ObjectEvents, error) {
	watches := r.eventsIn(of.Cluster, of.Key.Namespace)
	if len(watches) == 0 {
		return nil, errNoPastEvents
	}
	return &pastEvents{r, watches, of, kind}, nil
}

// eventsIn are the past's watches that have the Events of a namespace of a cluster.
func (r *Rewind) eventsIn(cluster, namespace string) []relative {
	return slices.DeleteFunc(r.relatives(cluster), func(w relative) bool {
		return w.id.GVR.Resource != "events" || w.id.Namespace != "" && w.id.Namespace != namespace
	})
}

// watch is one that knew the Events of the moment that is shown, or the first where none did.
func (e *pastEvents) watch() *relative {
	return &e.watches[max(slices.IndexFunc(e.watches, func(w relative) bool { return w.state().Phase == informers.Live }), 0)]
}

// Version implements ObjectEvents.
func (e *pastEvents) Version() uint64 { return e.rewind.moves.Load() }

// Read implements ObjectEvents.
func (e *pastEvents) Read() ([]Event, error) {
	return readEvents(e.watch().store, func(about reference) bool {
		return about.Kind == e.kind && about.Name == e.of.Key.Name && about.Namespace == e.of.Key.Namespace && isOf(about.UID, e.of)
	})
}

// State implements ObjectEvents.
func (e *pastEvents) State() informers.State {
	s := e.watch().state()
	s.LastHeard, s.Since = time.Time{}, time.Time{}
	return s
}

// Close implements ObjectEvents.
func (e *pastEvents) Close() {}
