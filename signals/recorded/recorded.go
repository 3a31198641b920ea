// Package recorded applies rules to a recording: what would have been told, had they been there.
package recorded

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/signals"
)

// Run plays all of a recording to the rules, and tells what they find. The engine is given as it is at the end. Parts of the recording that
// break off are read as far as they go.
func Run(ctx context.Context, rec *recording.Recording, rules []*signals.Rule, tell func(signals.Signal)) (*signals.Engine, error) {
	cluster, err := newCluster()
	if err != nil {
		return nil, err
	}
	p := &player{cluster: cluster, engine: signals.New(rules, cluster, tell)}
	for _, segment := range rec.Segments() {
		p.begin(&segment)
		err := segment.Read(func(e *recording.Entry) error {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("stopped: %w", err)
			}
			return p.entry(e)
		})
		var cut *recording.CutError
		if err != nil && !errors.As(err, &cut) {
			return nil, err
		}
		p.complete()
	}
	_, end := rec.Span()
	p.engine.Tick(end)
	return p.engine, nil
}

// player makes changes of a recording's lines.
type player struct {
	*cluster
	engine   *signals.Engine
	differ   change.Differ
	managers change.Managers
	fields   timeline.Record
	// present are the objects of the state that a segment begins with, nil behind it; first tells that it is the recording's first state.
	present map[relation.ID]bool
	first   bool
	at      time.Time
}

func (p *player) begin(s *recording.Segment) {
	p.serve(s.Types)
	p.first = len(p.objects) == 0
	p.present, p.at = map[relation.ID]bool{}, s.At
}

// complete ends the state that a segment begins with: what it lacks went unseen.
func (p *player) complete() {
	if p.present == nil {
		return
	}
	present := p.present
	p.present = nil
	for _, id := range p.all() {
		if !present[id] {
			p.remove(id, p.at)
		}
	}
}

func (p *player) entry(e *recording.Entry) error {
	if e.Kind != recording.Present {
		p.complete()
	}
	switch e.Kind {
	case recording.Present, recording.Added, recording.Modified, recording.Deleted:
		return p.object(e)
	case recording.Served:
		p.serve(e.Types)
		for _, id := range p.all() {
			if !p.serves(id.Type) {
				p.remove(id, e.At)
			}
		}
	}
	return nil
}

func (p *player) object(e *recording.Entry) error {
	gvr, err := e.Type.Resource()
	if err != nil {
		return err
	}
	path := change.Path("metadata.managedFields").Steps()
	text := bytes.Clone(e.Object)
	managed := bytes.Clone(change.Find(text, path))
	text = change.Remove(text, path)
	id := relation.ID{Type: gvr.GroupResource(), Key: model.Key{Namespace: member(text, "namespace"), Name: member(text, "name")}}
	if p.present != nil {
		p.present[id] = true
	}
	if e.Kind == recording.Deleted {
		if p.objects[id] != nil {
			p.objects[id] = text
			p.remove(id, e.At)
		}
		return nil
	}
	p.set(id, e, text, managed)
	return nil
}

// set gives the engine what came or changed.
func (p *player) set(id relation.ID, e *recording.Entry, text, managed []byte) {
	old := p.objects[id]
	if old != nil && member(old, "uid") != member(text, "uid") { // another object of that name
		p.remove(id, e.At)
		old = nil
	}
	if bytes.Equal(old, text) {
		return
	}
	p.objects[id] = text
	c := signals.Change{At: e.At, Of: id, UID: types.UID(member(text, "uid")), Type: model.Updated, Old: old, New: text}
	if old == nil {
		c.Type, c.Initial = model.Added, p.present != nil && p.first
		c.By = p.managers.Creator(managed)
		p.engine.Take(&c)
		return
	}
	p.fields.Old, p.fields.New = member(old, "resourceVersion"), member(text, "resourceVersion")
	changes := p.differ.DiffManaged(jsonscan.Object{Text: old}, jsonscan.Object{Text: text}, managed)
	p.fields.SetFields(changes, p.managers.Of(managed, changes, text))
	c.Fields = p.fields.Fields
	p.engine.Take(&c)
}

func (p *player) remove(id relation.ID, at time.Time) {
	last := p.objects[id]
	delete(p.objects, id)
	p.engine.Take(&signals.Change{At: at, Of: id, UID: types.UID(member(last, "uid")), Type: model.Deleted, New: last})
}

// member reads a text of the metadata.
func member(text []byte, name string) string {
	return string(jsonscan.Text(change.Find(text, []change.Step{{Member: "metadata"}, {Member: name}})))
}

// cluster is what of a recording's objects there is at a time.
type cluster struct {
	rules   *relation.Rules
	types   *relation.Types
	served  map[schema.GroupResource]relation.Type
	objects map[relation.ID][]byte
}

func newCluster() (*cluster, error) {
	rules, err := relation.Builtin()
	if err != nil {
		return nil, err
	}
	return &cluster{rules: rules, objects: map[relation.ID][]byte{}}, nil
}

func (c *cluster) serve(all []recording.Type) {
	c.served = map[schema.GroupResource]relation.Type{}
	var order []relation.Type
	for _, t := range all {
		if gvr, err := t.Name.Resource(); err == nil {
			served := relation.Type{GVR: gvr, Kind: t.Kind, Namespaced: t.Namespaced}
			c.served[gvr.GroupResource()] = served
			order = append(order, served)
		}
	}
	c.types = relation.NewTypes(order)
}

func (c *cluster) serves(gr schema.GroupResource) bool {
	_, ok := c.served[gr]
	return ok
}

// all gives the objects in an order that is always the same.
func (c *cluster) all() []relation.ID {
	return slices.SortedFunc(maps.Keys(c.objects), func(a, b relation.ID) int {
		return cmp.Or(cmp.Compare(a.Type.String(), b.Type.String()), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
}

// Object gives an object's JSON.
func (c *cluster) Object(id relation.ID) []byte { return c.objects[id] }

// Kind gives the type of a kind.
func (c *cluster) Kind(gk schema.GroupKind) (relation.Type, bool) { return c.types.Find(gk) }

// Related looks through all objects of a type, which few rules ask for.
func (c *cluster) Related(of relation.ID, to schema.GroupResource) [][]byte {
	var all [][]byte
	named := c.links(of)
	for _, id := range c.all() {
		if id.Type == to && (names(named, id) || c.reaches(id, of)) {
			all = append(all, c.objects[id])
		}
	}
	return all
}

// reaches tells whether an object, or one that owns it, names another.
func (c *cluster) reaches(from, to relation.ID) bool {
	for range 8 { // owners above each other
		links := c.links(from)
		if names(links, to) {
			return true
		}
		if len(links.Owners) == 0 {
			return false
		}
		from = links.Owners[0].ID
	}
	return false
}

func (c *cluster) links(id relation.ID) relation.Links {
	text := c.objects[id]
	if text == nil {
		return relation.Links{}
	}
	links, err := c.rules.Read(c.types, c.served[id.Type], text)
	if err != nil {
		return relation.Links{} // it is no JSON, which the recording's reader has looked at
	}
	return links
}

func names(links relation.Links, id relation.ID) bool {
	is := func(ref relation.Ref) bool { return ref.ID == id }
	return slices.ContainsFunc(links.Owners, is) || slices.ContainsFunc(links.Refs, is)
}
