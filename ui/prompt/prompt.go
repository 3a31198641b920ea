// Package prompt is the input on the bottom line: the command line, the filter
// and the pane's search. It knows how text is typed, completed and remembered;
// what a line means is its owner's business. A Model belongs to the program
// loop.
package prompt

import (
	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/command"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/lineedit"
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
	// Activity is the filter of what went on; it acts while it is typed.
	Activity
	// Problems is the filter of what is unhealthy; it acts while it is typed.
	Problems
	// Signals is the filter of what rules tell; it acts while it is typed.
	Signals
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

// Done is a line that was accepted, or left as Before by Cancelled.
type Done struct {
	Kind      Kind
	Text      string
	Before    string
	Cancelled bool
}

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
	recalled int    // index in the history, its length for none
	draft    string // what was typed before something was recalled
	problem  string // what is wrong with the line as it stands
	checks   [kinds]func(line string) error

	// completion is that of the line as it stands or, where chosen is not -1,
	// the one that tab goes through, at that index. It is made when the line
	// changes: its cost grows with the number of names, and View is drawn more
	// often.
	completion command.Completion
	chosen     int
}

// New makes a prompt that is not active.
func New(t *theme.Theme) *Model { return &Model{theme: t} }

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the width in cells; the prompt is one line.
func (m *Model) SetSize(width, _ int) { m.width = width }

// SetCheck has every line of a kind checked while it is typed; check must be
// quick. What it says stands beside the line, which is not accepted until it
// says nothing.
func (m *Model) SetCheck(kind Kind, check func(line string) error) { m.checks[kind] = check }

// Active tells whether the prompt hears the keys.
func (m *Model) Active() bool { return m.active }

// Start asks for a line of a kind that begins with text. complete is called
// once for each change of the line and each Refresh; it may be nil.
func (m *Model) Start(kind Kind, text string, complete func(line string, cursor int) command.Completion) {
	m.active, m.kind, m.before, m.complete = true, kind, text, complete
	m.line = lineedit.Line{}
	m.line.Set(text)
	m.recalled, m.draft, m.problem = len(m.history[kind]), "", ""
	m.check()
	m.endCycle()
}

// Fail asks for the line that was accepted last once more, and says beside it
// what is wrong with it.
func (m *Model) Fail(problem string) {
	m.active, m.problem = true, problem
	m.endCycle()
}

// Type takes a key that has no action.
func (m *Model) Type(key tea.KeyPressMsg) tea.Cmd {
	if !m.line.Type(key) {
		return nil
	}
	return m.changed()
}

// Paste puts text in at the cursor; it stays one line.
func (m *Model) Paste(text string) tea.Cmd {
	m.line.Paste(text)
	return m.changed()
}

// Do carries out an action of the prompt. done is nil while the line is not done with; what it means is for the caller to do before the
// next key comes, which is no longer the prompt's.
func (m *Model) Do(action keymap.Action) (done *Done, cmd tea.Cmd) {
	switch action {
	case keymap.Accept:
		if m.check() {
			m.remember()
			return m.done(false), nil
		}
	case keymap.Back:
		return m.done(true), nil
	case keymap.Complete:
		return nil, m.cycle()
	case keymap.HistoryPrev:
		return nil, m.recall(-1)
	case keymap.HistoryNext:
		return nil, m.recall(1)
	}
	return nil, nil
}

// changed ends what was about the line as it was, and tells of the new one.
func (m *Model) changed() tea.Cmd {
	m.endCycle()
	return m.tell()
}

func (m *Model) tell() tea.Cmd {
	m.problem = ""
	m.check()
	msg := ChangedMsg{m.kind, m.line.Text()}
	return func() tea.Msg { return msg }
}

// check notes what is wrong with the line, and tells that nothing is.
func (m *Model) check() bool {
	check := m.checks[m.kind]
	if check == nil {
		return true
	}
	m.problem = ""
	if err := check(m.line.Text()); err != nil {
		m.problem = err.Error()
	}
	return m.problem == ""
}

// Says tells whether this is the line that is being typed now. What is not may
// have been overtaken by another key.
func (m *Model) Says(kind Kind, line string) bool {
	return m.active && m.kind == kind && m.line.Text() == line
}

func (m *Model) done(cancelled bool) *Done {
	m.active = false
	return &Done{m.kind, m.line.Text(), m.before, cancelled}
}

// endCycle completes the line as it now stands.
func (m *Model) endCycle() {
	m.completion, m.chosen = command.Completion{}, -1
	if m.complete != nil {
		m.completion = m.complete(m.line.Text(), m.line.Cursor())
	}
}

// Refresh completes the line anew: there are other names now. What tab goes
// through stays as it is.
func (m *Model) Refresh() {
	if m.active && m.chosen < 0 {
		m.endCycle()
	}
}

// cycle completes the word at the cursor; again, it goes to the next candidate.
func (m *Model) cycle() tea.Cmd {
	n := len(m.completion.Candidates)
	if n == 0 {
		return nil
	}
	m.chosen = (m.chosen + 1) % n
	word := m.completion.Candidates[m.chosen].Text
	m.line.Replace(m.completion.Start, m.completion.End, word)
	m.completion.End = m.completion.Start + len(word)
	if n == 1 {
		m.endCycle() // the next tab completes the next word
	}
	return m.tell()
}
