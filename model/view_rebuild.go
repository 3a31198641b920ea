package model

import (
	"context"
	"runtime"
	"slices"
	"time"
)

// takesAll tells that no row can be left out.
func (s *Spec) takesAll() bool { return s.MinLevel == Unknown && s.Filter.Empty() }

// sorts tells that there are keys to sort by.
func (s *Spec) sorts() bool { return len(s.Sort) > 0 }

// narrows tells whether a Spec takes only rows that the one before it takes.
func (s *Spec) narrows(before *Spec) bool {
	return s.MinLevel >= before.MinLevel && s.Filter.narrows(before.Filter)
}

// draft is what a rebuild has done so far, for whichever Spec.
type draft struct {
	order  *order
	sorted list
	// among holds, in order, all rows that takes would take, and maybe others.
	among list
	takes Spec
}

// rebuild makes the rows that the latest Spec asks for, from what was made
// already for the ones before it. Only when it is done may rows change.
func (v *View) rebuild(ctx context.Context) {
	d := &draft{order: v.order, sorted: v.sorted, among: v.shown, takes: v.spec}
	for ctx.Err() == nil {
		select {
		case <-v.asked:
		default:
		}
		spec := v.latest()
		if !v.partial && spec.equal(v.spec) {
			return
		}
		if v.sort(ctx, d, spec.Sort) && v.choose(ctx, d, spec) {
			return
		}
	}
}

// latest is the Spec that was set last.
func (v *View) latest() Spec {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.wanted
}

// sort brings a draft's rows into another order. Another filter that is asked
// for meanwhile does not make it give up.
func (v *View) sort(ctx context.Context, d *draft, by []SortKey) (ok bool) {
	if slices.Equal(by, d.order.by) {
		return true
	}
	o := &order{sources: v.sources, by: by}
	sorted := v.base
	if len(by) > 0 {
		sorted, ok = o.sort(v.base, func() bool { return ctx.Err() != nil || !slices.Equal(v.latest().Sort, by) })
		if !ok {
			return false
		}
	}
	d.order, d.sorted, d.among, d.takes = o, sorted, sorted, Spec{}
	return true
}

// choose finds the rows that a Spec takes and shows them. Where it is outdated
// meanwhile, it leaves in the draft what was found, with what was not looked
// at.
func (v *View) choose(ctx context.Context, d *draft, spec Spec) (ok bool) {
	if !spec.narrows(&d.takes) {
		d.among = d.sorted
	}
	d.takes = spec
	if spec.takesAll() {
		v.swap(d, d.sorted, v.tally.total, false)
		return true
	}
	var found list
	matched := 0
	began, shown := v.clock.Now(), false
	for rest := d.among.chunks; len(rest) > 0; {
		if ctx.Err() != nil || len(v.asked) > 0 {
			found.add(rest...)
			d.among = found
			return false
		}
		block, before := rest[:min(len(rest), scanBlock)], found.len
		rest = rest[len(block):]
		matched += v.filter(block, &spec, &found)
		if spec.Eager && len(rest) > 0 && (found.len > before || !shown && v.clock.Since(began) > noneSoFar) {
			v.swap(d, found, matched, true)
			shown = true
		}
	}
	v.swap(d, found, matched, false)
	return true
}

// scanBlock is how many chunks are filtered before anybody asks whether that is
// still wanted, or sees what was found.
const scanBlock = 32

// noneSoFar is how long rows that a new filter may leave out stay where it has found none yet.
const noneSoFar = 30 * time.Millisecond

// filter adds those rows to found that a Spec takes, and gives the number of
// those that live.
func (v *View) filter(chunks [][]item, spec *Spec, found *list) (matched int) {
	type part struct {
		items []item
		live  int
	}
	parts := make([]part, workers(len(chunks)*chunkSize))
	shares(len(parts), chunks, func(i int, chunks [][]item) {
		var p part
		for _, chunk := range chunks {
			for _, it := range chunk {
				if v.matches(spec, it.row) {
					p.items = append(p.items, it)
					if it.live() {
						p.live++
					}
				}
			}
			runtime.Gosched() // a reader that waits for a processor goes first
		}
		parts[i] = p
	})
	for _, p := range parts {
		found.addSplit(p.items)
		matched += p.live
	}
	return matched
}

// swap shows the rows that were found.
func (v *View) swap(d *draft, shown list, matched int, partial bool) {
	v.keeper.keyer = d.order.keyer()
	v.mu.Lock()
	v.spec, v.order, v.sorted, v.shown = d.takes, d.order, d.sorted, shown
	v.tally.matched = matched
	v.partial = partial
	v.version++
	v.mu.Unlock()
	v.changed()
}
