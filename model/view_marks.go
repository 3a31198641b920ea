package model

import "time"

// expiry is a moment at which a row looks different by itself.
type expiry struct {
	row      *row
	mark     Mark
	markedAt int64
}

// stands tells whether the row still has the mark that was to end.
func (x expiry) stands() bool { return x.row.mark == x.mark && x.row.markedAt == x.markedAt }

// expiries holds the rows whose marks will end, oldest first, for each way in
// which they end.
type expiries struct {
	flash, fresh, changed, gone []expiry
}

// add notes the row's mark.
func (e *expiries) add(r *row) {
	x := expiry{r, r.mark, r.markedAt}
	switch r.mark {
	case New:
		e.fresh = append(e.fresh, x)
	case Changed:
		e.flash = append(e.flash, x)
		e.changed = append(e.changed, x)
	case Gone:
		e.gone = append(e.gone, x)
	}
}

// take calls end with each row whose mark ends by now, and tells whether a
// flash has ended.
func (e *expiries) take(now int64, end func(*row)) (flashed bool) {
	due := func(queue *[]expiry, after time.Duration, f func(*row)) {
		for len(*queue) > 0 && (*queue)[0].markedAt+int64(after) <= now {
			if x := (*queue)[0]; x.stands() {
				f(x.row)
			}
			*queue = (*queue)[1:]
		}
		if len(*queue) == 0 {
			*queue = nil
		}
	}
	due(&e.flash, FlashFor, func(*row) { flashed = true })
	due(&e.fresh, NewFor, end)
	due(&e.changed, ChangedFor, end)
	due(&e.gone, DeletedFor, end)
	return flashed
}

// next is the instant at which take has something to do, 0 for never.
func (e *expiries) next() int64 {
	var first int64
	see := func(queue []expiry, after time.Duration) {
		if len(queue) == 0 {
			return
		}
		if at := queue[0].markedAt + int64(after); first == 0 || at < first {
			first = at
		}
	}
	see(e.flash, FlashFor)
	see(e.fresh, NewFor)
	see(e.changed, ChangedFor)
	see(e.gone, DeletedFor)
	return first
}

// changedCells has a bit for each of the first 64 cells that differ. Cells
// under other columns than before are not compared, and an age that has grown
// is no difference.
func changedCells(old, now *Object) uint64 {
	if !old.Columns.equal(now.Columns) || len(old.Cells) != len(now.Cells) {
		return 0
	}
	var set uint64
	for i := range min(len(old.Cells), 64) {
		if old.Cells[i] != now.Cells[i] && !grewOlder(now.Columns.kind(i), old.Cells[i], now.Cells[i]) {
			set |= 1 << i
		}
	}
	return set
}
