package cursor

// Items are what a list shows now: things that are known by their IDs, wherever they stand.
type Items[ID comparable] interface {
	Shown() int // how many
	// ID is that of the item at an index, false where there is none.
	ID(index int) (ID, bool)
	// Find gives the index of an item, false where it is not shown.
	Find(id ID) (index int, ok bool)
}

// Live is a place in a list that changes by itself: the cursor stays on its item. The zero value stays at the top, whatever comes there, until it is moved.
type Live[ID comparable] struct {
	Lines
	id     ID
	chosen bool
}

// Follow finds the cursor's item where it is now, as far down in a window of so many rows as it was. If it is not shown any more, the cursor is on what took
// its place.
func (l *Live[ID]) Follow(items Items[ID], height int) {
	i, found := items.Find(l.id)
	row := l.Row()
	l.Fit(items.Shown(), height)
	switch {
	case !l.chosen:
		l.To(0)
	case found:
		l.Place(i, row)
	}
	l.take(items)
}

// Move moves the cursor from where its item is now.
func (l *Live[ID]) Move(items Items[ID], height int, how func(*Lines)) {
	l.Follow(items, height)
	l.chosen = true
	how(&l.Lines)
	l.take(items)
}

// Release has the cursor stay at the top again.
func (l *Live[ID]) Release() { l.chosen = false }

func (l *Live[ID]) take(items Items[ID]) {
	if id, ok := items.ID(l.Index()); ok {
		l.id = id
	}
}
