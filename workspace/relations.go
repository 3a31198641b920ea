package workspace

import (
	"fmt"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/fields"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/versions"
)

// mostLookups bounds how many objects are watched one by one because no tab shows them.
const mostLookups = 50

// AllTypes is awaited where the server has not told its types yet.
const AllTypes = "the types of the server"

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
	// Unwatched is one of which nothing was known at a past moment, or, without a name, all of a type that no watch has.
	Unwatched
)

// Related is an object in the tree of what another relates to.
type Related struct {
	relation.Item
	Presence Presence
	// Cause says in a line why the object is unhealthy, where it says so itself, or why it is Unread, if its list fails.
	Cause string
}

// Relations are what relates to one object, watched until Close. Its methods are safe for concurrent use.
type Relations interface {
	// Version grows when there may be something else to read.
	Version() uint64
	// Read gives the tree as it is now. Its cost grows with what has changed since the last Read.
	Read() ([]Related, error)
	// Awaited names the types that are being listed for what Read gives, as RESOURCE or RESOURCE.GROUP, some perhaps twice; or AllTypes. If there are none
	// before and behind a Read, waiting for more is in vain.
	Awaited() []string
	// Close ends it, and waits until nothing is left of it.
	Close()
}

type relations struct {
	follower
	ws      *Workspace
	conn    *connection
	forgets []func() // end being told by the catalog and the tabs

	mu      sync.Mutex
	closed  bool
	kin     *kin
	lookups map[informers.Identity]*lookup
}

// lookup is a watch that is there for these relations.
type lookup struct {
	lease  *informers.Lease
	of     relation.Type
	forget func()
}

// WatchRelations follows what an object of a kind relates to, in the types of all tabs. What is needed besides is watched as long. At a past
// moment it is as it was then, and nothing is watched. Errors are ErrClosed, or that the cluster is not connected any more or has no such type.
func (w *Workspace) WatchRelations(of versions.Object, kind string) (Relations, error) {
	if past := w.rewind.Load(); past != nil {
		return past.relations(of, kind)
	}
	r, changed, err := w.newRelations(of, kind)
	if err != nil {
		return nil, err
	}
	if err := r.start(w, r.kin.wake, changed, func() {}, r.leave); err != nil {
		r.forget()
		return nil, err
	}
	return r, nil
}

// newRelations makes relations that have not been started. changed tells that the server has other types.
func (w *Workspace) newRelations(of versions.Object, kind string) (r *relations, changed <-chan struct{}, err error) {
	conn := w.connectionOf(of.Cluster)
	if conn == nil {
		return nil, nil, fmt.Errorf("find the relations of %s: %s is not connected any more", of.Key, of.Cluster)
	}
	k, err := newKin(of, kind, w.opts.Health)
	if err != nil {
		return nil, nil, err
	}
	k.absent = absentNow
	r = &relations{ws: w, conn: conn, kin: k, lookups: map[informers.Identity]*lookup{}}
	conn.cluster.Catalog().Hurry()
	changed, unsubscribe := conn.cluster.Catalog().Subscribe()
	r.forgets = []func(){unsubscribe, w.tabsChanged.add(k.wake)}
	r.nudge()
	return r, changed, nil
}

// nudge has it read again.
func (r *relations) nudge() {
	select {
	case r.kin.wake <- struct{}{}:
	default:
	}
}

func (r *relations) forget() {
	for _, forget := range r.forgets {
		forget()
	}
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
	lookups := r.lookups
	r.lookups = nil
	r.kin.leave()
	r.mu.Unlock()
	r.forget()
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
	r.kin.follow(r.relatives(), typesOf(r.conn.cluster.Catalog().Snapshot()))
	tree, err := r.kin.read()
	if err != nil {
		return nil, err
	}
	return tree, r.need(tree)
}

// Awaited implements Relations.
func (r *relations) Awaited() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.awaitedLocked()
}

func (r *relations) awaitedLocked() []string {
	var all []string
	if r.conn.cluster.Catalog().Snapshot().Fetched.IsZero() {
		all = append(all, AllTypes)
	}
	for _, l := range r.lookups {
		if !isSettled(l.lease) {
			all = append(all, l.of.GVR.GroupResource().String())
		}
	}
	return all
}

// isSettled tells that a watch has its first list, or will not have it soon.
func isSettled(l *informers.Lease) bool {
	s := l.Watch().State()
	return s.Synced || s.Phase != informers.WaitingForDiscovery && s.Phase != informers.Listing
}

// relatives are the watches that there are now.
func (r *relations) relatives() []relative {
	var all []relative
	for _, w := range r.ws.Watches() {
		if id := w.Watch.Identity(); id.Cluster == r.kin.of.Cluster {
			of := relation.Type{GVR: id.GVR, Kind: w.Resource.Kind, Namespaced: w.Resource.Namespaced}
			all = append(all, relative{id, of, w.Watch.Store(), w.Watch.State})
		}
	}
	for _, l := range r.lookups {
		watch := l.lease.Watch()
		if !slices.ContainsFunc(all, func(other relative) bool { return other.store == watch.Store() }) {
			all = append(all, relative{watch.Identity(), l.of, watch.Store(), watch.State})
		}
	}
	return all
}

// absentNow says what a watch knows of an object that it does not have.
func absentNow(w *relative, _ relation.ID) Presence {
	if w == nil {
		return Unread
	}
	switch state := w.state(); {
	case state.Synced:
		return Missing
	case state.Phase == informers.Forbidden:
		return Hidden
	}
	return Unread
}

func byName(name string) string { return fields.OneTermEqualSelector("metadata.name", name).String() }

// need watches what the tree lacks: the types that related objects are of, in the namespace, and single objects that no watch would have.
func (r *relations) need(tree []Related) error {
	for _, n := range r.kin.needed() {
		if !n.watch {
			continue
		}
		if err := r.look(n.of, n.id, ""); err != nil {
			return err
		}
	}
	for _, it := range tree {
		if it.More == 0 && it.Object == nil && it.How != relation.NotKnown && len(r.lookups) < mostLookups {
			if err := r.look(it.Of, it.ID, byName(it.ID.Name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// look watches objects of a type, unless another watch has them.
func (r *relations) look(of relation.Type, id relation.ID, selector string) error {
	identity := informers.Identity{Cluster: r.kin.of.Cluster, GVR: of.GVR, FieldSelector: selector}
	if of.Namespaced {
		identity.Namespace = id.Namespace
	}
	if _, looked := r.lookups[identity]; looked || r.kin.covers(id) {
		return nil
	}
	lease, err := r.ws.opts.Manager.Add(identity)
	if err != nil {
		return fmt.Errorf("watch %s for the relations of %s: %w", of.GVR.Resource, r.kin.of.Key, err)
	}
	lease.Prioritize()
	r.lookups[identity] = &lookup{lease, of, lease.Watch().OnChange(r.nudge)}
	r.nudge() // it is to be followed
	return nil
}
