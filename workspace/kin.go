package workspace

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/versions"
)

// relationsQueue is how many changes of one watch may wait before those of one object are merged: only the newest counts.
const relationsQueue = 256

// kin reads what relates to an object from what watches have, now or at a past moment. It is for one goroutine at a time.
type kin struct {
	of      versions.Object
	subject relation.Type
	rules   *relation.Rules
	health  func() (*health.Rules, error)
	// absent says what a watch that would have an object knows of it where it does not have it; nil is no watch.
	absent func(*relative, relation.ID) Presence
	isPast bool          // versions become older, too
	wake   chan struct{} // has a token when something changed

	types    []relation.Type
	served   *relation.Types
	graph    *relation.Graph
	followed []*relating
}

// relative is a watch in which related objects may be.
type relative struct {
	id    informers.Identity
	of    relation.Type
	store *model.Store
	state func() informers.State
}

// relating is a watch whose objects are in the graph.
type relating struct {
	relative
	changes *model.Subscription
}

func newKin(of versions.Object, kind string, rules func() (*health.Rules, error)) (*kin, error) {
	relations, err := relation.Builtin()
	if err != nil {
		return nil, fmt.Errorf("find the relations of %s: %w", of.Key, err)
	}
	return &kin{
		of: of, subject: relation.Type{GVR: of.GVR, Kind: kind, Namespaced: of.Key.Namespace != ""}, rules: relations, health: rules,
		wake: make(chan struct{}, 1),
	}, nil
}

// leave lets go of all.
func (k *kin) leave() {
	for _, f := range k.followed {
		f.changes.Close()
	}
	k.followed, k.graph = nil, nil
}

// follow follows watches, on a server that has some types. Where a watch is gone, or there are other types, the graph is made anew.
func (k *kin) follow(watches []relative, types []relation.Type) {
	isGone := func(f *relating) bool {
		return !slices.ContainsFunc(watches, func(w relative) bool { return w.store == f.store })
	}
	if k.served == nil || !slices.Equal(types, k.types) {
		k.types, k.served = types, relation.NewTypes(types)
		k.leave()
	}
	if k.graph == nil || slices.ContainsFunc(k.followed, isGone) {
		k.leave()
		k.graph = relation.NewGraph(k.rules, k.served, k.subject, k.of.Key)
	}
	for _, w := range watches {
		if !slices.ContainsFunc(k.followed, func(f *relating) bool { return f.store == w.store }) {
			k.followed = append(k.followed, &relating{w, w.store.SubscribeOn(k.wake, relationsQueue)})
		}
	}
}

// read gives the tree, and behind it the types of which nothing is known.
func (k *kin) read() ([]Related, error) {
	if err := k.take(); err != nil {
		return nil, err
	}
	tree := k.graph.Tree(func(_ relation.Type, id relation.ID) bool { return k.presence(id) == Missing })
	related := make([]Related, len(tree))
	for i, it := range tree {
		related[i] = Related{Item: it, Cause: k.cause(&it)}
		if it.Object == nil && it.More == 0 {
			related[i].Presence = k.presence(it.ID)
		}
	}
	return append(related, k.unknown()...), nil
}

// cause is why an object is unhealthy; empty for all others.
func (k *kin) cause(it *relation.Item) string {
	if it.Object == nil || it.Object.Health.Level != model.Unhealthy {
		return ""
	}
	rules, err := k.health()
	if err != nil {
		return ""
	}
	text, err := it.Object.JSON()
	if err != nil {
		return ""
	}
	return rules.Explain(it.Of.GroupKind()).Of(jsonscan.Object{Text: text}, it.Object.Written).Message
}

// take takes what has changed into the graph.
func (k *kin) take() error {
	for _, f := range k.followed {
		for deltas := f.changes.TryNext(); deltas != nil; deltas = f.changes.TryNext() {
			for i := range deltas {
				if err := k.change(f, &deltas[i]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (k *kin) change(f *relating, d *model.Delta) error {
	o := d.New
	if o == nil {
		id := relation.ID{Type: f.of.GVR.GroupResource(), Key: d.Old.Key}
		if o = k.held(id); o == nil {
			k.graph.Delete(id)
			return nil
		}
	}
	known := k.graph.Object(relation.ID{Type: f.of.GVR.GroupResource(), Key: o.Key})
	if !k.isPast && known != nil && isNewer(known.ResourceVersion, o.ResourceVersion) {
		return nil // another watch is ahead
	}
	return k.graph.Set(f.of, o)
}

// held is an object as any watch has it, nil where none does.
func (k *kin) held(id relation.ID) *model.Object {
	for _, f := range k.followed {
		if f.of.GVR.GroupResource() == id.Type {
			if o, ok := f.store.Get(id.Key); ok {
				return o
			}
		}
	}
	return nil
}

// presence says what is known of an object that no watch has: that it does not exist, as soon as one says so.
func (k *kin) presence(id relation.ID) Presence {
	presence := k.absent(nil, id)
	for _, f := range k.followed {
		if !f.covers(id) {
			continue
		}
		switch says := k.absent(&f.relative, id); says {
		case Missing:
			// It may have come since the graph was brought up to date: the next look will find it.
			if _, ok := f.store.Get(id.Key); ok {
				return Unread
			}
			return Missing
		case Hidden:
			presence = Hidden
		}
	}
	return presence
}

// covers tells whether the watch has an object if there is one. Without a name it tells whether it has all of the type and namespace.
func (r *relative) covers(id relation.ID) bool {
	return r.id.GVR.GroupResource() == id.Type && (r.id.Namespace == "" || r.id.Namespace == id.Namespace) && r.id.LabelSelector == "" &&
		r.id.ShardSelector == "" && (r.id.FieldSelector == "" || r.id.FieldSelector == byName(id.Name))
}

func (k *kin) covers(id relation.ID) bool {
	return slices.ContainsFunc(k.followed, func(f *relating) bool { return f.covers(id) })
}

// need is a type of which there may be objects that relate to the subject and that nothing names.
type need struct {
	of relation.Type
	// id is that of all of them: it has no name, and no namespace where they may be in any.
	id relation.ID
	// watch tells that they are watched for relations alone.
	watch bool
}

// needed are the types that are served of which related objects may be that nothing names.
func (k *kin) needed() []need {
	var all []need
	for _, n := range k.rules.Needed(schema.GroupKind{Group: k.subject.GVR.Group, Kind: k.subject.Kind}) {
		of, ok := k.served.Find(n.Of)
		if !ok {
			continue
		}
		id := relation.ID{Type: of.GVR.GroupResource()}
		if of.Namespaced && !n.Anywhere {
			id.Namespace = k.of.Key.Namespace
		}
		all = append(all, need{of, id, n.Watch})
	}
	return all
}

// unknown are the types of which there may be something that relates to the subject, but nothing is known: no watch has them, they may not be read, or
// their list has not come yet.
func (k *kin) unknown() []Related {
	var all []Related
	for _, n := range k.needed() {
		presence := k.presence(n.id)
		if presence == Unread && !n.watch && !k.covers(n.id) {
			presence = Unwatched
		}
		if presence == Hidden || presence == Unwatched || presence == Unread {
			all = append(all, Related{Item: relation.Item{ID: n.id, Of: n.of, How: relation.NotKnown}, Presence: presence, Cause: k.hindrance(n.id)})
		}
	}
	slices.SortFunc(all, func(a, b Related) int { return cmp.Compare(a.Of.Kind, b.Of.Kind) })
	return all
}

// hindrance says why the list of a type does not come; empty where nothing has failed.
func (k *kin) hindrance(id relation.ID) string {
	for _, f := range k.followed {
		if state := f.state(); f.covers(id) && !state.Synced && state.Phase == informers.Retrying {
			return state.Reason
		}
	}
	return ""
}
