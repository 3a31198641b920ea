// Package logs shows the last lines of dogwatch's own log. It follows the end
// until the user scrolls back, and then keeps its place while lines come at the
// end and go at the start. A Model belongs to the program loop.
package logs

import (
	"fmt"
	"strings"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/scroll"
	"github.com/dogwatch/dogwatch/ui/text"
)

// headLines stand above the lines of the log.
const headLines = 1

// Model is the log pane.
type Model struct {
	theme         *theme.Theme
	log           *logbuffer.Buffer
	width, height int

	following bool
	place     scroll.Lines // in the lines that the log still has
	first     uint64       // the number of the first of them
}

// New makes a pane over a buffer.
func New(t *theme.Theme, log *logbuffer.Buffer) *Model {
	return &Model{theme: t, log: log, following: true}
}

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the size in cells.
func (m *Model) SetSize(width, height int) { m.width, m.height = width, height }

func (m *Model) page() int { return max(1, m.height-headLines) }

// Do scrolls. At the end it follows again.
func (m *Model) Do(action keymap.Action) {
	m.catchUp()
	if m.place.Do(action, m.page()) {
		m.following = m.place.AtEnd()
	}
}

// Scroll moves by lines, for the mouse. At the end it follows again.
func (m *Model) Scroll(lines int) {
	m.catchUp()
	m.place.By(lines)
	m.following = m.place.AtEnd()
}

// catchUp keeps the place while lines come at the end and go at the start.
func (m *Model) catchUp() {
	first, end := m.log.Range()
	m.place.By(-int(first - m.first))
	m.first = first
	m.place.Fit(int(end-first), m.page())
	if m.following {
		m.place.To(int(end - first))
	}
}

// View draws as many lines and cells as SetSize said.
func (m *Model) View() string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	m.catchUp()
	top := m.first + uint64(m.place.Top())
	drawn := []string{m.head(top)}
	lines := m.log.Lines(top, m.height-headLines)
	if len(lines) == 0 && m.height > 2 {
		drawn = append(drawn, text.Spaces(m.width), m.theme.Dim.Render(text.Fit("  nothing has been logged yet", m.width)))
	}
	for _, line := range lines {
		drawn = append(drawn, styleOf(m.theme, line).Render(text.Fit(" "+line, m.width)))
	}
	for len(drawn) < m.height {
		drawn = append(drawn, text.Spaces(m.width))
	}
	return strings.Join(drawn, "\n")
}

// head names the pane and tells where in the log it is.
func (m *Model) head(top uint64) string {
	first, end := m.log.Range()
	var where string
	switch shown := min(end-top, uint64(m.page())); {
	case first == end:
	case m.following:
		where = fmt.Sprintf("%d lines, following", end)
	default:
		where = fmt.Sprintf("%d to %d of %d, paused", top+1, top+shown, end)
	}
	where = text.Truncate(where, m.width/2)
	room := m.width - text.Width(where) - 3
	title := " dogwatch's own log"
	if hint := "   --log-file keeps it"; len(title)+len(hint) <= room {
		title += hint
	}
	return m.theme.HeaderSorted.Render(text.Fit(title, room)) + "  " + m.theme.Dim.Render(where) + " "
}

// styleOf colours what klog marks as an error or a warning: "E1124 05:31:02…".
func styleOf(t *theme.Theme, line string) theme.Style {
	const stamp = "E1124 "
	if len(line) < len(stamp) || line[len(stamp)-1] != ' ' {
		return theme.Style{}
	}
	for _, c := range line[1 : len(stamp)-1] {
		if c < '0' || c > '9' {
			return theme.Style{}
		}
	}
	switch line[0] {
	case 'E', 'F':
		return t.Trouble
	case 'W':
		return t.Warning
	default:
		return theme.Style{}
	}
}
