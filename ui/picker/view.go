package picker

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/text"
)

// The box's border and the line of the query, above the rows, and what is said of
// the current row and the border below them.
const (
	headLines = 2
	footLines = 2
)

// maxHeight is how high the box gets: beyond it one reads less and types more.
const maxHeight = 24

// The columns of a row whose width does not depend on the box's, with the blank
// behind each.
const (
	boxWidth   = 5 // mark and blanks
	scopeWidth = 3
	stateWidth = 10
)

// columns are the widths of the others.
type columns struct{ name, kind, version, short int }

// columnsIn shares a row's cells out. Where there are few the kind goes, which
// the name tells as a rule.
func columnsIn(width int) columns {
	room := width - boxWidth - scopeWidth - stateWidth
	c := columns{short: min(max(room/9, 7), 10)}
	room -= c.short
	if room < 40 {
		c.name = room * 11 / 20
	} else {
		c.name, c.kind = room*15/40, room*10/40
	}
	c.version = room - c.name - c.kind
	return c
}

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
	said, more := m.aboutCurrent(inner - boxWidth - 1)
	if more == "" {
		more = m.keyWords()
	}
	lines = append(lines, m.boxed(text.Spaces(boxWidth)+m.theme.Dim.Render(text.Fit(said, inner-boxWidth))))
	lines = append(lines, m.border("└", more, "┘"))
	return strings.Join(lines, "\n")
}

// aboutCurrent says in full what the columns of the current row may have cut: why
// a type may not be watched, or else what it is. What does not fit into width
// cells is more, for the line below.
func (m *Model) aboutCurrent(width int) (said, more string) {
	if m.at < 0 {
		return "", ""
	}
	e := &m.entries[m.found[m.at]]
	if e.Forbidden != "" {
		said = text.Clean(e.Forbidden)
	} else {
		said = text.Clean(e.about())
	}
	lines := strings.Split(ansi.Wrap(said, width, "."), "\n")
	if len(lines) > 2 { // room counts more than whole words
		lines = strings.Split(ansi.Hardwrap(said, width, true), "\n")
	}
	if len(lines) > 1 {
		more = " " + strings.Join(lines[1:], "") + " "
	}
	return lines[0], more
}

// about says what a type is.
func (e *entry) about() string {
	words := e.Kind + "  " + e.groupVersion() + "  " + strings.Join(e.ShortNames, ",")
	switch {
	case e.NotServing:
		words += "  API is down"
	case e.New:
		words += "  new since dogwatch started"
	}
	return words
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
	key := func(action keymap.Action) string { return m.keys.KeyOf(keymap.Picker, action) }
	first := " " + key(keymap.Mark) + " mark   " + key(keymap.Accept) + " apply   " + key(keymap.OneTab) + " one tab"
	last := "   " + key(keymap.Back) + " close "
	if words := first + " for all marked" + last; text.Width(words) <= m.width-3 {
		return words
	}
	return first + last
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
	w := columnsIn(width)
	scope := "cl"
	if e.Namespaced {
		scope = "ns"
	}
	row := m.bar(at, ground) + m.box(e, ground) + m.marked(e.Name, w.name, name)
	if w.kind > 0 {
		row += m.marked(e.Kind, w.kind, faint)
	}
	return row + faint.Render(text.Fit(e.versionIn(w.version-1), w.version)+
		text.Fit(scope, scopeWidth)+cell(strings.Join(e.ShortNames, ","), w.short)) +
		m.state(e, ground)
}

// cell is a column's text and a blank.
func cell(s string, width int) string { return text.Fit(text.Truncate(s, width-1), width) }

func (e *entry) groupVersion() string {
	if e.Group == "" {
		return e.Version
	}
	return e.Group + "/" + e.Version
}

// versionIn is the group and version in at most width cells. The version stays, for
// groups are told by their beginnings.
func (e *entry) versionIn(width int) string {
	whole := e.groupVersion()
	if text.Width(text.Clean(whole)) <= width || e.Group == "" {
		return text.Truncate(whole, width)
	}
	version := text.Truncate("/"+e.Version, width-1)
	return text.Truncate(e.Group, width-text.Width(version)) + version
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

// marked draws a name, what the query found in it marked, and a blank.
func (m *Model) marked(name string, width int, style theme.Style) string {
	shown := cell(name, width)
	intact := name // as much of it as is shown as it is
	if !strings.HasPrefix(shown, intact) {
		intact, _, _ = strings.Cut(shown, text.Ellipsis)
	}
	var b strings.Builder
	last := 0
	for _, span := range spans(strings.ToLower(name), m.line.Text()) {
		if !strings.HasPrefix(name, intact) || span[1] > len(intact) {
			break
		}
		b.WriteString(style.Render(shown[last:span[0]]))
		b.WriteString(style.With(m.theme.Match).Render(shown[span[0]:span[1]]))
		last = span[1]
	}
	b.WriteString(style.Render(shown[last:]))
	return b.String()
}

// state says in a word what is special about a type.
func (m *Model) state(e *entry, ground theme.Style) string {
	words, style := "", ground.With(m.theme.Dim)
	switch {
	case e.Forbidden != "":
		words = "forbidden"
	case e.NotServing:
		words, style = "API down", ground.With(m.theme.Warning)
	case e.New:
		words, style = "new", ground.With(m.theme.New)
	}
	return style.Render(text.Fit(words, stateWidth))
}
