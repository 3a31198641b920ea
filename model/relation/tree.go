package relation

import (
	"cmp"
	"slices"

	"github.com/dogwatch/dogwatch/model"
)

// How says how an object relates to the one above it.
type How uint8

// The ways to relate, in the order of a tree.
const (
	Subject    How = iota // it is the object itself, or one that it is owned by
	Owned                 // made for the object above
	RefersTo              // the subject names it
	Selects               // the subject selects it
	SelectedBy            // it selects the subject
	ReferredBy            // it names the subject
	NotKnown              // it may relate to the subject, but nothing is known of its type
)

// Item is an object in a tree.
type Item struct {
	ID    ID
	Of    Type
	How   How
	Depth int
	// Object is nil where it is not known.
	Object *model.Object
	// Via is the path of the field that makes the relation; empty for owners.
	Via string
	// Optional tells that who refers to it can do without it.
	Optional bool
	// More stands for so many objects that are left out.
	More int
}

const (
	// mostOwned bounds how many objects are shown that one owns, and mostItems how many of each other kind.
	mostOwned, mostItems = 50, 100
	// deepest bounds how long a chain of owners is followed.
	deepest = 16
)

// Known tells whether all objects are known that there may be of an ID: then one that is not known does not exist.
type Known func(Type, ID) bool

// Tree gives what relates to the subject: its owners from the topmost on, what they lead to, then what it refers to, and so on.
func (g *Graph) Tree(known Known) []Item {
	chain := g.Owners()
	items := make([]Item, 0, len(chain))
	for i, it := range chain {
		it.Depth = i
		items = append(items, it)
	}
	items = g.descend(items, g.subject, len(chain))
	refs, selected := g.Leads(g.subject, known)
	items = append(append(items, refs...), selected...)
	items = append(items, g.incoming(g.selecting, SelectedBy)...)
	return append(items, g.incoming(g.referring, ReferredBy)...)
}

// Subject is the object that the graph is about.
func (g *Graph) Subject() Item { return g.item(g.subject, g.of, Subject) }

// Leads gives what an object that is known refers to, and what it selects.
func (g *Graph) Leads(id ID, known Known) (refs, selected []Item) {
	links := g.Links(id)
	return g.refs(links.Refs, known), g.selected(id.Namespace, links.Selectors)
}

// Owners are the subject and what it is owned by, the topmost first.
func (g *Graph) Owners() []Item {
	chain := []Item{g.Subject()}
	for range deepest {
		last := &chain[0]
		owners := g.Links(last.ID).Owners
		if len(owners) == 0 {
			return chain
		}
		ref := owners[0]
		it := g.item(ref.ID, ref.To, Subject)
		if slices.ContainsFunc(chain, func(other Item) bool { return other.ID == it.ID }) {
			return chain // a ring
		}
		if it.Object != nil && ref.UID != "" && it.Object.UID != "" && it.Object.UID != ref.UID {
			it.Object = nil // another that has its name
		}
		chain = append([]Item{it}, chain...)
		if it.Object == nil {
			return chain
		}
	}
	return chain
}

func (g *Graph) item(id ID, of Type, how How) Item {
	it := Item{ID: id, Of: of, How: how}
	if n := g.objects[id]; n != nil {
		it.Object = n.object
	}
	return it
}

// Children are what an object owns, what is worst first.
func (g *Graph) Children(id ID) []Item {
	n := g.objects[id]
	if n == nil || n.object.UID == "" {
		return nil
	}
	var children []Item
	for child := range g.owned[n.object.UID] {
		children = append(children, g.item(child, g.objects[child].of, Owned))
	}
	slices.SortFunc(children, worse)
	return children
}

// Worst are at most n of the Children that pass, in the same order, and how many pass. They are not all sorted for that.
func (g *Graph) Worst(id ID, n int, pass func(*model.Object) bool) (worst []Item, passed int) {
	owner := g.objects[id]
	if owner == nil || owner.object.UID == "" {
		return nil, 0
	}
	for child := range g.owned[owner.object.UID] {
		o := g.objects[child]
		if !pass(o.object) {
			continue
		}
		passed++
		worst = keepWorst(worst, g.item(child, o.of, Owned), n)
	}
	return worst, passed
}

// keepWorst puts an item among the worst n, which are in order, where it belongs there.
func keepWorst(worst []Item, it Item, n int) []Item {
	if len(worst) == n && worse(worst[n-1], it) <= 0 {
		return worst
	}
	at, _ := slices.BinarySearchFunc(worst, it, worse)
	return slices.Insert(worst[:min(len(worst), n-1)], at, it)
}

// worse orders what is worst first, then by type and name.
func worse(a, b Item) int {
	return cmp.Or(
		cmp.Compare(level(b), level(a)), cmp.Compare(a.Of.Kind, b.Of.Kind),
		cmp.Compare(a.ID.Namespace, b.ID.Namespace), cmp.Compare(a.ID.Name, b.ID.Name),
	)
}

func level(it Item) model.Level {
	if it.Object == nil {
		return model.Unknown
	}
	return it.Object.Health.Level
}

func (g *Graph) descend(items []Item, id ID, depth int) []Item {
	if depth > deepest {
		return items
	}
	children := g.Children(id)
	for _, child := range children[:min(len(children), mostOwned)] {
		if slices.ContainsFunc(items, func(other Item) bool { return other.ID == child.ID }) {
			continue // a ring, or owned by two
		}
		child.Depth = depth
		items = g.descend(append(items, child), child.ID, depth+1)
	}
	if more := len(children) - mostOwned; more > 0 {
		items = append(items, Item{How: Owned, Depth: depth, More: more})
	}
	return items
}

// refs are what the subject refers to. What is only guessed is left out where it does not exist.
func (g *Graph) refs(refs []Ref, known Known) []Item {
	var items []Item
	for _, ref := range refs {
		it := g.item(ref.ID, ref.To, RefersTo)
		it.Via, it.Optional = ref.Via, ref.Optional
		if it.Object == nil && !ref.Sure && known(ref.To, ref.ID) {
			continue
		}
		items = append(items, it)
	}
	return items
}

func (g *Graph) selected(namespace string, selectors []Selector) []Item {
	var items []Item
	found := 0
	for _, s := range selectors {
		for id, n := range g.objects {
			if id.Type == s.To.GVR.GroupResource() && id.Namespace == namespace && s.Matches(n.object.Labels) {
				it := g.item(id, n.of, Selects)
				it.Via = s.Via
				items = keepWorst(items, it, mostItems)
				found++
			}
		}
	}
	if more := found - len(items); more > 0 {
		items = append(items, Item{How: Selects, More: more})
	}
	return items
}

func (g *Graph) incoming(ids map[ID]bool, how How) []Item {
	var items []Item
	subject := g.objects[g.subject]
	for id := range ids {
		n := g.objects[id]
		it := g.item(id, n.of, how)
		it.Via = n.via
		if how == SelectedBy {
			i := slices.IndexFunc(n.selectors, func(s Selector) bool {
				return subject != nil && id.Namespace == g.subject.Namespace && s.Matches(subject.object.Labels)
			})
			if i < 0 {
				continue
			}
			it.Via = n.selectors[i].Via
		}
		items = append(items, it)
	}
	return most(items)
}

// most gives the worst of items.
func most(items []Item) []Item {
	slices.SortFunc(items, worse)
	if more := len(items) - mostItems; more > 0 {
		return append(items[:mostItems:mostItems], Item{How: items[0].How, More: more})
	}
	return items
}
