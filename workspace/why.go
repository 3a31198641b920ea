package workspace

import (
	"slices"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/model/why"
)

// mostWarned is of how many objects Events are watched before those that are not on the way any more are let go of. A way is shorter.
const mostWarned = 20

// Reasons say why an object is as it is, followed until Close. Their methods are safe for concurrent use.
type Reasons interface {
	// Version grows when there may be something else to read.
	Version() uint64
	// Read gives the answer as it is now. Its cost grows with what has changed since the last Read.
	Read() (*why.Answer, error)
	// Awaited is as that of Relations.
	Awaited() []string
	// Close ends it, and waits until nothing is left of it.
	Close()
}

// reasons follow what their object relates to, as relations do, and what else may be the cause of its trouble.
type reasons struct {
	*relations
	reasoner
	warned map[relation.ID]*warned
}

// warned is a watch of the Events of one object.
type warned struct {
	of      versions.Object
	lease   *informers.Lease
	changes *model.Subscription
	forget  func()
}

// WatchReasons follows why an object of a kind is as it is, in the types of all tabs; what is needed besides is watched as long, and so are the Events
// of what leads to the cause. At a past moment it is as it was then, and nothing is watched. Errors are as WatchRelations has them.
func (w *Workspace) WatchReasons(of versions.Object, kind string) (Reasons, error) {
	if past := w.rewind.Load(); past != nil {
		return past.reasons(of, kind)
	}
	r, changed, err := w.newRelations(of, kind)
	if err != nil {
		return nil, err
	}
	y := &reasons{relations: r, reasoner: w.newReasoner(r.kin, w.opts.History), warned: map[relation.ID]*warned{}}
	if t := w.opts.History; t != nil {
		r.forgets = append(r.forgets, t.Listen(r.kin.wake))
	}
	if err := r.start(w, r.kin.wake, changed, func() {}, y.leave); err != nil {
		r.forget()
		return nil, err
	}
	return y, nil
}

// leave drops all watches.
func (y *reasons) leave() {
	y.relations.leave()
	y.mu.Lock()
	all := y.warned
	y.warned = nil
	y.mu.Unlock()
	for _, e := range all {
		e.leave()
	}
}

// leave ends the watch.
func (e *warned) leave() {
	e.forget()
	e.changes.Close()
	e.lease.Drop()
}

// Read implements Reasons.
func (y *reasons) Read() (*why.Answer, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.closed {
		return nil, ErrClosed
	}
	y.kin.follow(y.relatives(), typesOf(y.conn.cluster.Catalog().Snapshot()))
	if err := y.kin.take(); err != nil {
		return nil, err
	}
	world, err := y.world(y.ws.opts.Health, y.absent)
	if err != nil {
		return nil, err
	}
	world.Warnings = y.warnings
	if y.timeline != nil {
		world.Changes = func(it relation.Item) ([]why.Change, time.Time) {
			return y.changes(it, time.Time{}, y.ws.history.remembered(y.kin.of.Cluster, it.ID))
		}
	}
	if y.ws.opts.HistoryNow == nil { // else both are by the clock of what is played
		world.Ahead = time.Until(y.conn.cluster.Now())
	}
	answer := world.Find()
	answer.Reading = y.ws.history.isReading()
	if err := y.needFor(&answer); err != nil {
		return nil, err
	}
	return &answer, nil
}

// Awaited implements Reasons.
func (y *reasons) Awaited() []string {
	y.mu.Lock()
	defer y.mu.Unlock()
	all := y.awaitedLocked()
	for _, w := range y.warned {
		if !isSettled(w.lease) {
			all = append(all, w.lease.Watch().Identity().GVR.GroupResource().String())
		}
	}
	return all
}

func (y *reasons) absent(id relation.ID) why.Presence {
	switch y.kin.presence(id) {
	case Missing:
		return why.Missing
	case Hidden:
		return why.Hidden
	default:
		return why.Unread
	}
}

// warnings are those among an object's Events, as far as they are watched, the newest first.
func (y *reasons) warnings(it relation.Item) []why.Event {
	w := y.warned[it.ID]
	if w == nil {
		return nil
	}
	for w.changes.TryNext() != nil { // that there is something was enough
	}
	events, err := readEvents(w.lease.Watch().Store(), func(about reference) bool { return isOf(about.UID, w.of) })
	if err != nil {
		return nil
	}
	return warningsOf(events)
}

// needFor watches what an answer lacks: what the objects on the way own and select, those of which nothing is known, and the Events of the others.
func (y *reasons) needFor(a *why.Answer) error {
	y.spare(a.Steps)
	for i := range a.Steps {
		step := &a.Steps[i]
		if err := y.needBelow(step); err != nil {
			return err
		}
		if step.Object != nil && step.Finding.Level != model.Healthy {
			y.warn(step)
		}
	}
	for _, of := range a.Needed {
		if err := y.look(of, relation.ID{Type: of.GVR.GroupResource()}, ""); err != nil {
			return err
		}
	}
	for _, it := range a.Wanted {
		if len(y.lookups) >= mostLookups {
			break
		}
		if err := y.look(it.Of, it.ID, byName(it.ID.Name)); err != nil {
			return err
		}
	}
	return nil
}

// needBelow watches the types of what an object may own or select.
func (y *reasons) needBelow(step *why.Step) error {
	for _, of := range y.below(step) {
		id := relation.ID{Type: of.GVR.GroupResource(), Key: model.Key{Namespace: step.ID.Namespace}}
		if err := y.look(of, id, ""); err != nil {
			return err
		}
	}
	return nil
}

// spare drops watches of Events of what is not on the way any more, where there would be too many.
func (y *reasons) spare(way []why.Step) {
	if len(y.warned)+len(way) <= mostWarned {
		return
	}
	for id, e := range y.warned {
		if !slices.ContainsFunc(way, func(step why.Step) bool { return step.ID == id }) {
			e.leave()
			delete(y.warned, id)
		}
	}
}

// warn watches the Events of an object. Where they cannot be, the answer has none.
func (y *reasons) warn(step *why.Step) {
	if y.warned[step.ID] != nil {
		return
	}
	of := versions.Object{Cluster: y.kin.of.Cluster, GVR: step.Of.GVR, Key: step.ID.Key, UID: step.Object.UID}
	identity, err := eventsOf(y.conn, of, step.Of.Kind)
	if err != nil {
		return
	}
	lease, err := y.ws.opts.Manager.Add(identity)
	if err != nil {
		return
	}
	lease.Prioritize()
	watch := lease.Watch()
	y.warned[step.ID] = &warned{of, lease, watch.Store().SubscribeOn(y.kin.wake, 1), watch.OnChange(y.nudge)}
}

// remembered says since when all changes of an object are remembered; zero where they are not.
func (h *history) remembered(cluster string, of relation.ID) time.Time {
	if h == nil {
		return time.Time{}
	}
	var since time.Time
	for _, f := range *h.known.Load() {
		id := f.watch.Identity()
		if r := (relative{id: id}); id.Cluster != cluster || !r.covers(of) {
			continue
		}
		if at := f.remembered(h.timeline, h.now); !at.IsZero() && (since.IsZero() || at.Before(since)) {
			since = at
		}
	}
	return since
}

// remembered says since when all changes are remembered. now is the clock of what is played, nil for the present.
func (k *knowledge) remembered(t *timeline.Timeline, now func() time.Time) time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	oldest := t.Oldest()
	switch first, _ := t.Range(); {
	case !k.listed:
		return time.Time{}
	case first <= k.from:
		return k.sinceGap(now)
	case oldest.IsZero() && now != nil:
		return now()
	}
	return oldest
}

// sinceGap is since when all is remembered where nothing was dropped: not what happened in a time of which a recording knows nothing.
func (k *knowledge) sinceGap(now func() time.Time) time.Time {
	since := k.since
	for _, g := range k.gaps {
		if now != nil && g.to.After(since) && !g.to.After(now()) {
			since = g.to
		}
	}
	return since
}
