package yamldoc

// Mark says what became of a line since an earlier version.
type Mark uint8

// The marks.
const (
	Same Mark = iota
	Added
	Modified
)

// Changes are what differs between two versions of an object.
type Changes struct {
	// Marks holds one mark a line of the newer version; nil where nothing
	// differs.
	Marks                    []Mark
	Added, Modified, Removed int
}

// Compare tells what became of d since old. Lines are the same by what they
// stand for, not by where they stand. The cost grows with both.
func (d *Document) Compare(old *Document) Changes {
	start, end, oldEnd := d.differing(old)
	if start == end && start == oldEnd {
		return Changes{}
	}
	c := Changes{Marks: make([]Mark, len(d.Lines)), Removed: oldEnd - start}
	for i := start; i < end; i++ {
		before, ok := old.index[d.Lines[i].id()]
		switch {
		case !ok || before < start || before >= oldEnd:
			c.Marks[i] = Added
			c.Added++
			continue
		case !d.Lines[i].same(&old.Lines[before]):
			c.Marks[i] = Modified
			c.Modified++
		}
		c.Removed--
	}
	return c
}

// differing cuts off what both versions begin and end with: their lines from
// start up to end, and up to oldEnd, are left.
func (d *Document) differing(old *Document) (start, end, oldEnd int) {
	end, oldEnd = len(d.Lines), len(old.Lines)
	for start < min(end, oldEnd) && d.Lines[start].same(&old.Lines[start]) {
		start++
	}
	for start < min(end, oldEnd) && d.Lines[end-1].same(&old.Lines[oldEnd-1]) {
		end--
		oldEnd--
	}
	return start, end, oldEnd
}

// same reports whether two lines say the same, wherever they stand.
func (l *Line) same(other *Line) bool {
	return l.Key == other.Key && l.Scalar == other.Scalar
}
