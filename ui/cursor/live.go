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

// ID is that of the cursor's item, as it was followed last: what the user has seen under the cursor. It is the zero value before there was one.
func (l *Live[ID]) ID() ID { return l.id }

// Follow finds the cursor's item where it is now, as far down in a window of so many rows as it was. If it is not shown any more, the cursor is on what took
// its place. pushed tells that another has taken its place, while it is somewhere else: what the user sees under the cursor is not what it was.
func (l *Live[ID]) Follow(items Items[ID], height int) (pushed bool) {
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
	return found && !l.chosen && i > 0
}

// Move moves the cursor from its item, where that is now.
func (l *Live[ID]) Move(items Items[ID], height int, how func(*Lines)) {
	l.chosen = true
	l.Follow(items, height)
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
