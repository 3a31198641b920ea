package grid

import (
	"time"

	"github.com/dogwatch/dogwatch/ui/text"
)

const (
	// gutter is the width of the mark before each row and of the space after it.
	gutter = 2
	// slack is what the name column takes beyond its need where there is room,
	// so that a somewhat longer name moves nothing.
	slack = 6
	// shrinkAfter is how long the rows in sight must have been the same before
	// columns give back what these do not need. While rows come and go a width
	// that is needed now and then is kept.
	shrinkAfter = 10 * time.Second
	// ageWidth is the width of the longest ages ("9m59s", "23h"), so that a
	// column of young ones does not grow with them.
	ageWidth = len("9m59s")
	// moreWidth is the room in the head of the mark for columns that are left out
	// at the right, and of a space before it.
	moreWidth = len(" >")
	// worthCutting is the least room in which the start of a cell is of use.
	worthCutting = 8
)

// placed is a column where it stands on the screen.
type placed struct {
	column   int // index in Model.columns
	x, width int
}

// forgetWidths lets all columns find new widths at the next frame.
func (m *Model) forgetWidths() {
	for i := range m.columns {
		m.columns[i].width = 0
	}
}

// measure widens the columns to what the head and the cells of rows need. They
// grow at once and shrink when the rows have long been the same.
func (m *Model) measure(rows int, now time.Time) {
	idleAt := m.stirredAt.Add(shrinkAfter)
	for i := range m.columns {
		c := &m.columns[i]
		need := text.Width(c.head) + text.Width(m.sortMark(c.sort))
		if c.ticks() && rows > 0 {
			need = max(need, ageWidth)
		}
		for r := range rows {
			need = max(need, text.Width(m.cells[r*len(m.columns)+i]))
		}
		switch {
		case need >= c.width || !now.Before(idleAt):
			c.width = need
		default:
			m.changesAt(idleAt)
		}
	}
}

// arrange gives each column its place: the name stays in sight, the others
// scroll, and what does not fit whole is cut or left out at the right, where a
// mark in the head then tells of it. A head at the right of its column must
// leave room for that; any other is cut as it is drawn.
func (m *Model) arrange() {
	if m.more = !m.arrangeWithin(m.width); !m.more || len(m.placed) == 0 {
		return
	}
	last := m.placed[len(m.placed)-1]
	if m.columns[last.column].right && last.x+last.width > m.width-moreWidth {
		m.arrangeWithin(m.width - moreWidth)
	}
}

// arrangeWithin tells whether all columns have their place before a cell of the
// screen.
func (m *Model) arrangeWithin(end int) bool {
	name, gap := m.nameColumn(), m.gap()
	widths := m.fittedWidths(name, end-gutter, gap)
	m.placed = m.placed[:0]
	x := gutter
	place := func(i int) bool {
		left := end - x
		w := min(widths[i], left)
		if w < widths[i] && (m.columns[i].right || w < worthCutting) {
			return false
		}
		m.placed = append(m.placed, placed{column: i, x: x, width: w})
		x += w + gap
		return w == widths[i]
	}
	if m.scroll > 0 && len(m.columns) > 0 {
		place(name)
	}
	skip := m.scroll
	for i := range m.columns {
		if m.scroll > 0 && i == name {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if !place(i) {
			return false
		}
	}
	return true
}

// fittedWidths are the widths that the columns get: the last may be of any
// width, the others a third of the room at most, and the name gives way, down to
// a third too, before any other is left out.
func (m *Model) fittedWidths(name, room, gap int) []int {
	widths := make([]int, len(m.columns))
	most := max(20, room/3)
	sum := gap * (len(widths) - 1)
	for i := range m.columns {
		widths[i] = m.columns[i].width
		if i != name && i != len(widths)-1 {
			widths[i] = min(widths[i], most)
		}
		sum += widths[i]
	}
	if len(widths) < 2 {
		return widths
	}
	if spare := room - sum; spare >= 0 {
		widths[name] += min(spare, slack)
	} else {
		widths[name] = max(min(widths[name], most), widths[name]+spare)
	}
	return widths
}

// nameColumn is the index of the column that stays in sight: the name, or the
// first where no name is shown.
func (m *Model) nameColumn() int {
	for i := range m.columns {
		if m.columns[i].isName {
			return i
		}
	}
	return 0
}

// gap is the space between two columns.
func (m *Model) gap() int {
	if m.width < 100 {
		return 2
	}
	return 3
}
