// Package help is the screen of keys, made from the keymap: those of the part
// that had the focus first. A Model belongs to the program loop.
package help

import (
	"strings"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/scroll"
	"github.com/dogwatch/dogwatch/ui/text"
)

// Model is the help screen.
type Model struct {
	theme         *theme.Theme
	keys          *keymap.Keymap
	scope         keymap.Scope
	width, height int
	scroll        scroll.Lines
}

// New makes the screen.
func New(t *theme.Theme, keys *keymap.Keymap) *Model {
	return &Model{theme: t, keys: keys, scope: keymap.Grid}
}

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the size in cells.
func (m *Model) SetSize(width, height int) { m.width, m.height = width, height }

// SetScope puts a part's keys first, and starts at the top.
func (m *Model) SetScope(scope keymap.Scope) {
	m.scope = scope
	m.scroll.To(0)
}

// Do scrolls.
func (m *Model) Do(action keymap.Action) { m.scroll.Do(action, m.height) }

// Scroll moves by lines, for the mouse.
func (m *Model) Scroll(lines int) { m.scroll.By(lines) }

// View draws as many lines and cells as SetSize said.
func (m *Model) View() string {
	return m.scroll.Window(m.lines(), m.width, m.height)
}

// keyColumn is as wide as the longest list of keys that is shown.
const keyColumn = 22

func (m *Model) lines() []string {
	order := []keymap.Scope{m.scope}
	for _, scope := range keymap.Scopes() {
		if scope != m.scope {
			order = append(order, scope)
		}
	}
	var lines []string
	for _, scope := range order {
		lines = append(lines, "", m.theme.HeaderSorted.Render(text.Fit("  "+string(scope), m.width)))
		lines = append(lines, m.bindings(scope)...)
	}
	return lines
}

// bindings lists a scope's keys, in two columns where there is room.
func (m *Model) bindings(scope keymap.Scope) []string {
	all := m.keys.Bindings(scope)
	columns := max(1, min(3, m.width/70))
	width := m.width / columns
	rows := (len(all) + columns - 1) / columns
	lines := make([]string, rows)
	for i := range lines {
		var b strings.Builder
		for c := range columns {
			if at := c*rows + i; at < len(all) {
				b.WriteString(m.binding(all[at], width))
				continue
			}
			b.WriteString(text.Spaces(width))
		}
		lines[i] = b.String() + text.Spaces(m.width-width*columns)
	}
	return lines
}

func (m *Model) binding(b keymap.Binding, width int) string {
	keys := b.Keys
	if len(keys) > 4 { // a run of digits
		keys = []string{keys[0] + ".." + keys[len(keys)-1]}
	}
	return "  " + m.theme.Key.Render(text.Fit(strings.Join(keys, " "), keyColumn)) +
		m.theme.KeyHint.Render(text.Fit(b.Help, width-keyColumn-2))
}
