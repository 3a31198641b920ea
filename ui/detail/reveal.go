package detail

import (
	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/ui/detail/yamldoc"
)

// reveal is a look at an object as it is on its server. It ends with the next
// key press and leaves nothing behind.
type reveal struct {
	asked   bool // an answer is waited for
	doc     *yamldoc.Document
	decoded bool // the document shows what base64 stands for
}

// revealedMsg brings the document of what was revealed.
type revealedMsg struct {
	id      model.RowID
	doc     *yamldoc.Document
	decoded bool
	err     error
}

// askReveal asks for what is shown, unless the cursor has gone on to an object
// that is not there yet.
func (m *Model) askReveal() tea.Cmd {
	if m.shown.key.id != m.want.ID {
		return nil
	}
	m.reveal.asked = true
	msg := RevealMsg{ID: m.shown.key.id, ManagedFields: m.managed}
	return func() tea.Msg { return msg }
}

// ShowRevealed makes the message that answers ask with an object's JSON, or why
// it could not be read. What is base64 at the paths of encoded is shown as the
// text that it stands for. It is called in a command, off the program loop, and
// wipes the JSON; its result goes to Update. An answer that comes after a key
// press, or when another object is shown, is dropped there.
func ShowRevealed(ask RevealMsg, object []byte, encoded [][]string, err error) tea.Msg {
	defer clear(object)
	if err != nil {
		return revealedMsg{id: ask.ID, err: err}
	}
	doc, err := yamldoc.NewDecoded(object, ask.ManagedFields, encoded)
	return revealedMsg{id: ask.ID, doc: doc, decoded: len(encoded) > 0, err: err}
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
	m.reveal.decoded = msg.decoded
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
	if before == nil || m.document() == nil {
		m.keepInSight()
		return
	}
	line := m.document().Find(&before.Lines[m.cursor])
	m.top = line - offset
	m.moveTo(line)
}
