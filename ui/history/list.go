package history

import (
	"github.com/dogwatch/dogwatch/keymap"
)

const (
	headLines = 1
	// footLines say more of the version under the cursor.
	footLines = 3
	// leastForFoot is the height from which there is room for them.
	leastForFoot = 9
)

// row is a line of the list: a version, or words between versions.
type row struct {
	version int // -1 for words
	words   string
}

// page is the number of rows that are visible.
func (m *Model) page() int {
	if m.diff != nil {
		return max(m.height-headLines, 1)
	}
	return max(m.height-headLines-m.foot(), 1)
}

// foot is how many lines stand below the list.
func (m *Model) foot() int {
	if m.height < leastForFoot {
		return 0
	}
	return footLines
}

// layOut makes the rows of the versions that there are.
func (m *Model) layOut() {
	m.rows = m.rows[:0]
	if m.list() == nil {
		return
	}
	all, moment := m.list().Versions, m.momentAt()
	for i := range all {
		if i > 0 && all[i].UID != all[i-1].UID {
			m.rows = append(m.rows, row{-1, "another object of this name"})
		}
		if i == moment {
			m.rows = append(m.rows, row{-1, "above is later than " + clock(m.moment) + ", the moment that is shown"})
		}
		m.rows = append(m.rows, row{i, ""})
		if all[i].Gap {
			m.rows = append(m.rows, row{-1, "what happened here is not known"})
		}
	}
	m.rows = append(m.rows, row{-1, m.beginning()})
}

// beginning says what is before the oldest version.
func (m *Model) beginning() string {
	l := m.list()
	switch {
	case l.Cut:
		return "older changes of it are remembered, but too many to list"
	case l.Complete:
		return "nothing is known before it"
	case l.Begins.IsZero():
		return "no change has been seen yet"
	}
	return "older is not remembered: history begins " + clock(l.Begins)
}

// rowOf gives the row of a version.
func (m *Model) rowOf(version int) int {
	for i := version; i < len(m.rows); i++ {
		if m.rows[i].version == version {
			return i
		}
	}
	return 0
}

// move carries out an action that moves the cursor.
func (m *Model) move(action keymap.Action) {
	page := m.page()
	switch action {
	case keymap.Up:
		m.cursorTo(m.cursor - 1)
	case keymap.Down:
		m.cursorTo(m.cursor + 1)
	case keymap.PageUp:
		m.cursorTo(m.cursor - page)
	case keymap.PageDown:
		m.cursorTo(m.cursor + page)
	case keymap.HalfUp:
		m.cursorTo(m.cursor - page/2)
	case keymap.HalfDown:
		m.cursorTo(m.cursor + page/2)
	case keymap.Top:
		m.cursorTo(0)
	case keymap.Bottom:
		m.cursorTo(len(m.rows))
	}
}

func (m *Model) cursorTo(version int) {
	m.cursor = version
	m.keepInSight()
}

// keepInSight brings the cursor within the list, and the list within what is visible.
func (m *Model) keepInSight() {
	if m.list() == nil {
		m.cursor, m.top = 0, 0
		return
	}
	m.cursor = max(min(m.cursor, len(m.list().Versions)-1), 0)
	at, page := m.rowOf(m.cursor), m.page()
	if at == len(m.rows)-2 {
		at++ // the end is to be seen with the last version
	}
	m.top = min(max(m.top, at-page+1), m.rowOf(m.cursor))
	m.top = max(min(m.top, len(m.rows)-page), 0)
}

// Scroll moves the page by lines, as the mouse wheel asks for.
func (m *Model) Scroll(lines int) {
	if m.diff != nil {
		m.diff.scroll.By(lines)
		return
	}
	m.cursorTo(m.cursor + lines)
}

// Click puts the cursor on the version at y.
func (m *Model) Click(_, y int) {
	if at := m.top + y - headLines; m.diff == nil && y >= headLines && at < len(m.rows) && m.rows[at].version >= 0 && y < m.height-m.foot() {
		m.cursorTo(m.rows[at].version)
	}
}
