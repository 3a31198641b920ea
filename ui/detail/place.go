package detail

import (
	"github.com/dogwatch/dogwatch/keymap"
)

// headLines is the title of the pane; what is below it scrolls.
const headLines = 1

// scrollCells is how far one key goes sideways.
const scrollCells = 8

func (m *Model) page() int { return max(1, m.height-headLines) }

func (m *Model) lineCount() int {
	if doc := m.document(); doc != nil {
		return len(doc.Lines)
	}
	return 0
}

// moveTo puts the cursor on a line and scrolls as little as shows it.
func (m *Model) moveTo(line int) {
	m.cursor = max(0, min(line, m.lineCount()-1))
	m.keepInSight()
}

func (m *Model) keepInSight() {
	m.top = max(0, min(m.top, m.lineCount()-m.page()))
	m.top = min(m.top, m.cursor)
	m.top = max(m.top, m.cursor-m.page()+1)
	m.touch()
}

// move carries out an action of movement and tells whether it was one.
func (m *Model) move(action keymap.Action) bool {
	page := m.page()
	switch action {
	case keymap.Up:
		m.moveTo(m.cursor - 1)
	case keymap.Down:
		m.moveTo(m.cursor + 1)
	case keymap.PageUp:
		m.moveTo(m.cursor - page)
	case keymap.PageDown:
		m.moveTo(m.cursor + page)
	case keymap.HalfUp:
		m.moveTo(m.cursor - page/2)
	case keymap.HalfDown:
		m.moveTo(m.cursor + page/2)
	case keymap.Top:
		m.moveTo(0)
	case keymap.Bottom:
		m.moveTo(m.lineCount() - 1)
	case keymap.ScrollLeft:
		m.left = max(0, m.left-scrollCells)
		m.touch()
	case keymap.ScrollRight:
		m.left += scrollCells
		m.touch()
	default:
		return false
	}
	return true
}

// Scroll moves by lines, for the mouse.
func (m *Model) Scroll(lines int) {
	m.top = max(0, min(m.top+lines, m.lineCount()-m.page()))
	m.cursor = max(m.top, min(m.cursor, m.top+m.page()-1))
	m.touch()
}

// Click puts the cursor on the line at a cell of the pane.
func (m *Model) Click(_, y int) {
	if y >= headLines {
		m.moveTo(m.top + y - headLines)
	}
}
