// Package logs shows the last lines of dogwatch's own log. It follows the end
// until the user scrolls back, and then keeps its place while lines come at the
// end and go at the start. A Model belongs to the program loop.
package logs

import (
	"fmt"
	"slices"
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

// rows are a line of the log as it is drawn: in a page of rows at most.
func (m *Model) rows(line string) []string { return text.WrapRest(line, max(m.width-2, 1), m.page()) }

// after is how many of the lines from a number on fit on the page, at least one where there is one.
func (m *Model) after(from uint64) int {
	return m.fitting(m.log.Lines(from, m.page()))
}

// before is after for the lines before a number.
func (m *Model) before(to uint64) int {
	from := max(m.first, to-min(to, uint64(m.page())))
	lines := m.log.Lines(from, int(to-from))
	slices.Reverse(lines)
	return m.fitting(lines)
}

func (m *Model) fitting(lines []string) int {
	left := m.page()
	for i, line := range lines {
		if left -= len(m.rows(line)); left < 0 {
			return i
		}
	}
	return len(lines)
}

// Do scrolls. At the end it follows again.
func (m *Model) Do(action keymap.Action) {
	m.catchUp()
	top := m.first + uint64(m.place.Top())
	page := m.after(top)
	if action == keymap.PageUp || action == keymap.HalfUp {
		page = m.before(top)
	}
	if m.place.Do(action, page) {
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
	m.place.Fit(int(end-first), m.before(end))
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
		style := styleOf(m.theme, line)
		for _, row := range m.rows(line) {
			drawn = append(drawn, style.Render(" "+text.Fit(row, m.width-1)))
		}
	}
	for len(drawn) < m.height {
		drawn = append(drawn, text.Spaces(m.width))
	}
	return strings.Join(drawn[:m.height], "\n")
}

// head names the pane and tells where in the log it is.
func (m *Model) head(top uint64) string {
	first, end := m.log.Range()
	var where string
	switch shown := uint64(m.after(top)); {
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
