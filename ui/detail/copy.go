package detail

import (
	tea "charm.land/bubbletea/v2"
)

// maxCopied bounds what goes to the clipboard: terminals drop larger sequences
// in silence.
const maxCopied = 1 << 20

func (m *Model) copyAll() tea.Cmd {
	doc := m.document()
	return func() tea.Msg { return copied("the YAML", doc.Text()) }
}

func (m *Model) copyPath() tea.Cmd {
	path := m.document().Lines[m.cursor].Path.String()
	return func() tea.Msg { return copied("the path "+path, path) }
}

func (m *Model) copyValue() tea.Cmd {
	doc, line := m.document(), m.cursor
	return func() tea.Msg { return copied("the value", doc.Value(line)) }
}

// copied puts content on the clipboard and says so, or why not.
func copied(what, content string) tea.Msg {
	if len(content) > maxCopied {
		return CopiedMsg{What: what, Problem: "it is over 1 MiB, more than terminals take"}
	}
	return tea.BatchMsg{
		tea.SetClipboard(content),
		func() tea.Msg { return CopiedMsg{What: what} },
	}
}
