package grid

import (
	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
)

// cursor is the current row: the object, and where it was seen last.
type cursor struct {
	id         model.RowID
	index, top int // of the row, and of the first row on the screen
}

// kept is the row that the cursor was on in another view of the tab, and its line on the screen; the zero kept is none.
type kept struct {
	id   model.RowID
	line int
}

// follow finds the cursor's object where it is now. The object keeps its line
// on the screen when rows come and go above it, save at the top of the list:
// there new rows come into sight. When its object has gone, the cursor goes to
// the row that took its place.
func (m *Model) follow() {
	w := m.view.Window(0, 0)
	c := &m.cursor
	if m.kept != (kept{}) {
		if at, found := m.view.Find(m.kept.id); found {
			*c = cursor{id: m.kept.id, index: at, top: at - m.kept.line}
			m.unchosen, m.kept = false, kept{}
		}
	}
	switch i, found := m.view.Find(c.id); {
	case m.unchosen:
		c.index, c.top = 0, 0
		m.unchosen = w.Len == 0 || w.Rebuilding || !m.listed() || w.Total < m.counted()
		if !m.unchosen {
			m.kept = kept{}
		}
	case found:
		if c.top > 0 {
			c.top += i - c.index
		}
		c.index = i
	}
	m.settle(w.Len)
}

// settle keeps the cursor within n rows and on the screen, and takes the
// identity of the row it is on.
func (m *Model) settle(n int) {
	c, page := &m.cursor, m.page()
	c.index = max(0, min(c.index, n-1))
	c.top = max(0, min(c.top, n-page, c.index))
	c.top = max(c.top, c.index-page+1)
	if row, ok := m.view.At(c.index); ok {
		c.id = row.ID()
	}
}

// listed reports whether each source has had its whole list, or cannot get it.
func (m *Model) listed() bool {
	for _, s := range m.tab.Sources {
		if !s.State.Synced && (s.State.Phase == informers.Listing || s.State.Phase == informers.WaitingForDiscovery) {
			return false
		}
	}
	return true
}

// counted is the number of objects that the sources have; the view comes to have them a moment later.
func (m *Model) counted() int {
	n := 0
	for _, s := range m.tab.Sources {
		n += s.Count
	}
	return n
}

// page is the number of lines for rows.
func (m *Model) page() int {
	lines := m.height - 1
	if m.banner {
		lines--
	}
	return max(1, lines)
}

// move carries out an action that moves the cursor; false for any other.
func (m *Model) move(action keymap.Action) bool {
	page := m.page()
	switch action {
	case keymap.Up:
		m.step(-1, 0)
	case keymap.Down:
		m.step(1, 0)
	case keymap.PageUp:
		m.step(-page, -page)
	case keymap.PageDown:
		m.step(page, page)
	case keymap.HalfUp:
		m.step(-page/2, -page/2)
	case keymap.HalfDown:
		m.step(page/2, page/2)
	case keymap.Top:
		m.step(-m.length(), 0)
	case keymap.Bottom:
		m.step(m.length(), 0)
	default:
		return false
	}
	return true
}

// step moves the cursor by rows and the screen by lines.
func (m *Model) step(rows, lines int) {
	if m.view == nil {
		return
	}
	m.follow()
	m.unchosen, m.kept = false, kept{}
	m.cursor.index += rows
	m.cursor.top += lines
	m.settle(m.length())
}

func (m *Model) length() int {
	if m.view == nil {
		return 0
	}
	return m.view.Window(0, 0).Len
}

// Select puts the cursor on a row, if it is in the list.
func (m *Model) Select(id model.RowID) bool {
	if m.view == nil {
		return false
	}
	i, ok := m.view.Find(id)
	if !ok {
		return false
	}
	m.follow()
	m.step(i-m.cursor.index, 0)
	m.frame.valid = false
	return true
}

// Found puts the cursor on the row that a search has found.
func (m *Model) Found(msg FoundMsg) {
	if msg.OK && msg.Tab == m.tab.ID {
		m.Select(msg.Row)
	}
}

// Scroll moves the screen by lines, as the mouse wheel asks for. The cursor
// stays on its object as long as that is in sight.
func (m *Model) Scroll(lines int) {
	if m.view == nil {
		return
	}
	m.follow()
	m.unchosen, m.kept = false, kept{}
	m.frame.valid = false
	c, page := &m.cursor, m.page()
	c.top = max(0, min(c.top+lines, m.length()-page))
	c.index = max(c.top, min(c.index, c.top+page-1))
	m.settle(m.length())
}

// Click selects the row at y, or sorts by the column at x of the head. It
// reports whether a row was hit.
func (m *Model) Click(x, y int) bool {
	m.frame.valid = false
	if y == 0 {
		m.clickHead(x)
		return false
	}
	if m.view == nil || y > m.rows {
		return false
	}
	m.step(m.cursor.top+y-1-m.cursor.index, 0)
	return true
}

// nextUnhealthy looks for the next row after the cursor whose object is
// unhealthy, round the end of the list. The search is as long as the list, so it
// runs off the program loop and answers with a FoundMsg.
func (m *Model) nextUnhealthy() tea.Cmd {
	if m.view == nil {
		return nil
	}
	m.follow()
	view, tab, from := m.view, m.tab.ID, m.cursor.index+1
	return func() tea.Msg {
		id, ok := findUnhealthy(view, from)
		if !ok {
			return FoundMsg{Tab: tab, Hidden: view.Window(0, 0).Unhealthy}
		}
		return FoundMsg{Tab: tab, Row: id, OK: true}
	}
}

// findUnhealthy searches from an index to the end and then from the start.
func findUnhealthy(view View, from int) (model.RowID, bool) {
	w := view.Window(0, 0)
	if w.Unhealthy == 0 {
		return model.RowID{}, false
	}
	if id, ok := firstUnhealthy(view, from, w.Len); ok {
		return id, true
	}
	return firstUnhealthy(view, 0, min(from, w.Len))
}

func firstUnhealthy(view View, from, to int) (model.RowID, bool) {
	const chunk = 512
	for ; from < to; from += chunk {
		for _, row := range view.Window(from, min(chunk, to-from)).Rows {
			if row.Object.Health.Level == model.Unhealthy && row.Mark != model.Gone {
				return row.ID(), true
			}
		}
	}
	return model.RowID{}, false
}
