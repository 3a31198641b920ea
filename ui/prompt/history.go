package prompt

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// maxHistory bounds what is remembered of each kind.
const maxHistory = 100

func (m *Model) remember() {
	line := strings.TrimSpace(m.line.Text())
	h := m.history[m.kind]
	if line == "" || len(h) > 0 && h[len(h)-1] == line {
		return
	}
	m.history[m.kind] = append(h, line)[max(0, len(h)+1-maxHistory):]
}

// recall goes back or forth in the history; what was typed waits at its end.
func (m *Model) recall(by int) tea.Cmd {
	h := m.history[m.kind]
	to := m.recalled + by
	if to < 0 || to > len(h) {
		return nil
	}
	if m.recalled == len(h) {
		m.draft = m.line.Text()
	}
	m.recalled = to
	if to == len(h) {
		m.line.Set(m.draft)
	} else {
		m.line.Set(h[to])
	}
	return m.changed()
}

// History gives the lines of a kind that were accepted, the oldest first, for
// an owner that keeps them.
func (m *Model) History(kind Kind) []string { return slices.Clone(m.history[kind]) }

// SetHistory takes the lines of a kind from an earlier session.
func (m *Model) SetHistory(kind Kind, lines []string) {
	m.history[kind] = slices.Clone(lines[max(0, len(lines)-maxHistory):])
}
