package detail

import (
	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/ui/detail/yamldoc"
)

// reveal is an object as it is on its server, for one look.
type reveal struct {
	doc *yamldoc.Document
}

// revealedMsg brings the document of what was revealed.
type revealedMsg struct {
	id  model.RowID
	doc *yamldoc.Document
	err error
}

func (m *Model) askReveal() tea.Cmd {
	msg := RevealMsg{ID: m.shown.key.id, Path: m.document().Lines[m.cursor].Path.String()}
	return func() tea.Msg { return msg }
}

// ShowRevealed shows an object's JSON until the next key. It is called in a
// command, off the program loop, and its result handed to Update.
func ShowRevealed(id model.RowID, object []byte, err error) tea.Msg {
	if err != nil {
		return revealedMsg{id: id, err: err}
	}
	doc, err := yamldoc.New(object, false)
	clear(object)
	return revealedMsg{id: id, doc: doc, err: err}
}

func (m *Model) revealed(msg revealedMsg) tea.Cmd {
	if msg.err != nil {
		problem := msg.err.Error()
		return func() tea.Msg { return CopiedMsg{What: "reveal", Problem: problem} }
	}
	if msg.id != m.want.ID || m.shown.doc == nil {
		return nil
	}
	line := &m.shown.doc.Lines[m.cursor]
	m.reveal.doc = msg.doc
	m.moveTo(msg.doc.Find(line))
	return nil
}

// ForgetRevealed goes back to what is known, with values hidden.
func (m *Model) ForgetRevealed() {
	if m.reveal.doc == nil {
		return
	}
	line := &m.reveal.doc.Lines[m.cursor]
	m.reveal.doc = nil
	if m.shown.doc != nil {
		m.moveTo(m.shown.doc.Find(line))
	}
	m.touch()
}

// toggleManaged shows or hides managedFields, which takes a load.
func (m *Model) toggleManaged() tea.Cmd {
	m.managed = !m.managed
	if m.want.Load == nil {
		return nil
	}
	return m.load(m.loadCtx)
}
