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
	// shrinkAfter is how long no visible cell must have needed a column's width
	// before the column gives it back.
	shrinkAfter = 20 * time.Second
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
// grow at once; they shrink only in a frame that shows nothing new.
func (m *Model) measure(rows int, now time.Time, settled bool) {
	for i := range m.columns {
		c := &m.columns[i]
		need := text.Width(c.head) + text.Width(m.sortMark(c.sort))
		for r := range rows {
			need = max(need, text.Width(m.cells[r*len(m.columns)+i]))
		}
		idle := settled && now.Sub(c.neededAt) > shrinkAfter
		if need >= c.width || idle {
			c.width, c.neededAt = need, now
		}
	}
}

// arrange gives each column its place: the name stays in sight, the others
// scroll, and what does not fit whole is cut or left out at the right.
func (m *Model) arrange() {
	name := m.nameColumn()
	room, gap := m.width-gutter, m.gap()
	widths := m.fittedWidths(name, room, gap)
	m.placed = m.placed[:0]
	m.more = false
	x := gutter
	place := func(i int) bool {
		left := m.width - x
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
			m.more = true
			return
		}
	}
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
