package workspace

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/versions"
)

const (
	// mostLookups bounds how many objects are watched one by one because no tab shows them.
	mostLookups = 50
	// relationsQueue is how many changes of one watch may wait before those of one object are merged: only the newest counts.
	relationsQueue = 256
)

// Presence says what is known of an object that another relates to.
type Presence uint8

const (
	// Present is an object that is there.
	Present Presence = iota
	// Missing is one that does not exist.
	Missing
	// Unread is one of which nothing is known yet.
	Unread
	// Hidden is one that may not be read.
	Hidden
)

// Related is an object in the tree of what another relates to.
type Related struct {
	relation.Item
	Presence Presence
	// Cause says in a line why the object is unhealthy, where it says so itself.
	Cause string
}

// Relations are what relates to one object, watched until Close. Its methods are safe for concurrent use.
type Relations interface {
	// Version grows when there may be something else to read.
	Version() uint64
	// Read gives the tree as it is now. Its cost grows with what has changed since the last Read.
	Read() ([]Related, error)
	// Close ends it, and waits until nothing is left of it.
	Close()
}

// errNoPastRelations says why there are none at a past moment.
var errNoPastRelations = errors.New("what an object related to in the past is not told yet: esc goes back to the present")

type relations struct {
	follower
	ws    *Workspace
	of    versions.Object
	conn  *connection
	rules *relation.Rules
	wake  chan struct{}

	unsubscribe func() // from the catalog

	mu       sync.Mutex
	closed   bool
	types    []relation.Type
	served   *relation.Types
	graph    *relation.Graph
	subject  relation.Type
	followed []*relating
	lookups  map[informers.Identity]*lookup
}

// relating is a watch whose objects are in the graph.
type relating struct {
	watch   *informers.Watch
	of      relation.Type
	changes *model.Subscription
}

// lookup is a watch that is there for these relations.
type lookup struct {
	lease  *informers.Lease
	of     relation.Type
	forget func()
}

// WatchRelations follows what an object of a kind relates to, in the types of all tabs. What is needed besides is watched as long. Errors are
// ErrClosed, or that the cluster is not connected any more or has no such type.
func (w *Workspace) WatchRelations(of versions.Object, kind string) (Relations, error) {
	if w.rewind.Load() != nil {
		return nil, errNoPastRelations
	}
	conn := w.connectionOf(of.Cluster)
	if conn == nil {
		return nil, fmt.Errorf("find the relations of %s: %s is not connected any more", of.Key, of.Cluster)
	}
	rules, err := relation.Builtin()
	if err != nil {
		return nil, fmt.Errorf("find the relations of %s: %w", of.Key, err)
	}
	r := &relations{
		ws: w, of: of, conn: conn, rules: rules, wake: make(chan struct{}, 1), lookups: map[informers.Identity]*lookup{},
	}
	r.subject = relation.Type{GVR: of.GVR, Kind: kind, Namespaced: of.Key.Namespace != ""}
	conn.cluster.Catalog().Hurry()
	changed, unsubscribe := conn.cluster.Catalog().Subscribe()
	r.unsubscribe = unsubscribe
	r.wake <- struct{}{}
	if err := r.start(w, r.wake, changed, func() {}, r.leave); err != nil {
		unsubscribe()
		return nil, err
	}
	return r, nil
}

func typesOf(s *cluster.Snapshot) []relation.Type {
	types := make([]relation.Type, 0, len(s.Resources))
	for _, r := range s.Resources {
		types = append(types, relation.Type{GVR: r.GVR, Kind: r.Kind, Namespaced: r.Namespaced})
	}
	return types
}

// leave drops all watches that are there for these relations.
func (r *relations) leave() {
	r.mu.Lock()
	r.closed = true
	followed, lookups := r.followed, r.lookups
	r.followed, r.lookups = nil, nil
	r.mu.Unlock()
	r.unsubscribe()
	for _, f := range followed {
		f.changes.Close()
	}
	for _, l := range lookups {
		l.forget()
		l.lease.Drop()
	}
}

// Read implements Relations.
func (r *relations) Read() ([]Related, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, ErrClosed
	}
	r.follow()
	if err := r.take(); err != nil {
		return nil, err
	}
	tree := r.graph.Tree(func(_ relation.Type, id relation.ID) bool { return r.presence(id) == Missing })
	if err := r.need(tree); err != nil {
		return nil, err
	}
	related := make([]Related, len(tree))
	for i, it := range tree {
		related[i] = Related{Item: it, Cause: r.cause(&it)}
		if it.Object == nil && it.More == 0 {
			related[i].Presence = r.presence(it.ID)
		}
	}
	return related, nil
}

// cause is why an object is unhealthy; empty for all others.
func (r *relations) cause(it *relation.Item) string {
	if it.Object == nil || it.Object.Health.Level != model.Unhealthy {
		return ""
	}
	rules, err := r.ws.opts.Health()
	if err != nil {
		return ""
	}
	text, err := it.Object.JSON()
	if err != nil {
		return ""
	}
	return rules.Explain(it.Of.GroupKind()).Of(jsonscan.Object{Text: text}).Message
}

// follow follows the watches that there are now. Where one is gone, or the server has other types, the graph is made anew.
func (r *relations) follow() {
	watches := map[*informers.Watch]relation.Type{}
	for _, w := range r.ws.Watches() {
		if w.Watch.Identity().Cluster == r.of.Cluster {
			watches[w.Watch] = relation.Type{GVR: w.Watch.Identity().GVR, Kind: w.Resource.Kind, Namespaced: w.Resource.Namespaced}
		}
	}
	for _, l := range r.lookups {
		watches[l.lease.Watch()] = l.of
	}
	isGone := func(f *relating) bool { _, ok := watches[f.watch]; return !ok }
	if types := typesOf(r.conn.cluster.Catalog().Snapshot()); r.served == nil || !slices.Equal(types, r.types) {
		r.types, r.served, r.graph = types, relation.NewTypes(types), nil
	}
	if r.graph == nil || slices.ContainsFunc(r.followed, isGone) {
		for _, f := range r.followed {
			f.changes.Close()
		}
		r.followed, r.graph = nil, relation.NewGraph(r.rules, r.served, r.subject, r.of.Key)
	}
	for watch, of := range watches {
		if !slices.ContainsFunc(r.followed, func(f *relating) bool { return f.watch == watch }) {
			r.followed = append(r.followed, &relating{watch, of, watch.Store().SubscribeOn(r.wake, relationsQueue)})
		}
	}
}

// take takes what has changed into the graph.
func (r *relations) take() error {
	for _, f := range r.followed {
		for deltas := f.changes.TryNext(); deltas != nil; deltas = f.changes.TryNext() {
			for i := range deltas {
				if err := r.change(f, &deltas[i]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (r *relations) change(f *relating, d *model.Delta) error {
	o := d.New
	if o == nil {
		id := relation.ID{Type: f.of.GVR.GroupResource(), Key: d.Old.Key}
		if o = r.held(id); o == nil {
			r.graph.Delete(id)
			return nil
		}
	}
	if known := r.graph.Object(relation.ID{Type: f.of.GVR.GroupResource(), Key: o.Key}); known != nil && isNewer(known.ResourceVersion, o.ResourceVersion) {
		return nil // another watch is ahead
	}
	return r.graph.Set(f.of, o)
}

// held is an object as any watch has it, nil where none does.
func (r *relations) held(id relation.ID) *model.Object {
	for _, f := range r.followed {
		if f.of.GVR.GroupResource() == id.Type {
			if o, ok := f.watch.Store().Get(id.Key); ok {
				return o
			}
		}
	}
	return nil
}

// presence says what is known of an object that no watch has.
func (r *relations) presence(id relation.ID) Presence {
	presence := Unread
	for _, f := range r.followed {
		identity := f.watch.Identity()
		if !covers(identity, id) {
			continue
		}
		switch state := f.watch.State(); {
		case state.Synced:
			return Missing
		case state.Phase == informers.Forbidden:
			presence = Hidden
		}
	}
	return presence
}

// covers tells whether a watch has an object if there is one.
func covers(w informers.Identity, id relation.ID) bool {
	return w.GVR.GroupResource() == id.Type && (w.Namespace == "" || w.Namespace == id.Namespace) && w.LabelSelector == "" &&
		(w.FieldSelector == "" || w.FieldSelector == byName(id.Name))
}

func byName(name string) string { return fields.OneTermEqualSelector("metadata.name", name).String() }

// need watches what the tree lacks: the types that related objects are of, in the namespace, and single objects that no watch would have.
func (r *relations) need(tree []relation.Item) error {
	for _, gk := range r.rules.Needed(schema.GroupKind{Group: r.subject.GVR.Group, Kind: r.subject.Kind}) {
		if of, ok := r.served.Find(gk); ok {
			if err := r.look(of, relation.ID{Type: of.GVR.GroupResource(), Key: model.Key{Namespace: r.of.Key.Namespace}}, ""); err != nil {
				return err
			}
		}
	}
	for _, it := range tree {
		if it.More == 0 && it.Object == nil && len(r.lookups) < mostLookups {
			if err := r.look(it.Of, it.ID, byName(it.ID.Name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// look watches objects of a type, unless another watch has them.
func (r *relations) look(of relation.Type, id relation.ID, selector string) error {
	identity := informers.Identity{Cluster: r.of.Cluster, GVR: of.GVR, FieldSelector: selector}
	if of.Namespaced {
		identity.Namespace = id.Namespace
	}
	_, looked := r.lookups[identity]
	if looked || slices.ContainsFunc(r.followed, func(f *relating) bool { return covers(f.watch.Identity(), id) }) {
		return nil
	}
	lease, err := r.ws.opts.Manager.Add(identity)
	if err != nil {
		return fmt.Errorf("watch %s for the relations of %s: %w", of.GVR.Resource, r.of.Key, err)
	}
	lease.Prioritize()
	forget := lease.Watch().OnChange(func() {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	})
	r.lookups[identity] = &lookup{lease, of, forget}
	select {
	case r.wake <- struct{}{}: // it is to be followed
	default:
	}
	return nil
}
