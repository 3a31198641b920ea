package workspace

import (
	"errors"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/versions"
)

// errNoPastEvents says why an object's Events are not known at a past moment.
var errNoPastEvents = errors.New("Events are remembered only while a tab watches them, and none did") //nolint:staticcheck // Events are a type

// pastEvents are the Events of an object as the past has them. There is nothing to close.
type pastEvents struct {
	rewind *Rewind
	store  *model.Store
	place  int
	of     versions.Object
	kind   string
}

// events gives the Events of an object of a kind at the moment that is shown.
func (r *Rewind) events(of versions.Object, kind string) (ObjectEvents, error) {
	for watch, place := range r.places {
		id := watch.Identity()
		if id.Cluster == of.Cluster && id.GVR.Resource == "events" && (id.Namespace == "" || id.Namespace == of.Key.Namespace) {
			return &pastEvents{rewind: r, store: r.past.Store(place), place: place, of: of, kind: kind}, nil
		}
	}
	return nil, errNoPastEvents
}

// Version implements ObjectEvents.
func (e *pastEvents) Version() uint64 { return e.store.Version() }

// Read implements ObjectEvents.
func (e *pastEvents) Read() ([]Event, error) {
	return readEvents(e.store, func(about reference) bool {
		return about.Kind == e.kind && about.Name == e.of.Key.Name && about.Namespace == e.of.Key.Namespace && isOf(about.UID, e.of)
	})
}

// State implements ObjectEvents.
func (e *pastEvents) State() informers.State {
	s := e.rewind.stateOf(e.place, informers.Type{}, e.rewind.State().Now)
	s.LastHeard, s.Since = time.Time{}, time.Time{}
	return s
}

// Close implements ObjectEvents.
func (e *pastEvents) Close() {}
