package workspace

import (
	"slices"
	"time"

	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/model/why"
)

// pastReasons say why an object was as it was at the moment that is shown. Nothing is looked for: what no watch had then is told as such.
type pastReasons struct {
	*pastRelations
	reasoner
	events map[*model.Store]*warnings
}

// warnings are those that a watch of Events had at a moment, by what they are about, without its UID.
type warnings struct {
	version uint64
	of      map[reference][]toldOf
}

// toldOf is an Event, and the UID of what it is about.
type toldOf struct {
	uid   string
	event Event
}

// reasons tells why an object of a kind was as it was.
func (r *Rewind) reasons(of versions.Object, kind string) (Reasons, error) {
	p, err := r.newRelations(of, kind)
	if err != nil {
		return nil, err
	}
	return &pastReasons{pastRelations: p, reasoner: r.ws.newReasoner(p.kin, r.changes), events: map[*model.Store]*warnings{}}, nil
}

// Read implements Reasons.
func (y *pastReasons) Read() (*why.Answer, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if err := y.follow(); err != nil {
		return nil, err
	}
	if err := y.kin.take(); err != nil {
		return nil, err
	}
	world, err := y.world(y.kin.health, y.absence)
	if err != nil {
		return nil, err
	}
	now := y.rewind.past.Now()
	world.Ahead = y.rewind.ahead
	world.Changes = func(it relation.Item) ([]why.Change, time.Time) {
		return y.changes(it, now, y.rewind.remembered(y.kin.of.Cluster, it.ID, now))
	}
	if y.heardOf(y.kin.of.Key.Namespace) {
		world.Warnings = y.warnings
	}
	answer := world.Find()
	answer.IsPast = true
	y.tellUnknown(&answer)
	return &answer, nil
}

func (y *pastReasons) absence(id relation.ID) why.Presence {
	if y.kin.presence(id) == Missing {
		return why.Missing
	}
	return why.Unwatched
}

// remembered is since when all changes of an object are remembered that happened before a moment; zero where they are not.
func (r *Rewind) remembered(cluster string, of relation.ID, now time.Time) time.Time {
	var since time.Time
	for watch, place := range r.places {
		id := watch.Identity()
		covers := id.Cluster == cluster && (&relative{id: id}).covers(of)
		if at := r.since[place]; covers && !at.After(now) && (since.IsZero() || at.Before(since)) {
			since = at
		}
	}
	return since
}

// tellUnknown adds the types of which there may have been something below the steps, but nothing was known.
func (y *pastReasons) tellUnknown(a *why.Answer) {
	for i := range a.Steps {
		step := &a.Steps[i]
		if step.Object == nil || step.Finding.Level == model.Healthy {
			continue
		}
		for _, of := range y.below(step) {
			id := relation.ID{Type: of.GVR.GroupResource()}
			if of.Namespaced {
				id.Namespace = step.ID.Namespace
			}
			if y.kin.presence(id) == Unwatched && !slices.Contains(a.Below, of) {
				a.Below = append(a.Below, of)
			}
		}
	}
}

// heardOf tells that it is known what Events said of what is in a namespace.
func (y *pastReasons) heardOf(namespace string) bool {
	return slices.ContainsFunc(y.rewind.eventsIn(y.kin.of.Cluster, namespace), func(w relative) bool { return w.state().Phase == informers.Live })
}

// warnings are those among an object's Events of that time, those that happened last first.
func (y *pastReasons) warnings(it relation.Item) []why.Event {
	of := versions.Object{Key: it.ID.Key}
	if it.Object != nil {
		of.UID = it.Object.UID
	}
	var events []Event
	for _, w := range y.rewind.eventsIn(y.kin.of.Cluster, it.ID.Namespace) {
		for _, told := range y.warningsIn(w.store).of[reference{Kind: it.Of.Kind, Namespace: it.ID.Namespace, Name: it.ID.Name}] {
			if isOf(told.uid, of) && !slices.ContainsFunc(events, func(other Event) bool { return other.Key == told.event.Key }) {
				events = append(events, told.event)
			}
		}
	}
	sortEvents(events)
	return warningsOf(events)
}

// warningsIn reads all warnings that a watch had, once for each moment.
func (y *pastReasons) warningsIn(store *model.Store) *warnings {
	version := store.Version()
	if known := y.events[store]; known != nil && known.version == version {
		return known
	}
	all := &warnings{version: version, of: map[reference][]toldOf{}}
	err := eachEvent(store, func(event Event, about reference) {
		if event.Type == "Warning" {
			uid := about.UID
			about.UID = ""
			all.of[about] = append(all.of[about], toldOf{uid, event})
		}
	})
	if err != nil {
		klog.Error(err) // the others tell what they can
	}
	y.events[store] = all
	return all
}
