// Package logs shows the last lines of dogwatch's own log. It follows the end
// until the user scrolls back. A Model belongs to the program loop.
package logs

import (
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/logbuffer"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/scroll"
	"github.com/dogwatch/dogwatch/ui/text"
)

// Model is the log pane.
type Model struct {
	theme         *theme.Theme
	log           *logbuffer.Buffer
	width, height int
	scroll        scroll.Lines
	back          bool // the user has left the end
}

// New makes a pane over a buffer.
func New(t *theme.Theme, log *logbuffer.Buffer) *Model { return &Model{theme: t, log: log} }

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the size in cells.
func (m *Model) SetSize(width, height int) { m.width, m.height = width, height }

// Do scrolls.
func (m *Model) Do(action keymap.Action) {
	if m.scroll.Do(action, m.height-1) {
		m.back = !m.scroll.AtEnd()
	}
}

// Scroll moves by lines, for the mouse.
func (m *Model) Scroll(lines int) {
	m.scroll.By(lines)
	m.back = !m.scroll.AtEnd()
}

// View draws as many lines and cells as SetSize said.
func (m *Model) View() string {
	head := m.theme.HeaderSorted.Render(text.Fit("  dogwatch's own log, client-go's included.  --log-file keeps it", m.width))
	if m.height < 2 {
		return head
	}
	first, end := m.log.Range()
	if first == end {
		var none scroll.Lines
		quiet := m.theme.Dim.Render(text.Fit("  nothing logged so far", m.width))
		return head + "\n" + none.Window([]string{"", quiet}, m.width, m.height-1)
	}
	raw := m.log.Lines(first, int(end-first))
	lines := make([]string, len(raw))
	for i, s := range raw {
		lines[i] = text.Fit("  "+s, m.width)
	}
	if !m.back {
		m.scroll.Fit(len(lines), m.height-1)
		m.scroll.To(len(lines))
	}
	return head + "\n" + m.scroll.Window(lines, m.width, m.height-1)
}
