package model

import (
	"slices"
	"strings"
)

// ColumnKind says how the cells of a column are to be read, sorted and aligned.
type ColumnKind uint8

const (
	// Text is anything; sorted in natural order ("a9" before "a10").
	Text ColumnKind = iota
	// Number is an integer or a decimal.
	Number
	// Date cells hold Unix seconds; shown as an age that ticks.
	Date
	// PrintedAge cells hold a date that is known only as the age that the
	// server printed ("3h12m"), true at Object.Received.
	PrintedAge
)

// Column is one column as the server defined it.
type Column struct {
	// Name is the head as the server wrote it ("Nominated Node").
	Name string
	Kind ColumnKind
	// Wide tells that kubectl shows the column only with -o wide.
	Wide bool
	// IsName marks the column that holds the object's name.
	IsName bool
	// Type, Description and Priority are as the server said them. For a CRD's
	// column the description may be the JSON path.
	Type, Description string
	Priority          int32
}

// Columns are the columns of one type, in the server's order. They are never
// changed once made; a type whose columns or served version change gets new
// ones, so that cells under the same pointer mean the same.
type Columns struct {
	List []Column
}

// equal tells whether cells under both mean the same.
func (c *Columns) equal(other *Columns) bool {
	if c == nil || other == nil {
		return c == other
	}
	return c == other || slices.Equal(c.List, other.List)
}

// index finds a column by its name, -1 where there is none. Case does not
// matter.
func (c *Columns) index(name string) int {
	if c == nil {
		return -1
	}
	return slices.IndexFunc(c.List, func(col Column) bool { return strings.EqualFold(col.Name, name) })
}

// kind is that of a column, Text where there is none.
func (c *Columns) kind(i int) ColumnKind {
	if c == nil || i >= len(c.List) {
		return Text
	}
	return c.List[i].Kind
}

// isText tells whether the cells of a column are shown as they are.
func (c *Columns) isText(i int) bool {
	kind := c.kind(i)
	return kind != Date && kind != PrintedAge
}
