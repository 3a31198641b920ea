package timeline

// Reach is of which records a reader knows. The zero Reach is of none.
type Reach struct {
	era   uint64
	first uint64
	begun bool
}

// Follow takes in what there is now, for who reads on from one Seq to the next. undone tells that records were dropped that did not happen,
// so that others have their Seqs; earlier that there are others before the first one. Who keeps what was read reads anew after either.
func (r *Reach) Follow(t *Timeline) (undone, earlier bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	first := t.firstSeq()
	undone, earlier = r.begun && r.era != t.era, r.begun && first < r.first
	r.era, r.first, r.begun = t.era, first, true
	return undone, earlier
}
