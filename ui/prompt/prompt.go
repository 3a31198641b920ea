// Package prompt is the input on the bottom line: the command line, the filter
// and the pane's search. It knows how text is typed, completed and remembered;
// what a line means is its owner's business. A Model belongs to the program
// loop.
package prompt

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/command"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/lineedit"
	"github.com/dogwatch/dogwatch/ui/text"
)

// Kind is what is being asked for. Each kind has a history of its own.
type Kind uint8

const (
	// Command is the line after a colon.
	Command Kind = iota
	// Filter is the list's filter; it acts while it is typed.
	Filter
	// Search is a search in the pane; it acts while it is typed.
	Search
	kinds
)

func (k Kind) sign() string {
	if k == Command {
		return ":"
	}
	return "/"
}

// ChangedMsg tells what stands in the line after each key.
type ChangedMsg struct {
	Kind Kind
	Text string
}

// DoneMsg tells that the line was accepted, or left as Before by Cancelled.
type DoneMsg struct {
	Kind      Kind
	Text      string
	Before    string
	Cancelled bool
}

// maxHistory bounds what is remembered of each kind.
const maxHistory = 100

// Model is the prompt.
type Model struct {
	theme    *theme.Theme
	width    int
	active   bool
	kind     Kind
	line     lineedit.Line
	before   string
	complete func(line string, cursor int) command.Completion
	history  [kinds][]string
	recalled int // index in the history, its length for none
	draft    string
	// cycling is the completion that tab goes through, at index chosen.
	cycling command.Completion
	chosen  int
}

// New makes a prompt that is not active.
func New(t *theme.Theme) *Model { return &Model{theme: t} }

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the width in cells; the prompt is one line.
func (m *Model) SetSize(width, _ int) { m.width = width }

// Active tells whether the prompt hears the keys.
func (m *Model) Active() bool { return m.active }

// Start asks for a line of a kind that begins with text. complete may be nil.
func (m *Model) Start(kind Kind, text string, complete func(line string, cursor int) command.Completion) {
	m.active, m.kind, m.before, m.complete = true, kind, text, complete
	m.line = lineedit.Line{}
	m.line.Set(text)
	m.recalled, m.draft = len(m.history[kind]), ""
	m.endCycle()
}

// Type takes a key that has no action.
func (m *Model) Type(key tea.KeyPressMsg) tea.Cmd {
	if !m.line.Type(key) {
		return nil
	}
	m.endCycle()
	return m.changed()
}

// Paste puts text in at the cursor; it stays one line.
func (m *Model) Paste(text string) tea.Cmd {
	m.line.Paste(text)
	m.endCycle()
	return m.changed()
}

// Do carries out an action of the prompt.
func (m *Model) Do(action keymap.Action) tea.Cmd {
	switch action {
	case keymap.Accept:
		m.remember()
		return m.done(false)
	case keymap.Back:
		return m.done(true)
	case keymap.Complete:
		m.cycle()
	case keymap.HistoryPrev:
		m.recall(-1)
	case keymap.HistoryNext:
		m.recall(1)
	default:
		return nil
	}
	return m.changed()
}

func (m *Model) changed() tea.Cmd {
	msg := ChangedMsg{m.kind, m.line.Text()}
	return func() tea.Msg { return msg }
}

func (m *Model) done(cancelled bool) tea.Cmd {
	m.active = false
	msg := DoneMsg{m.kind, m.line.Text(), m.before, cancelled}
	return func() tea.Msg { return msg }
}

func (m *Model) remember() {
	line := strings.TrimSpace(m.line.Text())
	h := m.history[m.kind]
	if line == "" || len(h) > 0 && h[len(h)-1] == line {
		return
	}
	m.history[m.kind] = append(h, line)[max(0, len(h)+1-maxHistory):]
}

// recall goes back or forth in the history; what was typed waits at its end.
func (m *Model) recall(by int) {
	h := m.history[m.kind]
	to := m.recalled + by
	if to < 0 || to > len(h) {
		return
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
	m.endCycle()
}

func (m *Model) endCycle() { m.cycling, m.chosen = command.Completion{}, -1 }

// cycle completes the word at the cursor; again, it goes to the next candidate.
func (m *Model) cycle() {
	if m.chosen < 0 {
		m.cycling = m.completion()
	}
	n := len(m.cycling.Candidates)
	if n == 0 {
		return
	}
	m.chosen = (m.chosen + 1) % n
	word := m.cycling.Candidates[m.chosen].Text
	m.line.Replace(m.cycling.Start, m.cycling.End, word)
	m.cycling.End = m.cycling.Start + len(word)
	if n == 1 {
		m.endCycle()
	}
}

func (m *Model) completion() command.Completion {
	if m.complete == nil {
		return command.Completion{}
	}
	return m.complete(m.line.Text(), m.line.Cursor())
}

// View draws the prompt, as wide as SetSize said.
func (m *Model) View() string {
	shown := m.cycling
	if m.chosen < 0 {
		shown = m.completion()
	}
	sign := " " + m.kind.sign()
	room := max(10, m.width-len(sign)-1)
	input := m.line.View(m.theme, room, m.ghost(shown))
	used := len(sign) + text.Width(m.line.Text()) + text.Width(m.ghost(shown)) + 3
	list := m.candidates(shown, m.width-used)
	pad := m.width - text.Width(m.plain(shown)) - list.width
	return m.theme.Accent.Render(sign) + input + text.Spaces(max(0, pad)) + list.styled
}

// plain is what View's left part takes, as text.
func (m *Model) plain(c command.Completion) string {
	words := " " + m.kind.sign() + m.line.Text()
	if m.line.AtEnd() {
		if ghost := m.ghost(c); ghost != "" {
			return words + ghost
		}
		return words + " "
	}
	return words
}

// ghost is the rest of the likeliest candidate.
func (m *Model) ghost(c command.Completion) string {
	if len(c.Candidates) == 0 || m.chosen >= 0 || !m.line.AtEnd() || c.Start > len(m.line.Text()) {
		return ""
	}
	rest, ok := strings.CutPrefix(c.Candidates[0].Text, m.line.Text()[c.Start:])
	if !ok {
		return ""
	}
	return rest
}

type list struct {
	styled string
	width  int
}

// candidates lists what tab would go through, as many as fit.
func (m *Model) candidates(c command.Completion, room int) list {
	var out list
	for i, candidate := range c.Candidates {
		word := text.Clean(candidate.Text) + "  "
		if out.width+text.Width(word) > room {
			break
		}
		style := m.theme.Dim
		if i == m.chosen {
			style = m.theme.Accent
		}
		out.styled += style.Render(word)
		out.width += text.Width(word)
	}
	return out
}
