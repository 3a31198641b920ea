package model

import "bytes"

// batch collects what happens to the rows of a View in one pass, and changes
// them all at once. Only the View's goroutine uses it; readers see the rows
// before or after commit.
type batch struct {
	view  *View
	edits []edit
	// fresh finds the rows that are not in the View yet, for each source.
	fresh   []map[Key]*row
	changes uint64
	calm    bool // what comes is no change
}

// edit is what becomes of one row.
type edit struct {
	row     *row
	now     row
	existed bool
	leaves  bool
}

func newBatch(v *View) *batch {
	return &batch{view: v, fresh: make([]map[Key]*row, len(v.sources))}
}

// edit gives the edit of a row, whose now begins as the row is.
func (b *batch) edit(r *row, existed bool) *edit {
	if r.edit == 0 {
		b.edits = append(b.edits, edit{row: r, now: *r, existed: existed})
		r.edit = int32(len(b.edits))
	}
	return &b.edits[r.edit-1]
}

// find gives the edit of an object's row, making the row where there is none.
func (b *batch) find(source int, k Key) *edit {
	if r := b.view.rows[source][k]; r != nil {
		return b.edit(r, true)
	}
	r := b.fresh[source][k]
	if r == nil {
		r = &row{source: source}
		if b.fresh[source] == nil {
			b.fresh[source] = map[Key]*row{}
		}
		b.fresh[source][k] = r
	}
	return b.edit(r, false)
}

// take takes a store's delta.
func (b *batch) take(source int, d Delta) {
	e := b.find(source, d.key())
	at := d.At.UnixNano()
	known := e.now.obj != nil && e.now.live()
	asBefore := d.Initial || b.calm
	switch {
	case d.Type == Deleted:
		if !known || e.now.obj.UID != d.Old.UID {
			return
		}
		e.now = row{obj: d.Old, source: source, mark: Gone, markedAt: at, changed: at}
		if e.leaves = asBefore; !asBefore {
			b.changes++
		}
	case d.Type == Updated && known && !b.calm:
		e.now.update(d.New, at)
		b.changes++
	case asBefore:
		e.now, e.leaves = row{obj: d.New, source: source}, false
	default:
		e.now, e.leaves = row{obj: d.New, source: source, mark: New, markedAt: at, changed: at}, false
		b.changes++
	}
}

// update takes an object's new state. What changes while a change still
// flashes flashes with it; a new row stays new.
func (r *row) update(o *Object, at int64) {
	cells := changedCells(r.obj, o)
	differs := cells != 0 || r.obj.Health != o.Health
	recovered := r.obj.Health.Level > Healthy && o.Health.Level == Healthy
	r.obj, r.changed = o, at
	if !differs || r.mark == New {
		return
	}
	if r.mark == Changed && at-r.markedAt < int64(FlashFor) {
		cells |= r.cells
		recovered = recovered || r.recovered && o.Health.Level == Healthy
	}
	r.mark, r.markedAt, r.cells, r.recovered = Changed, at, cells, recovered
}

// expire ends the row's mark; a deleted row leaves.
func (b *batch) expire(r *row) {
	e := b.edit(r, true)
	if r.mark == Gone {
		e.leaves = true
		return
	}
	e.now.mark, e.now.markedAt, e.now.cells, e.now.recovered = Unmarked, 0, 0, false
}

// commit makes the new lists beside the old ones, then changes all at once.
func (b *batch) commit() {
	v := b.view
	var c changes
	tally := v.tally
	for i := range b.edits {
		b.place(&b.edits[i], &c, &tally)
	}
	next := c.apply(v)

	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range b.edits {
		v.settle(&b.edits[i])
	}
	// Before anybody sees the marks, so that no clock runs ahead of them.
	v.keeper.alarm.set(v.keeper.expiries.next())
	v.lists, v.tally = next, tally
	v.changes += b.changes
	v.version++
}

// changes are what a batch changes in each list of a View.
type changes struct{ base, sorted, shown splice }

func (c *changes) apply(v *View) lists {
	k := &v.keeper
	next := lists{base: v.base.apply(c.base, k.baseKeyer)}
	next.sorted = next.base
	if v.spec.sorts() {
		next.sorted = v.sorted.apply(c.sorted, k.keyer)
	}
	next.shown = next.sorted
	if !v.spec.takesAll() {
		next.shown = v.shown.apply(c.shown, k.keyer)
	}
	return next
}

// place finds where an edit's row leaves each list and where it comes in.
func (b *batch) place(e *edit, c *changes, t *tally) {
	v := b.view
	var old, now *spot
	wasShown, isShown := false, false
	if e.existed {
		old = v.keeper.keyer.spot(e.row, e.row)
		wasShown = v.matches(&v.spec, e.row)
		t.count(e.row, wasShown, -1)
	}
	enters := e.now.obj != nil && !e.leaves
	if enters {
		e.now.texts = e.row.texts
		if e.now.obj != e.row.obj {
			e.now.texts = signatureOf(e.now.obj, v.mix.texts(&v.sources[e.now.source], e.now.obj))
		}
		now = v.keeper.keyer.spot(e.row, &e.now)
		isShown = v.matches(&v.spec, &e.now)
		t.count(&e.now, isShown, 1)
	}
	if e.existed != enters {
		c.base.move(old.based(), now.based(), e.existed, enters)
	}
	moves := e.existed != enters || (enters && !bytes.Equal(old.key, now.key))
	if moves {
		c.sorted.move(old, now, e.existed, enters)
	}
	if moves || wasShown != isShown {
		c.shown.move(old, now, wasShown, isShown)
	}
}

// count takes a row into the tally, or out of it.
func (t *tally) count(r *row, shown bool, by int) {
	if !r.live() {
		return
	}
	t.total += by
	if shown {
		t.matched += by
	}
	if r.obj.Health.Level == Unhealthy {
		t.unhealthy += by
	}
}

// settle writes an edit to its row. The View is locked.
func (v *View) settle(e *edit) {
	if e.now.obj == nil {
		return // of an object that was never here
	}
	rows, key := v.rows[e.now.source], e.now.obj.Key
	if e.leaves {
		delete(rows, key)
		e.row.markedAt = 0 // nothing of it is left to expire
		return
	}
	marked := e.now.mark != Unmarked && (!e.existed || e.now.markedAt != e.row.markedAt || e.now.mark != e.row.mark)
	*e.row = e.now
	if !e.existed {
		rows[key] = e.row
	}
	if marked {
		v.keeper.expiries.add(e.row)
	}
}
