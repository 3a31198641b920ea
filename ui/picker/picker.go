// Package picker is the box in which types are added and dropped: every type
// of the cluster, found by a few letters, with what is watched marked. The
// choices may change while it is open; query, marks and cursor stay with the
// types they are about. A Model belongs to the program loop.
package picker

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/lineedit"
	"github.com/dogwatch/dogwatch/ui/scroll"
	"github.com/dogwatch/dogwatch/workspace"
)

// AppliedMsg asks to add and drop types, named as workspace.TypeChoice.Arg
// does. OneTab puts all that is added into one tab.
type AppliedMsg struct {
	Add, Drop []string
	OneTab    bool
}

// Model is the picker.
type Model struct {
	theme         *theme.Theme
	width, height int
	line          lineedit.Line
	choices       []workspace.TypeChoice
	found         []int // indexes in choices, best first
	cursor        string
	// marks are the types whose mark was changed, and to what.
	marks   map[string]bool
	scroll  scroll.Lines
	problem string
}

// New makes a picker without choices.
func New(t *theme.Theme) *Model { return &Model{theme: t, marks: map[string]bool{}} }

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the size of the box in cells.
func (m *Model) SetSize(width, height int) { m.width, m.height = width, height }

// Open starts anew: no query, no marks.
func (m *Model) Open() {
	m.line = lineedit.Line{}
	m.marks = map[string]bool{}
	m.cursor = ""
	m.find()
}

// SetChoices takes the types as they are now. problem says why there may be
// none.
func (m *Model) SetChoices(choices []workspace.TypeChoice, problem string) {
	m.choices, m.problem = choices, problem
	m.find()
}

func (m *Model) find() {
	m.found = rank(m.choices, m.line.Text())
	if m.at() < 0 {
		m.toIndex(0)
	}
	m.reveal()
}

// at is the cursor's place among what was found, -1 if it is not there.
func (m *Model) at() int {
	return slices.IndexFunc(m.found, func(i int) bool { return m.choices[i].Arg() == m.cursor })
}

func (m *Model) toIndex(i int) {
	if len(m.found) == 0 {
		return
	}
	i = max(0, min(i, len(m.found)-1))
	m.cursor = m.choices[m.found[i]].Arg()
	m.reveal()
}

func (m *Model) reveal() {
	rows := m.rows()
	m.scroll.Fit(len(m.found), rows)
	at := m.at()
	if at < m.scroll.Top() {
		m.scroll.To(at)
	}
	if at >= m.scroll.Top()+rows {
		m.scroll.To(at - rows + 1)
	}
}

// Type takes a key that has no action: it changes the query.
func (m *Model) Type(key tea.KeyPressMsg) tea.Cmd {
	if m.line.Type(key) {
		m.queryChanged()
	}
	return nil
}

// Paste puts text into the query.
func (m *Model) Paste(text string) tea.Cmd {
	m.line.Paste(text)
	m.queryChanged()
	return nil
}

// queryChanged goes to the best match, which is what the user types for.
func (m *Model) queryChanged() {
	m.cursor = ""
	m.find()
}

// Do carries out an action of the picker.
func (m *Model) Do(action keymap.Action) tea.Cmd {
	switch action {
	case keymap.Up:
		m.toIndex(m.at() - 1)
	case keymap.Down:
		m.toIndex(m.at() + 1)
	case keymap.PageUp:
		m.toIndex(m.at() - m.rows())
	case keymap.PageDown:
		m.toIndex(m.at() + m.rows())
	case keymap.Mark:
		m.toggle()
	case keymap.Accept:
		return m.apply(false)
	case keymap.OneTab:
		return m.apply(true)
	}
	return nil
}

// Scroll moves the cursor by lines, for the mouse.
func (m *Model) Scroll(lines int) { m.toIndex(m.at() + lines) }

// Click marks the line at a cell of the box.
func (m *Model) Click(_, y int) {
	if i := m.scroll.Top() + y - headLines; y >= headLines && y < headLines+m.rows() && i < len(m.found) {
		m.toIndex(i)
		m.toggle()
	}
}

func (m *Model) current() (workspace.TypeChoice, bool) {
	at := m.at()
	if at < 0 {
		return workspace.TypeChoice{}, false
	}
	return m.choices[m.found[at]], true
}

func (m *Model) toggle() {
	c, ok := m.current()
	if !ok {
		return
	}
	if _, changed := m.marks[c.Arg()]; changed {
		delete(m.marks, c.Arg())
		return
	}
	m.marks[c.Arg()] = !c.Watched
}

// marked tells whether a choice is to be watched after apply.
func (m *Model) marked(c workspace.TypeChoice) bool {
	if to, changed := m.marks[c.Arg()]; changed {
		return to
	}
	return c.Watched
}

// apply says what the marks ask for; without any, the line under the cursor is
// toggled.
func (m *Model) apply(oneTab bool) tea.Cmd {
	if len(m.marks) == 0 {
		m.toggle()
	}
	msg := AppliedMsg{OneTab: oneTab}
	for _, c := range m.choices {
		to, changed := m.marks[c.Arg()]
		switch {
		case changed && to && !c.Watched:
			msg.Add = append(msg.Add, c.Arg())
		case changed && !to && c.Watched:
			msg.Drop = append(msg.Drop, c.Arg())
		}
	}
	return func() tea.Msg { return msg }
}
