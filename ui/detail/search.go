package detail

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/ui/detail/yamldoc"
)

// foundMsg brings the lines of a document that a query matches.
type foundMsg struct {
	doc   *yamldoc.Document
	query yamldoc.Query
	hits  []int
}

// Search looks for a text; an empty one ends the search. The cursor goes to
// the first match from where it stands.
func (m *Model) Search(ctx context.Context, words string) tea.Cmd {
	m.query = yamldoc.NewQuery(words)
	m.hits = nil
	m.touch()
	doc, query := m.shown.doc, m.query
	if doc == nil || query.Empty() {
		return nil
	}
	return func() tea.Msg { return foundMsg{doc, query, doc.Search(ctx, query)} }
}

// Searching tells whether there is a search to end, by Search with no text.
func (m *Model) Searching() bool { return !m.query.Empty() }

func (m *Model) found(msg foundMsg) {
	if msg.doc != m.shown.doc || msg.query.String() != m.query.String() {
		return
	}
	m.hits = msg.hits
	if at, _ := slices.BinarySearch(m.hits, m.cursor); len(m.hits) > 0 {
		m.moveTo(m.hits[at%len(m.hits)])
	}
	m.touch()
}

// nextMatch goes to the next match, or the one before, around the end.
func (m *Model) nextMatch(by int) {
	n := len(m.hits)
	if n == 0 {
		return
	}
	at, on := slices.BinarySearch(m.hits, m.cursor)
	if by > 0 && on {
		at++
	}
	if by < 0 {
		at--
	}
	m.moveTo(m.hits[(at+n)%n])
}
