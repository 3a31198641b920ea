package detail

import "github.com/dogwatch/dogwatch/keymap"

const (
	// sideStep is how many cells one step to the side goes.
	sideStep = 8
	// maxLeft bounds scrolling to the side: what stands behind is cut.
	maxLeft = 64 << 10
)

// titleLines stand above the document.
const titleLines = 1

// page is the number of lines of the document that are visible.
func (m *Model) page() int { return max(m.height-titleLines, 1) }

// move carries out an action that moves the cursor, and reports whether it was
// one.
func (m *Model) move(action keymap.Action) bool {
	page := m.page()
	switch action {
	case keymap.Up:
		m.moveTo(m.cursor - 1)
	case keymap.Down:
		m.moveTo(m.cursor + 1)
	case keymap.PageUp:
		m.pageBy(-page)
	case keymap.PageDown:
		m.pageBy(page)
	case keymap.HalfUp:
		m.pageBy(-page / 2)
	case keymap.HalfDown:
		m.pageBy(page / 2)
	case keymap.Top:
		m.moveTo(0)
	case keymap.Bottom:
		m.moveTo(len(m.document().Lines) - 1)
	case keymap.ScrollLeft:
		m.scrollTo(m.left - sideStep)
	case keymap.ScrollRight:
		if m.moreAtRight() {
			m.scrollTo(m.left + sideStep)
		}
	default:
		return false
	}
	return true
}

func (m *Model) pageBy(lines int) {
	m.top += lines
	m.moveTo(m.cursor + lines)
}

func (m *Model) scrollTo(left int) {
	m.left = min(max(left, 0), maxLeft)
	m.touch()
}

// Scroll moves the document by lines, as the mouse wheel asks for; the cursor
// stays on its line as long as that is in sight.
func (m *Model) Scroll(lines int) {
	m.top = m.clampTop(m.top + lines)
	m.moveTo(min(max(m.cursor, m.top), m.top+m.page()-1))
}

// Click puts the cursor on the line at y.
func (m *Model) Click(_, y int) {
	doc := m.document()
	if line := m.top + y - titleLines; doc != nil && y >= titleLines && line < len(doc.Lines) {
		m.moveTo(line)
	}
}

// moveTo puts the cursor on a line, the nearest there is.
func (m *Model) moveTo(line int) {
	m.cursor = line
	m.keepInSight()
}

// keepInSight brings cursor and top within the document, and the cursor within
// what is visible.
func (m *Model) keepInSight() {
	m.touch()
	doc := m.document()
	if doc == nil {
		m.cursor, m.top = 0, 0
		return
	}
	m.cursor = min(max(m.cursor, 0), len(doc.Lines)-1)
	m.top = min(max(m.top, m.cursor-m.page()+1), m.cursor)
	m.top = m.clampTop(m.top)
}

func (m *Model) clampTop(top int) int {
	if doc := m.document(); doc != nil {
		top = min(top, len(doc.Lines)-m.page())
	}
	return max(top, 0)
}

// moreAtRight reports whether a visible line goes on beyond the right edge.
func (m *Model) moreAtRight() bool {
	lines := m.document().Lines
	for i := m.top; i < min(m.top+m.page(), len(lines)); i++ {
		l := &lines[i]
		if l.Indent+2*l.Dashes+len(l.Key)+len(l.Scalar)+len(l.Comment())+2 > m.left+m.textWidth() {
			return true
		}
	}
	return false
}
