package relation

import (
	"bytes"
	"fmt"

	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
)

// Graph knows how objects relate to one of them, the subject, and who owns whom. It is fed with all objects that there are. It is not safe
// for concurrent use.
type Graph struct {
	rules   *Rules
	served  *Types
	subject ID
	of      Type
	objects map[ID]*node
	owned   map[types.UID]map[ID]bool // by the owner's UID
	// selecting are the objects that may select the subject, referring those that refer to it.
	selecting map[ID]bool
	referring map[ID]bool
	scratch   []byte
	// links are those of the subject's version that linksOf is.
	links   Links
	linksOf *model.Object
}

// node is an object.
type node struct {
	object *model.Object
	of     Type
	owners []types.UID
	// selectors are kept of those that may select the subject, via is how it refers to the subject.
	selectors []Selector
	via       string
}

// NewGraph makes a Graph about an object of a type. It knows no object.
func NewGraph(rules *Rules, served *Types, of Type, subject model.Key) *Graph {
	return &Graph{
		rules: rules, served: served, of: of, subject: ID{of.GVR.GroupResource(), subject},
		objects: map[ID]*node{}, owned: map[types.UID]map[ID]bool{}, selecting: map[ID]bool{}, referring: map[ID]bool{},
	}
}

// Set takes in an object of a type, or a newer version of it.
func (g *Graph) Set(of Type, o *model.Object) error {
	id := ID{of.GVR.GroupResource(), o.Key}
	g.Delete(id)
	n := &node{object: o, of: of}
	g.objects[id] = n
	text, err := o.AppendJSON(g.scratch[:0])
	if err != nil {
		return fmt.Errorf("read the relations of %s: %w", o.Key, err)
	}
	g.scratch = text
	if len(text) == 0 { // of a past version no more is known than that it was
		return nil
	}
	selects := len(g.rules.selectors[of.GroupKind()]) > 0
	// Most objects have nothing to say, and are not looked at any further.
	if !selects && !bytes.Contains(text, []byte(`"ownerReferences"`)) && !bytes.Contains(text, []byte(g.subject.Name)) {
		return nil
	}
	links, err := g.rules.Read(g.served, of, text)
	if err != nil {
		return err
	}
	g.link(id, n, &links)
	return nil
}

func (g *Graph) link(id ID, n *node, links *Links) {
	for _, owner := range links.Owners {
		n.owners = append(n.owners, owner.UID)
		if g.owned[owner.UID] == nil {
			g.owned[owner.UID] = map[ID]bool{}
		}
		g.owned[owner.UID][id] = true
	}
	for _, ref := range links.Refs {
		if ref.ID == g.subject {
			n.via = ref.Via
			g.referring[id] = true
		}
	}
	for _, s := range links.Selectors {
		if s.To.GVR.GroupResource() == g.subject.Type {
			n.selectors = append(n.selectors, s)
			g.selecting[id] = true
		}
	}
}

// Delete forgets an object.
func (g *Graph) Delete(id ID) {
	n := g.objects[id]
	if n == nil {
		return
	}
	for _, uid := range n.owners {
		delete(g.owned[uid], id)
		if len(g.owned[uid]) == 0 {
			delete(g.owned, uid)
		}
	}
	delete(g.objects, id)
	delete(g.selecting, id)
	delete(g.referring, id)
}

// Links are what an object that is known says of others.
func (g *Graph) Links(id ID) Links {
	n := g.objects[id]
	switch {
	case n == nil:
		return Links{}
	case id == g.subject && g.linksOf == n.object:
		return g.links
	}
	text, err := n.object.JSON()
	if err != nil {
		return Links{}
	}
	links, err := g.rules.Read(g.served, n.of, text)
	if err != nil {
		return Links{}
	}
	if id == g.subject {
		g.links, g.linksOf = links, n.object
	}
	return links
}

// Object gives an object that is known, nil where it is not.
func (g *Graph) Object(id ID) *model.Object {
	if n := g.objects[id]; n != nil {
		return n.object
	}
	return nil
}

// IsGiven tells whether a cluster makes an object by itself, by the rules.
func (g *Graph) IsGiven(it *Item) bool {
	return g.rules.given[givenObject{it.Of.GroupKind(), it.ID.Name}]
}
