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
	keys          *keymap.Keymap
	width, height int
	line          lineedit.Line
	entries       []entry
	found         []int  // indexes in entries, best first
	cursor        string // arg of the entry under the cursor
	at            int    // where the cursor is in found, -1 for nowhere
	// marks are the types that are to be added (true) or dropped (false).
	marks   map[string]bool
	scroll  scroll.Lines
	problem string
}

// New makes a picker without choices.
func New(t *theme.Theme, keys *keymap.Keymap) *Model {
	return &Model{theme: t, keys: keys, marks: map[string]bool{}}
}

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the room for the box in cells. The box is as wide, and as high up
// to a limit.
func (m *Model) SetSize(width, height int) {
	m.width, m.height = width, min(height, maxHeight)
	m.reveal()
}

// Open starts anew: no query, no marks.
func (m *Model) Open() {
	m.line = lineedit.Line{}
	m.marks = map[string]bool{}
	m.cursor = ""
	m.find()
}

// SetChoices takes the types as they are now. problem says why there may be
// none. Marks stay, but of types that have gone and where what they ask for has
// come true.
func (m *Model) SetChoices(choices []workspace.TypeChoice, problem string) {
	m.problem = problem
	m.entries = make([]entry, len(choices))
	marks := map[string]bool{}
	for i, c := range choices {
		e := newEntry(c)
		m.entries[i] = e
		if to, marked := m.marks[e.arg]; marked && to != c.Watched {
			marks[e.arg] = to
		}
	}
	m.marks = marks
	m.find()
}

func (m *Model) find() {
	m.found = rank(m.entries, m.line.Text())
	m.at = slices.IndexFunc(m.found, func(i int) bool { return m.entries[i].arg == m.cursor })
	if m.at < 0 {
		m.toIndex(0)
	}
	m.reveal()
}

func (m *Model) toIndex(i int) {
	if len(m.found) == 0 {
		m.at = -1
		return
	}
	m.at = max(0, min(i, len(m.found)-1))
	m.cursor = m.entries[m.found[m.at]].arg
	m.reveal()
}

// reveal scrolls as little as shows the cursor.
func (m *Model) reveal() {
	rows := m.rows()
	m.scroll.Fit(len(m.found), rows)
	if m.at < m.scroll.Top() {
		m.scroll.To(m.at)
	}
	if m.at >= m.scroll.Top()+rows {
		m.scroll.To(m.at - rows + 1)
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
		m.toIndex(m.at - 1)
	case keymap.Down:
		m.toIndex(m.at + 1)
	case keymap.PageUp:
		m.toIndex(m.at - m.rows())
	case keymap.PageDown:
		m.toIndex(m.at + m.rows())
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
func (m *Model) Scroll(lines int) { m.toIndex(m.at + lines) }

// Click marks the line at a cell of the box.
func (m *Model) Click(_, y int) {
	if i := m.scroll.Top() + y - headLines; y >= headLines && y < headLines+m.rows() && i < len(m.found) {
		m.toIndex(i)
		m.toggle()
	}
}

// toggle marks the type under the cursor, or takes its mark away. One that may
// not be watched cannot be added.
func (m *Model) toggle() {
	if m.at < 0 {
		return
	}
	e := &m.entries[m.found[m.at]]
	switch _, marked := m.marks[e.arg]; {
	case marked:
		delete(m.marks, e.arg)
	case e.Watched || e.Forbidden == "":
		m.marks[e.arg] = !e.Watched
	}
}

// checked tells whether a type is to be watched after apply.
func (m *Model) checked(e *entry) bool {
	if to, marked := m.marks[e.arg]; marked {
		return to
	}
	return e.Watched
}

// apply says what the marks ask for; without any, the type under the cursor is
// toggled.
func (m *Model) apply(oneTab bool) tea.Cmd {
	if len(m.marks) == 0 {
		m.toggle()
	}
	msg := AppliedMsg{OneTab: oneTab}
	for i := range m.entries {
		arg := m.entries[i].arg
		switch add, marked := m.marks[arg]; {
		case marked && add:
			msg.Add = append(msg.Add, arg)
		case marked:
			msg.Drop = append(msg.Drop, arg)
		}
	}
	return func() tea.Msg { return msg }
}
