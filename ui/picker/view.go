package picker

import (
	"fmt"
	"strings"

	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/text"
)

// The box's border and the line of the query, above the rows, and the border
// below them.
const (
	headLines = 2
	footLines = 1
)

// maxHeight is how high the box gets: beyond it one reads less and types more.
const maxHeight = 24

// The columns of a row whose width does not depend on the box's.
const (
	boxWidth   = 5 // mark and blanks
	scopeWidth = 4
)

func (m *Model) rows() int { return max(1, m.height-headLines-footLines) }

// View draws the box: as wide as SetSize said, and at most as high. Its size
// does not depend on what it holds.
func (m *Model) View() string {
	inner := m.width - 2
	lines := []string{m.border("┌", " add or drop types ", "┐"), m.boxed(m.queryLine(inner))}
	for i := range m.rows() {
		at := m.scroll.Top() + i
		switch {
		case at < len(m.found):
			lines = append(lines, m.boxed(m.row(at, inner)))
		case i == 1 && len(m.found) == 0:
			lines = append(lines, m.boxed(m.theme.Dim.Render(text.Fit("  "+m.emptyWords(), inner))))
		default:
			lines = append(lines, m.boxed(text.Spaces(inner)))
		}
	}
	lines = append(lines, m.border("└", m.keyWords(), "┘"))
	return strings.Join(lines, "\n")
}

func (m *Model) emptyWords() string {
	switch {
	case len(m.entries) > 0:
		return fmt.Sprintf("no type fits %q", text.Truncate(m.line.Text(), 30))
	case m.problem != "":
		return m.problem
	default:
		return "waiting for the cluster to say which types it has"
	}
}

// keyWords name the keys that act on the box.
func (m *Model) keyWords() string {
	words := " space mark   enter apply   tab one tab for all marked   esc close "
	if text.Width(words) > m.width-3 {
		return " space mark   enter apply   tab one tab   esc close "
	}
	return words
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
	const sign = " > "
	count := m.countWords()
	room := max(1, width-len(sign)-text.Width(count)-2)
	input := m.line.View(m.theme, room, "")
	pad := width - len(sign) - text.Width(input) - text.Width(count) - 1
	return m.theme.Accent.Render(sign) + input + text.Spaces(pad) + m.theme.Dim.Render(count) + " "
}

// countWords say how many types were found, and what apply would do.
func (m *Model) countWords() string {
	var adds, drops int
	for _, add := range m.marks {
		if add {
			adds++
		} else {
			drops++
		}
	}
	words := fmt.Sprintf("%d of %d", len(m.found), len(m.entries))
	if drops > 0 {
		words = fmt.Sprintf("drop %d   ", drops) + words
	}
	if adds > 0 {
		words = fmt.Sprintf("add %d   ", adds) + words
	}
	return words
}

// row draws the type at a place of what was found.
func (m *Model) row(at, width int) string {
	e := &m.entries[m.found[at]]
	ground := theme.Style{}
	if at == m.at {
		ground = m.theme.Cursor
	}
	faint, name := ground.With(m.theme.Dim), ground
	if e.Forbidden != "" || e.NotServing {
		name = faint
	}
	room := width - boxWidth - scopeWidth
	nameWidth, versionWidth := room*7/20, room*2/5
	scope := "cl"
	if e.Namespaced {
		scope = "ns"
	}
	return m.bar(at, ground) + m.box(e, ground) +
		m.name(e, nameWidth-1, name) + ground.Render(" ") +
		faint.Render(text.Fit(e.groupVersion(), versionWidth-1)+" "+text.Fit(scope, scopeWidth)) +
		m.notes(e, room-nameWidth-versionWidth, ground)
}

func (e *entry) groupVersion() string {
	if e.Group == "" {
		return e.Version
	}
	return e.Group + "/" + e.Version
}

// bar is the mark of the current row.
func (m *Model) bar(at int, ground theme.Style) string {
	if at == m.at {
		return ground.With(m.theme.CursorBar).Render("▌")
	}
	return " "
}

func (m *Model) box(e *entry, ground theme.Style) string {
	_, changed := m.marks[e.arg]
	words, style := "[ ] ", ground.With(m.theme.Dim)
	switch {
	case e.Forbidden != "" && !m.checked(e):
		words = " ⊘  "
	case m.checked(e):
		words, style = "[x] ", ground
	}
	if changed {
		style = ground.With(m.theme.Marked)
	}
	return style.Render(words)
}

// name draws the plural, what the query found in it marked.
func (m *Model) name(e *entry, width int, style theme.Style) string {
	shown := text.Fit(e.Name, width)
	intact := e.Name // as much of it as is shown as it is
	if !strings.HasPrefix(shown, intact) {
		intact, _, _ = strings.Cut(shown, text.Ellipsis)
	}
	var b strings.Builder
	last := 0
	for _, span := range spans(e.Name, m.line.Text()) {
		if !strings.HasPrefix(e.Name, intact) || span[1] > len(intact) {
			break
		}
		b.WriteString(style.Render(shown[last:span[0]]))
		b.WriteString(style.With(m.theme.Match).Render(shown[span[0]:span[1]]))
		last = span[1]
	}
	b.WriteString(style.Render(shown[last:]))
	return b.String()
}

// notes draw the short names, and what is special about a type.
func (m *Model) notes(e *entry, width int, ground theme.Style) string {
	words, style := "", ground.With(m.theme.Dim)
	switch {
	case e.Forbidden != "":
		words = e.Forbidden
	case e.NotServing:
		words, style = "API is down", ground.With(m.theme.Warning)
	case e.New:
		words, style = "new", ground.With(m.theme.New)
	}
	short := strings.Join(e.ShortNames, ",")
	if short != "" && words != "" {
		short += "  "
	}
	short = text.Truncate(short, width)
	return ground.With(m.theme.Dim).Render(short) + style.Render(text.Fit(words, width-text.Width(short)))
}
