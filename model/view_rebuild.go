package model

import (
	"context"
	"slices"
)

// rebuildStep is after how many rows a rebuild looks whether it is outdated.
const rebuildStep = 8192

// takesAll tells that no row can be left out.
func (s *Spec) takesAll() bool { return s.MinLevel == Unknown && s.Filter.Empty() }

// rebuild makes the rows that the latest Spec asks for. It gives up where
// another Spec has been set meanwhile, which then has its own turn.
func (v *View) rebuild(ctx context.Context) {
	v.mu.RLock()
	spec := v.wanted
	v.mu.RUnlock()
	if spec.equal(v.spec) {
		return
	}
	outdated := func() bool { return ctx.Err() != nil || len(v.asked) > 0 }

	all, ord := v.all, v.order
	if !slices.Equal(spec.Sort, v.spec.Sort) {
		ord = &order{sources: v.sources, by: spec.Sort}
		all = sortItems(v.all, ord, outdated)
	}
	shown := all
	if !spec.takesAll() {
		among := all
		if ord == v.order && spec.narrows(&v.spec) {
			among = v.shown
		}
		shown = v.filter(among, &spec, outdated)
	}
	if outdated() {
		return
	}
	v.swap(spec, ord, all, shown)
	v.changed()
}

// swap puts a rebuilt order in place.
func (v *View) swap(spec Spec, ord *order, all, shown []item) {
	v.keeper.keyer = ord.keyer()
	v.keeper.spareAll, v.keeper.spareShown = nil, nil
	matched := 0
	for _, it := range shown {
		if it.live() {
			matched++
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.spec, v.order, v.all, v.shown = spec, ord, all, shown
	v.tally.matched = matched
	v.rebuilding = !v.wanted.equal(spec)
	v.version++
}

// sortItems sorts the rows of another order.
func sortItems(rows []item, o *order, outdated func() bool) []item {
	keyer := o.keyer()
	slab := make([]value, 0, len(rows)*len(o.by))
	items := make([]item, len(rows))
	for i, it := range rows {
		if i%rebuildStep == 0 && outdated() {
			return nil
		}
		n := len(slab)
		slab = slab[:n+len(o.by)]
		items[i] = keyer.item(it.row, it.row, slab[n:n:len(slab)])
	}
	slices.SortFunc(items, o.compare)
	return items
}

// narrows tells whether a Spec takes only rows that the one before it takes.
func (s *Spec) narrows(before *Spec) bool {
	return s.MinLevel >= before.MinLevel && s.Filter.narrows(before.Filter)
}

// filter gives those of the rows that a Spec takes.
func (v *View) filter(all []item, spec *Spec, outdated func() bool) []item {
	var shown []item
	for i, it := range all {
		if i%rebuildStep == 0 && outdated() {
			return nil
		}
		if v.matches(spec, it.row) {
			shown = append(shown, it)
		}
	}
	return shown
}
