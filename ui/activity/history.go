package activity

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	feed "github.com/dogwatch/dogwatch/model/activity"
	"github.com/dogwatch/dogwatch/model/versions"
)

var errForgotten = errors.New("this change is no longer remembered")

// HistoryMsg asks to show a change among the versions of its object. Of a line that is of several objects Of is the zero Object.
type HistoryMsg struct {
	Of  versions.Object
	Seq uint64
}

// openHistory asks for the history of the object of the change that is shown, or of the line under the cursor. The page opens at that line again.
func (m *Model) openHistory() tea.Cmd {
	at := m.cursor.Index()
	if m.feed == nil || m.shown == nil && at >= len(m.page.Lines) {
		return nil
	}
	var line feed.Line
	if m.shown != nil {
		line = m.shown.line
	} else {
		line = m.page.Lines[at]
	}
	if line.Kind == feed.Noise || line.Kind == feed.Group && line.Objects != 1 {
		return func() tea.Msg { return HistoryMsg{} }
	}
	m.left = &place{query: m.query, seq: line.First}
	t, seq := m.feed.Timeline(), line.Last
	return func() tea.Msg {
		c, ok, err := feed.Read(t, seq)
		switch {
		case err != nil:
			return ReadMsg{err: err}
		case !ok:
			return ReadMsg{err: errForgotten}
		}
		return HistoryMsg{Of: objectOfChange(&c), Seq: seq}
	}
}

func objectOfChange(c *feed.Change) versions.Object {
	return versions.Object{Cluster: c.Source.Cluster, GVR: c.Source.GVR, Key: c.Key, UID: c.UID}
}
