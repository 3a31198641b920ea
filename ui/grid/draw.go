package grid

import (
	"slices"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/text"
)

// draw makes the whole picture.
func (m *Model) draw(now time.Time) string {
	var w model.Window
	m.banner = m.wantsBanner(now)
	if m.view != nil {
		m.follow()
		w = m.view.Window(m.cursor.top, m.page())
	}
	m.noteStir(w, now)
	m.rows = len(w.Rows)
	m.fill(w.Rows, now)
	m.measure(m.rows, now)
	m.arrange()

	p := &m.pen
	p.reset()
	m.drawHead()
	for i := range w.Rows {
		m.drawRow(i, &w.Rows[i], now)
	}
	bottom := m.height
	if m.banner && m.height > 2 {
		bottom--
	}
	if m.rows == 0 {
		m.drawWords(m.emptyWords(w, now), bottom)
	}
	for p.lines < bottom {
		m.drawBlank()
	}
	if bottom < m.height {
		m.drawBanner(now)
	}
	return string(p.buf)
}

// noteStir notes when the rows in sight were last other than before.
func (m *Model) noteStir(w model.Window, now time.Time) {
	if shows := (sight{m.view, w.Version, w.From, len(w.Rows)}); shows != m.shows {
		m.shows, m.stirredAt = shows, now
	}
}

// fill makes the text of all visible cells, row by row.
func (m *Model) fill(rows []model.Row, now time.Time) {
	m.cells = slices.Grow(m.cells[:0], len(rows)*len(m.columns))
	for r := range rows {
		for i := range m.columns {
			m.cells = append(m.cells, m.value(&m.columns[i], &rows[r], now))
		}
	}
}

func (m *Model) drawHead() {
	p, t := &m.pen, m.look.theme
	p.line(theme.Style{})
	if m.scroll > 0 && len(m.placed) > 0 {
		p.write("‹", t.Header)
	} else {
		p.spaces(1)
	}
	x := 1
	for _, at := range m.placed {
		c := &m.columns[at.column]
		mark := m.sortMark(c.sort)
		room := at.width
		if m.more {
			room = min(room, m.width-moreWidth-at.x)
		}
		head := text.Truncate(c.head, room-text.Width(mark))
		used := text.Width(head) + text.Width(mark)
		p.spaces(at.x - x)
		if c.right {
			p.spaces(room - used)
		}
		style := t.Header
		if mark != "" {
			style = t.HeaderSorted
		}
		p.write(head+mark, style)
		if !c.right {
			p.spaces(room - used)
		}
		x = at.x + max(room, used)
	}
	m.endHead(x)
	p.end()
}

// endHead fills the head's line from x on, with a mark at its end where columns
// are left out or cut.
func (m *Model) endHead(x int) {
	if m.more && x < m.width { // the narrowest lists have no room for it
		m.pen.spaces(m.width - 1 - x)
		m.pen.write("›", m.look.theme.Header)
		return
	}
	m.pen.spaces(m.width - x)
}

func (m *Model) drawRow(r int, row *model.Row, now time.Time) {
	p, l := &m.pen, m.look
	g, k := m.groundOf(row), toneOf(row, now)
	p.line(l.ground[g])
	m.drawGutter(row, g, k, now)
	x := 1
	for _, at := range m.placed {
		c := &m.columns[at.column]
		s := m.cells[r*len(m.columns)+at.column]
		width := text.Width(s)
		if width > at.width || len(s) > text.MostBytes(at.width) {
			s, width = cut(s, c, at.width)
		}
		p.spaces(at.x - x)
		pad := at.width - width
		if c.right {
			p.spaces(pad)
		}
		ink := l.ink[g][k][m.flashOf(row, c, now)]
		if c.field == heatField {
			ink = l.heat[g]
		}
		if m.spec.Filter.Empty() {
			p.write(s, ink)
		} else {
			p.writeMarked(s, m.found(row, c, s), ink, l.match[g][k])
		}
		if !c.right {
			p.spaces(pad)
		}
		x = at.x + at.width
	}
	p.spaces(m.width - x)
	p.end()
}

// cut shortens a cell; a name loses its middle, for both its ends tell it from
// its siblings.
func cut(s string, c *column, w int) (string, int) {
	if c.isName {
		s = text.TruncateMiddle(s, w)
	} else {
		s = text.Truncate(s, w)
	}
	return s, text.Width(s)
}

func (m *Model) groundOf(row *model.Row) ground {
	switch {
	case row.ID() != m.cursor.id:
		return plainGround
	case m.focused:
		return cursorGround
	default:
		return faintGround
	}
}

// drawGutter writes the one mark before a row.
func (m *Model) drawGutter(row *model.Row, g ground, k tone, now time.Time) {
	p, l := &m.pen, m.look
	m.noteMark(row, now)
	since := now.Sub(row.MarkedAt)
	switch {
	case g != plainGround && row.Mark == model.New && since < model.NewFor && k == fine:
		p.write("▌", l.added[g])
	case g != plainGround:
		p.write("▌", l.bar[g][k])
	case row.Mark == model.Gone:
		p.write("-", l.change[g][k])
	case row.Mark == model.New && since < model.NewFor:
		p.write("+", l.added[g])
	case k == recovered:
		p.write("✓", l.change[g][k])
	case k == unhealthy: // its cells show the change
		p.write("!", l.change[g][k])
	case row.Mark == model.Changed && since < model.ChangedFor:
		p.write("~", l.change[g][k])
	default:
		p.spaces(1)
	}
}

// noteMark notes when the row's mark will look different.
func (m *Model) noteMark(row *model.Row, now time.Time) {
	switch row.Mark {
	case model.New:
		m.changesAfter(row.MarkedAt, now, model.NewFor)
	case model.Changed:
		m.changesAfter(row.MarkedAt, now, model.FlashFor)
		m.changesAfter(row.MarkedAt, now, model.ChangedFor)
	}
}

// changesAfter notes a change that long after a moment, unless it is past.
func (m *Model) changesAfter(from, now time.Time, d time.Duration) {
	if t := from.Add(d); t.After(now) {
		m.changesAt(t)
	}
}

// flashOf is how lately a cell of the row changed.
func (m *Model) flashOf(row *model.Row, c *column, now time.Time) flash {
	if row.Mark != model.Changed || c.field != serverCell || row.Object.Columns != c.of ||
		c.cell >= 64 || row.ChangedCells&(1<<c.cell) == 0 {
		return unchanged
	}
	switch since := now.Sub(row.MarkedAt); {
	case since < model.FlashFor:
		return changedNow
	case since < model.ChangedFor:
		return changedLately
	default:
		return unchanged
	}
}

func (m *Model) drawBlank() {
	m.pen.line(theme.Style{})
	m.pen.spaces(m.width)
	m.pen.end()
}
