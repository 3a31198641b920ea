package timeline

import (
	"encoding/binary"
	"time"

	"github.com/dogwatch/dogwatch/model"
)

// Unprinted stands for a cell that is not known, since the type was printed under other columns then.
const Unprinted = "?"

// Cell is a printed cell that changed.
type Cell struct {
	// Column is its place among the columns.
	Column   int
	Old, New string
}

// appendDifferent appends the cells in which two versions of an object differ: all of the old one's where there is no new one, none where
// there is no old one.
func appendDifferent(to []Cell, old, new *model.Object) []Cell {
	switch {
	case old == nil:
		return to
	case new == nil:
		for i, cell := range old.Cells {
			to = append(to, Cell{Column: i, Old: cell})
		}
		return to
	}
	printed := old.Columns == new.Columns && len(old.Cells) == len(new.Cells)
	for i, cell := range new.Cells {
		was := Unprinted
		if printed {
			was = old.Cells[i]
		}
		if was != cell {
			to = append(to, Cell{i, was, cell})
		}
	}
	return to
}

// UndoCells makes, of the cells behind the change, those before it, in memory of their own. Of a Deleted object's they are all there is.
func (r *Record) UndoCells(cells []string) []string {
	return r.otherCells(cells, func(c *Cell) string { return c.Old })
}

// RedoCells makes, of the cells before the change, those behind it, in memory of their own.
func (r *Record) RedoCells(cells []string) []string {
	return r.otherCells(cells, func(c *Cell) string { return c.New })
}

func (r *Record) otherCells(cells []string, of func(*Cell) string) []string {
	if r.Type == model.Deleted {
		cells = nil
	}
	other := append(make([]string, 0, len(cells)+len(r.Cells)), cells...)
	for i := range r.Cells {
		c := &r.Cells[i]
		for len(other) <= c.Column {
			other = append(other, Unprinted)
		}
		other[c.Column] = of(c)
	}
	return other
}

// Prints tells whether cells, those behind a change if behind and those before it else, are what the record says they are. They are not
// where the type was printed under other columns in between.
func (r *Record) Prints(cells []string, behind bool) bool {
	for _, c := range r.Cells {
		is := c.Old
		if behind {
			is = c.New
		}
		if r.Type != model.Deleted && (c.Column >= len(cells) || cells[c.Column] != is) {
			return false
		}
	}
	return true
}

// appendPrinted writes how many seconds before the change Printed was, and one more; 0 for none.
func appendPrinted(b []byte, r *Record) []byte {
	if r.Printed.IsZero() {
		return append(b, 0)
	}
	return binary.AppendUvarint(b, uint64(max(r.At.Unix()-r.Printed.Unix(), 0))+1)
}

func (d *decoder) printedAt(at time.Time) time.Time {
	ago := d.uvarint()
	if ago == 0 {
		return time.Time{}
	}
	return time.Unix(at.Unix()-int64(ago-1), 0)
}

func appendCells(b []byte, cells []Cell) []byte {
	b = binary.AppendUvarint(b, uint64(len(cells)))
	for _, c := range cells {
		b = appendText(appendText(binary.AppendUvarint(b, uint64(c.Column)), c.Old), c.New)
	}
	return b
}

// maxColumn is more columns than any type has: what says otherwise is damaged.
const maxColumn = 1 << 16

func (d *decoder) cells() []Cell {
	n := d.uvarint()
	if n > uint64(len(d.text)) {
		d.failed = true
		return nil
	}
	cells := make([]Cell, n)
	for i := range cells {
		column := d.uvarint()
		if column > maxColumn {
			d.failed = true
			return nil
		}
		cells[i] = Cell{int(column), string(d.bytes()), string(d.bytes())}
	}
	return cells
}
