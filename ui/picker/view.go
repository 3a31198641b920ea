package picker

import (
	"fmt"
	"strings"

	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// The box's border and the line of the query, above the rows, and the border
// below them.
const (
	headLines = 2
	footLines = 1
)

// The columns of a row whose width does not depend on the box's.
const (
	boxWidth   = 5 // mark and blanks
	scopeWidth = 4
	shortWidth = 8
)

func (m *Model) rows() int { return max(1, m.height-headLines-footLines) }

// View draws the box, as large as SetSize said.
func (m *Model) View() string {
	inner := m.width - 2
	lines := []string{m.border("┌", " add or drop types ", "┐"), m.boxed(m.queryLine(inner))}
	for i := range m.rows() {
		at := m.scroll.Top() + i
		switch {
		case at < len(m.found):
			lines = append(lines, m.boxed(m.row(m.choices[m.found[at]], inner)))
		case i == 1 && len(m.found) == 0:
			lines = append(lines, m.boxed(m.theme.Dim.Render(text.Fit("  "+m.emptyWords(), inner))))
		default:
			lines = append(lines, m.boxed(text.Spaces(inner)))
		}
	}
	lines = append(lines, m.border("└", " space mark   enter apply   tab one tab for all marked   esc close ", "┘"))
	return strings.Join(lines, "\n")
}

func (m *Model) emptyWords() string {
	switch {
	case len(m.choices) > 0:
		return fmt.Sprintf("no type fits %q.  Delete a letter", text.Truncate(m.line.Text(), 30))
	case m.problem != "":
		return m.problem
	default:
		return "waiting for the cluster to say which types it has"
	}
}

func (m *Model) border(left, words, right string) string {
	words = text.Truncate(words, m.width-3)
	rest := m.width - 3 - text.Width(words)
	return m.theme.Rule.Render(left+"─") + m.theme.Dim.Render(words) +
		m.theme.Rule.Render(strings.Repeat("─", max(0, rest))+right)
}

func (m *Model) boxed(line string) string {
	side := m.theme.Rule.Render("│")
	return side + line + side
}

func (m *Model) queryLine(width int) string {
	count := fmt.Sprintf("%d of %d ", len(m.found), len(m.choices))
	room := width - 3 - len(count)
	input := m.line.View(m.theme, room, "")
	used := min(room, text.Width(m.line.Text())+1)
	return m.theme.Accent.Render(" > ") + input + text.Spaces(max(0, room-used)) + m.theme.Dim.Render(count)
}

func (m *Model) row(c workspace.TypeChoice, width int) string {
	version := c.Version
	if c.Group != "" {
		version = c.Group + "/" + c.Version
	}
	scope := "cl"
	if c.Namespaced {
		scope = "ns"
	}
	room := width - boxWidth - scopeWidth - shortWidth
	names := room * 2 / 5
	versions := room * 2 / 5
	cells := text.Fit(c.Name, names-1) + " " + text.Fit(version, versions-1) + " " + text.Fit(scope, scopeWidth) +
		text.Fit(strings.Join(c.ShortNames, ","), shortWidth-1) + " " + text.Fit(m.notes(c), room-names-versions)
	line := " " + m.box(c) + " " + cells
	style := m.style(c)
	return style.Render(text.Fit(line, width))
}

func (m *Model) box(c workspace.TypeChoice) string {
	switch {
	case c.Forbidden != "":
		return " ⊘ "
	case m.marked(c):
		return "[x]"
	default:
		return "[ ]"
	}
}

func (m *Model) style(c workspace.TypeChoice) theme.Style {
	_, changed := m.marks[c.Arg()]
	switch {
	case c.Arg() == m.cursor:
		return m.theme.Cursor
	case changed:
		return m.theme.Marked
	case c.Forbidden != "" || c.NotServing:
		return m.theme.Dim
	default:
		return m.theme.Text
	}
}

func (m *Model) notes(c workspace.TypeChoice) string {
	switch {
	case c.Forbidden != "":
		return c.Forbidden
	case c.NotServing:
		return "its API does not answer"
	case c.New:
		return "new"
	default:
		return ""
	}
}
