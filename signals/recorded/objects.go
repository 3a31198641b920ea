package recorded

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/signals"
)

// highest is how many owners above each other are looked at.
const highest = 8

// objects are all that there are at a time, packed, and what they say of each other: what rules ask about other objects is answered
// without looking through them.
type objects struct {
	rules   *relation.Rules
	health  *health.Rules
	judges  map[schema.GroupKind]*health.Judge
	types   *relation.Types
	served  map[schema.GroupResource]relation.Type
	packers map[schema.GroupResource]*model.Packer
	known   map[relation.ID]*known
	// naming are the objects that name an object, as an owner or otherwise; owned are those of which it is the first owner.
	naming, owned map[relation.ID]map[relation.ID]struct{}
	// stale are objects that may name others by now. Most that change go on to name the same, and few rules ask: to read it each time would
	// take as long as all rules together.
	stale map[relation.ID]struct{}
}

// known is an object, and which others it names: its owners first.
type known struct {
	text    model.Packed
	written uint32 // as model.Object.Written
	names   []relation.ID
	owners  int
}

// newObjects knows no object. now is the time by which they are judged to be well.
func newObjects(now func() time.Time) (*objects, error) {
	rules, err := relation.Builtin()
	if err != nil {
		return nil, fmt.Errorf("reading what relates objects: %w", err)
	}
	wellness, err := health.Builtin()
	if err != nil {
		return nil, fmt.Errorf("reading what is well: %w", err)
	}
	return &objects{
		health: wellness.At(now), judges: map[schema.GroupKind]*health.Judge{},
		rules: rules, types: relation.NewTypes(nil), packers: map[schema.GroupResource]*model.Packer{}, known: map[relation.ID]*known{},
		naming: map[relation.ID]map[relation.ID]struct{}{}, owned: map[relation.ID]map[relation.ID]struct{}{},
		stale: map[relation.ID]struct{}{},
	}, nil
}

// serve takes in which types there are. Of one in several versions it is the first.
func (o *objects) serve(all []recording.Type) {
	o.served = map[schema.GroupResource]relation.Type{}
	var order []relation.Type
	for _, t := range all {
		gvr, err := t.Name.Resource()
		if _, twice := o.served[gvr.GroupResource()]; err == nil && !twice {
			served := relation.Type{GVR: gvr, Kind: t.Kind, Namespaced: t.Namespaced}
			o.served[gvr.GroupResource()] = served
			order = append(order, served)
		}
	}
	o.types = relation.NewTypes(order)
	for id := range o.known { // what a name means depends on the types
		o.stale[id] = struct{}{}
	}
}

func (o *objects) serves(gr schema.GroupResource) bool {
	_, ok := o.served[gr]
	return ok
}

// all gives the objects in an order that is always the same.
func (o *objects) all() []relation.ID { return sorted(maps.Keys(o.known)) }

// Objects implements signals.Cluster.
func (o *objects) Objects(types []schema.GroupResource) []relation.ID {
	return sorted(func(yield func(relation.ID) bool) {
		for id := range o.known {
			if (types == nil || slices.Contains(types, id.Type)) && !yield(id) {
				return
			}
		}
	})
}

func (o *objects) knows(id relation.ID) bool { return o.known[id] != nil }

// read gives an object's JSON, nil where it is not known.
func (o *objects) read(id relation.ID) ([]byte, error) {
	k := o.known[id]
	if k == nil {
		return nil, nil
	}
	text, err := k.text.JSON()
	if err != nil {
		return nil, fmt.Errorf("reading %s of %s: %w", id.Key, id.Type, err)
	}
	return text, nil
}

// put takes in an object's JSON and its managedFields, which it does not keep. Where it may name others than before, relink is for the caller to call.
func (o *objects) put(id relation.ID, text, managed []byte) {
	k := o.known[id]
	isNew := k == nil
	if isNew {
		k = &known{}
		o.known[id] = k
	}
	packer := o.packers[id.Type]
	if packer == nil {
		packer = model.NewPacker()
		o.packers[id.Type] = packer
	}
	k.text = packer.Pack(text)
	k.written = o.judge(id).Written(jsonscan.Object{Text: text}, managed)
	if isNew { // or the first who asks would wait for all of them
		o.link(id, k, text)
	}
}

// relink has an object that is known be read again for which others it names, once somebody asks.
func (o *objects) relink(id relation.ID) { o.stale[id] = struct{}{} }

// mayRelink tells whether an object may name others than before, by what of it changed.
func (o *objects) mayRelink(fields []timeline.Field) bool {
	return slices.ContainsFunc(fields, func(f timeline.Field) bool {
		first, second := string(f.Path), ""
		if i := strings.IndexAny(first, ".["); i >= 0 {
			first, second = first[:i], first[i+1:]
		}
		if i := strings.IndexAny(second, ".["); i >= 0 {
			second = second[:i]
		}
		return o.rules.Reads(first, second)
	})
}

// refresh reads again what those name that may name others by now.
func (o *objects) refresh() {
	for id := range o.stale {
		if k, text := o.known[id], o.Object(id); text != nil {
			o.link(id, k, text)
		}
	}
	clear(o.stale)
}

// drop forgets an object.
func (o *objects) drop(id relation.ID) {
	if k := o.known[id]; k != nil {
		o.unlink(id, k)
		delete(o.known, id)
		delete(o.stale, id)
	}
}

// link takes in which others an object names.
func (o *objects) link(id relation.ID, k *known, text []byte) {
	links, err := o.rules.Read(o.types, o.served[id.Type], text)
	if err != nil {
		links = relation.Links{} // it is no JSON, which the recording's reader has looked at
	}
	names := make([]relation.ID, 0, len(links.Owners)+len(links.Refs))
	for _, owner := range links.Owners {
		names = append(names, owner.ID)
	}
	for _, ref := range links.Refs {
		names = append(names, ref.ID)
	}
	if slices.Equal(names, k.names) && len(links.Owners) == k.owners {
		return
	}
	o.unlink(id, k)
	k.names, k.owners = slices.Clip(names), len(links.Owners)
	for _, name := range k.names {
		add(o.naming, name, id)
	}
	if k.owners > 0 {
		add(o.owned, k.names[0], id)
	}
}

func (o *objects) unlink(id relation.ID, k *known) {
	for _, name := range k.names {
		remove(o.naming, name, id)
	}
	if k.owners > 0 {
		remove(o.owned, k.names[0], id)
	}
	k.names, k.owners = nil, 0
}

func add(to map[relation.ID]map[relation.ID]struct{}, key, id relation.ID) {
	if to[key] == nil {
		to[key] = map[relation.ID]struct{}{}
	}
	to[key][id] = struct{}{}
}

func remove(from map[relation.ID]map[relation.ID]struct{}, key, id relation.ID) {
	delete(from[key], id)
	if len(from[key]) == 0 {
		delete(from, key)
	}
}

// Object implements signals.Cluster.
func (o *objects) Object(id relation.ID) []byte {
	text, err := o.read(id)
	if err != nil {
		klog.Errorf("rules see an object as unknown: %v", err)
	}
	return text
}

// Kind implements signals.Cluster.
func (o *objects) Kind(gk schema.GroupKind) (relation.Type, bool) { return o.types.Find(gk) }

// Related implements signals.Cluster: an object is related to what it names, and to what names it or is owned by what does.
func (o *objects) Related(of relation.ID, to schema.GroupResource, most int) (all [][]byte, more bool) {
	ids := slices.DeleteFunc(o.around(of), func(id relation.ID) bool { return id.Type != to })
	if len(ids) > most {
		return nil, true
	}
	for _, id := range ids {
		if text := o.Object(id); text != nil {
			all = append(all, text)
		}
	}
	return all, false
}

// Relating implements signals.Cluster: it is around, asked from the other end.
func (o *objects) Relating(to relation.ID) []relation.ID {
	o.refresh()
	found := maps.Clone(o.naming[to])
	if found == nil {
		found = map[relation.ID]struct{}{}
	}
	for range highest {
		k := o.known[to]
		if k == nil {
			break
		}
		for _, id := range k.names {
			found[id] = struct{}{}
		}
		if k.owners == 0 {
			break
		}
		to = k.names[0]
	}
	return sorted(maps.Keys(found))
}

// Unwell implements signals.Cluster.
func (o *objects) Unwell(of relation.ID) []signals.Unwell {
	var unwell []signals.Unwell
	for _, id := range o.around(of) {
		if id == of {
			continue
		}
		text := o.Object(id)
		if h := o.judge(id).Of(jsonscan.Object{Text: text}, o.known[id].written); text != nil && h.Level == model.Unhealthy {
			unwell = append(unwell, signals.Unwell{ID: id, Reason: h.Reason})
		}
		if len(unwell) == signal.MostUnwell {
			break
		}
	}
	return unwell
}

// judge tells how objects of that type are.
func (o *objects) judge(of relation.ID) *health.Judge {
	gk := o.served[of.Type].GroupKind()
	judge := o.judges[gk]
	if judge == nil {
		judge = o.health.For(gk)
		o.judges[gk] = judge
	}
	return judge
}

// around are the objects that one is related to, as far as they are known, in an order that is always the same.
func (o *objects) around(of relation.ID) []relation.ID {
	o.refresh()
	found := map[relation.ID]struct{}{}
	if k := o.known[of]; k != nil {
		for _, id := range k.names {
			found[id] = struct{}{}
		}
	}
	level := maps.Clone(o.naming[of])
	for range highest {
		below := map[relation.ID]struct{}{}
		for id := range level {
			found[id] = struct{}{}
			for child := range o.owned[id] {
				if _, twice := found[child]; !twice {
					below[child] = struct{}{}
				}
			}
		}
		level = below
	}
	return slices.DeleteFunc(sorted(maps.Keys(found)), func(id relation.ID) bool { return !o.knows(id) })
}

func sorted(ids iter.Seq[relation.ID]) []relation.ID {
	return slices.SortedFunc(ids, func(a, b relation.ID) int {
		return cmp.Or(cmp.Compare(a.Type.Resource, b.Type.Resource), cmp.Compare(a.Type.Group, b.Type.Group), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
}
