package detail

import (
	"fmt"

	tea "charm.land/bubbletea/v2"
)

// maxCopy bounds what is sent to the clipboard: terminals drop or choke on
// more.
const maxCopy = 1 << 20

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

// copied makes the text off the program loop: it may be as big as the object.
func copied(what string, text func() string) tea.Cmd {
	return func() tea.Msg {
		s := text()
		if len(s) > maxCopy {
			problem := fmt.Sprintf("%s is too big for the clipboard: %.1f MB", what, float64(len(s))/(1<<20))
			return CopiedMsg{What: what, Problem: problem}
		}
		done := func() tea.Msg { return CopiedMsg{What: what} }
		return tea.BatchMsg{tea.SetClipboard(s), done}
	}
}
