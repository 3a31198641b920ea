package detail

import (
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/ui/detail/yamldoc"
	"github.com/dogwatch/dogwatch/ui/detail/yamlline"
	"github.com/dogwatch/dogwatch/ui/text"
)

// foundMsg is the outcome of a search.
type foundMsg struct {
	doc   *yamldoc.Document
	query yamldoc.Query
	hits  []int
}

// Search looks for what the user types, while it is typed: matches are marked,
// and the cursor goes to the first at or below it. An empty text ends the
// search. The work is done off the program loop and ends with ctx.
func (m *Model) Search(ctx context.Context, s string) tea.Cmd {
	m.query, m.hits = yamldoc.NewQuery(s), nil
	m.touch()
	return m.search(ctx)
}

// Searching tells whether there is a search to end.
func (m *Model) Searching() bool { return !m.query.Empty() }

func (m *Model) search(ctx context.Context) tea.Cmd {
	if m.shown.doc == nil || !m.Searching() {
		return nil
	}
	doc, query := m.shown.doc, m.query
	return func() tea.Msg {
		return foundMsg{doc, query, doc.Search(ctx, query)}
	}
}

func (m *Model) found(msg foundMsg) {
	if msg.doc != m.shown.doc || msg.query.String() != m.query.String() {
		return
	}
	m.hits = msg.hits
	m.touch()
	if i, _ := slices.BinarySearch(m.hits, m.cursor); len(m.hits) > 0 {
		m.showHit(i % len(m.hits))
	}
}

// nextMatch goes to the next line that matches, or the one before, and round
// the document's ends.
func (m *Model) nextMatch(step int) {
	n := len(m.hits)
	if n == 0 {
		return
	}
	i, on := slices.BinarySearch(m.hits, m.cursor)
	if step > 0 && !on {
		step = 0 // i is the next one already
	}
	m.showHit((i + step + n) % n)
}

// showHit puts the cursor on a match, in the middle of the screen where it was
// out of sight, and scrolls to the side where it must.
func (m *Model) showHit(i int) {
	line := m.hits[i]
	if line < m.top || line >= m.top+m.page() {
		m.top = line - m.page()/2
	}
	m.moveTo(line)
	drawn := yamlline.New(m.theme, &m.shown.doc.Lines[line], maxLeft)
	spans := m.query.Spans(drawn.Text)
	if len(spans) == 0 {
		return
	}
	from, to := text.Width(drawn.Text[:spans[0][0]]), text.Width(drawn.Text[:spans[0][1]])
	if from < m.left || to > m.left+m.textWidth() {
		m.scrollTo(max(to-m.textWidth()/2, 0))
	}
	if to <= m.textWidth() {
		m.scrollTo(0)
	}
}
