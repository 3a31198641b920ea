// Package help is the screen of all keys, made from the keymap: those of the
// part that had the focus first, then those that are heard everywhere, then the
// rest.
package help

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/scroll"
	"github.com/dogwatch/dogwatch/ui/text"
)

const (
	// columnWidth is the least width of a column of keys.
	columnWidth = 56
	mostColumns = 3
	// keysWidth is the room for an action's keys within a column.
	keysWidth = 20
	// titleLines stand above the keys.
	titleLines = 1
)

// Model is the help screen. It belongs to the program loop.
type Model struct {
	theme         *theme.Theme
	keys          *keymap.Keymap
	width, height int
	scope         keymap.Scope
	place         scroll.Lines
	lines         []string // all lines of the body at this size; nil until they are looked at
}

// New makes the screen.
func New(t *theme.Theme, keys *keymap.Keymap) *Model {
	return &Model{theme: t, keys: keys, scope: keymap.Grid}
}

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) {
	m.theme = t
	m.lines = nil
}

// SetSize sets the size in cells.
func (m *Model) SetSize(width, height int) {
	m.width, m.height = width, height
	m.lines = nil
}

// SetScope says which part had the focus; its keys come first.
func (m *Model) SetScope(scope keymap.Scope) {
	m.scope = scope
	m.place.To(0)
	m.lines = nil
}

// Do scrolls as an action asks for.
func (m *Model) Do(action keymap.Action) tea.Cmd {
	m.place.Do(action, m.page())
	return nil
}

// Scroll moves the text by lines.
func (m *Model) Scroll(lines int) { m.place.By(lines) }

// page is the number of lines below the title.
func (m *Model) page() int { return m.height - titleLines }

// View draws the screen, exactly as large as it was set.
func (m *Model) View() string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	if m.lines == nil {
		m.layOut()
	}
	if m.page() == 0 {
		return m.title()
	}
	return m.title() + "\n" + m.place.Window(m.lines, m.width, m.page())
}

// title says what this is, how to leave it, and how much is out of sight.
func (m *Model) title() string {
	t := m.theme
	left := " Keys"
	right := m.keys.KeyOf(keymap.Help, keymap.Back) + " closes "
	if below := len(m.lines) - m.place.Top() - m.page(); below > 0 {
		right = fmt.Sprintf("↓ %d more lines   %s", below, right)
	} else if m.place.Top() > 0 {
		right = fmt.Sprintf("↑ %d lines above   %s", m.place.Top(), right)
	}
	gap := m.width - text.Width(left) - text.Width(right)
	return t.Strong.Render(left) + text.Spaces(gap) + t.Dim.Render(right)
}

// layOut makes all lines for the present size.
func (m *Model) layOut() {
	n := max(1, min(mostColumns, m.width/columnWidth))
	width := m.width / n
	var blocks [][]string
	for _, scope := range m.scopes() {
		if block := m.block(scope, width); len(block) > 0 {
			blocks = append(blocks, block)
		}
	}
	m.lines = beside(spread(blocks, n), width, m.width)
	m.place.Fit(len(m.lines), m.page())
}

// scopes are all parts in the order in which their keys are shown.
func (m *Model) scopes() []keymap.Scope {
	order := []keymap.Scope{m.scope}
	if m.scope != keymap.Global {
		order = append(order, keymap.Global)
	}
	for _, scope := range keymap.Scopes() {
		if !slices.Contains(order, scope) {
			order = append(order, scope)
		}
	}
	return order
}

// block is the keys of one part, each line exactly as wide as it is told.
func (m *Model) block(scope keymap.Scope, width int) []string {
	bindings := m.keys.Bindings(scope)
	if len(bindings) == 0 {
		return nil
	}
	t := m.theme
	lines := []string{text.Spaces(width), t.Accent.Render(text.Fit(" "+string(scope), width))}
	room := max(1, width-keysWidth-4)
	for _, b := range bindings {
		keys := text.Fit(keyNames(b.Keys), keysWidth)
		for _, does := range text.Wrap(b.Help, room) {
			lines = append(lines, "  "+t.Key.Render(keys)+" "+text.Fit(does, room)+" ")
			keys = text.Spaces(keysWidth)
		}
	}
	return lines
}

// spread deals blocks out to n columns in their order, each column about as
// long as the next.
func spread(blocks [][]string, n int) [][]string {
	total := 0
	for _, b := range blocks {
		total += len(b)
	}
	columns := make([][]string, 1, n)
	for _, b := range blocks {
		last := len(columns) - 1
		full := len(columns[last])+len(b)/2 > (total+n-1)/n
		if full && len(columns[last]) > 0 && len(columns) < n {
			columns = append(columns, nil)
			last++
		}
		columns[last] = append(columns[last], b...)
	}
	return columns
}

// beside joins columns of equal width into lines of the whole width.
func beside(columns [][]string, width, whole int) []string {
	longest := 0
	for _, c := range columns {
		longest = max(longest, len(c))
	}
	lines := make([]string, longest)
	for i := range lines {
		var b strings.Builder
		for _, c := range columns {
			if i < len(c) {
				b.WriteString(c[i])
			} else {
				b.WriteString(text.Spaces(width))
			}
		}
		b.WriteString(text.Spaces(whole - width*len(columns)))
		lines[i] = b.String()
	}
	return lines
}
