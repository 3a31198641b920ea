package detail

import (
	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/ui/clip"
)

// copyAll puts the whole document on the clipboard, as it is on screen.
func (m *Model) copyAll() tea.Cmd {
	doc := m.shown.doc
	return copied("the YAML of "+m.shown.key.id.Key.Name, doc.Text)
}

// copyPath puts the path of the line under the cursor on the clipboard.
func (m *Model) copyPath() tea.Cmd {
	path := m.shown.doc.Lines[m.cursor].Path.String()
	return copied(path, func() string { return path })
}

// copyValue puts the value under the cursor on the clipboard, as it is: without
// quotes, and a map or list as YAML.
func (m *Model) copyValue() tea.Cmd {
	doc, line := m.shown.doc, m.cursor
	what := "the value of " + doc.Lines[line].Path.String()
	return copied(what, func() string { return doc.Value(line) })
}

// copied is for what cannot fail.
func copied(what string, text func() string) tea.Cmd {
	return clip.Copy(what, func() (string, error) { return text(), nil })
}
