package detail

import (
	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/ui/detail/yamldoc"
)

// reveal is a look at an object as it is on its server. It ends with the next
// key press and leaves nothing behind.
type reveal struct {
	asked bool // an answer is waited for
	doc   *yamldoc.Document
}

// revealedMsg brings the document of what was revealed.
type revealedMsg struct {
	id  model.RowID
	doc *yamldoc.Document
	err error
}

func (m *Model) askReveal() tea.Cmd {
	m.reveal.asked = true
	msg := RevealMsg{ID: m.shown.key.id, Path: m.shown.doc.Lines[m.cursor].Path.String()}
	return func() tea.Msg { return msg }
}

// ShowRevealed makes the message that shows an object's JSON, or why it could
// not be read, until the next key. It is called in a command, off the program
// loop, and wipes the JSON; its result goes to Update. An answer that comes
// after a key press, or when another object is shown, is dropped there.
func ShowRevealed(id model.RowID, object []byte, err error) tea.Msg {
	defer clear(object)
	if err != nil {
		return revealedMsg{id: id, err: err}
	}
	doc, err := yamldoc.New(object, false)
	return revealedMsg{id: id, doc: doc, err: err}
}

func (m *Model) revealed(msg revealedMsg) {
	if !m.reveal.asked || msg.id != m.shown.key.id || m.shown.doc == nil {
		return
	}
	if msg.err != nil {
		m.reveal.asked = false
		m.shown.problem = msg.err.Error()
		m.touch()
		return
	}
	m.swap(msg.doc)
}

// ForgetRevealed ends the look at an object as it is. Call it on each key
// press.
func (m *Model) ForgetRevealed() {
	m.reveal.asked = false
	if m.reveal.doc != nil {
		m.swap(nil)
	}
}

// swap shows a revealed document, or the masked one again for nil, and keeps
// the place.
func (m *Model) swap(revealed *yamldoc.Document) {
	before, offset := m.document(), m.cursor-m.top
	m.reveal.doc = revealed
	line := m.document().Find(&before.Lines[m.cursor])
	m.top = line - offset
	m.moveTo(line)
}
