package signals

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
)

// maxPaths is of how many paths of a type it is remembered which rules they concern.
const maxPaths = 4096

// ofType are the rules about a type, and which of them a path concerns: objects of a type change in the same few places.
type ofType struct {
	rules []*Rule
	// paths has the places of rules by the path that changed.
	paths map[change.Path][]int
	// whatever are those that look at changes and say no path.
	whatever []int
	marked   []bool
	wanted   []*Rule
}

func (e *Engine) ofType(gr schema.GroupResource) *ofType {
	if t := e.types[gr]; t != nil {
		return t
	}
	t := &ofType{paths: map[change.Path][]int{}}
	for _, r := range slices.Concat(e.rules, e.policies) {
		if r.Types == nil || slices.Contains(r.Types, gr) {
			if r.anyPath {
				t.whatever = append(t.whatever, len(t.rules))
			}
			t.rules = append(t.rules, r)
		}
	}
	t.marked = make([]bool, len(t.rules))
	e.types[gr] = t
	return t
}

// concerned gives the rules for which a change may make a difference, in their order. It is good until the next call.
func (t *ofType) concerned(c *Change) []*Rule {
	t.wanted = t.wanted[:0]
	if c.Type == model.Updated && !c.Initial {
		clear(t.marked)
		for _, i := range t.whatever {
			t.marked[i] = true
		}
		for i := range c.Fields {
			for _, rule := range t.touched(c.Fields[i].Path) {
				t.marked[rule] = true
			}
		}
	}
	for i, r := range t.rules {
		is := t.marked[i]
		switch {
		case c.Initial:
			is = !r.ofChange()
		case c.Type == model.Added:
			is = !r.reads.names[oldName] || r.reads.readsChange()
		case c.Type == model.Deleted:
			is = r.reads.readsChange()
		}
		if is {
			t.wanted = append(t.wanted, r)
		}
	}
	return t.wanted
}

// touched gives the places of the rules that read what is at a path.
func (t *ofType) touched(p change.Path) []int {
	if all, ok := t.paths[p]; ok {
		return all
	}
	var all []int
	steps := p.Steps()
	for i, r := range t.rules {
		if touches(r.reads.paths, steps) {
			all = append(all, i)
		}
	}
	if len(t.paths) >= maxPaths {
		clear(t.paths)
	}
	t.paths[p] = all
	return all
}
