package prompt

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// maxHistory bounds what is remembered of each kind.
const maxHistory = 500

func (m *Model) remember() {
	line := strings.TrimSpace(m.line.Text())
	h := m.history[m.kind]
	if line == "" {
		return
	}
	h = append(slices.DeleteFunc(h, func(old string) bool { return old == line }), line)
	m.history[m.kind] = h[max(0, len(h)-maxHistory):]
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

// SetHistory takes the lines of a kind from earlier sessions, the oldest first;
// those of this session come after them.
func (m *Model) SetHistory(kind Kind, lines []string) {
	old := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(m.history[kind], line) })
	h := append(old, m.history[kind]...)
	cut := max(0, len(h)-maxHistory)
	m.history[kind] = h[cut:]
	if m.kind == kind {
		m.recalled = max(0, m.recalled+len(old)-cut)
	}
}
