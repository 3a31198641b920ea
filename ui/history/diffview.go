package history

import (
	"strings"

	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/detail/yamlline"
	"github.com/dogwatch/dogwatch/ui/text"
)

// gutter is the sign before each line and a blank.
const gutter = 2

// drawDiff draws the part of the difference that is in sight.
func (m *Model) drawDiff() []string {
	d := m.diff
	switch {
	case d.problem != "":
		return m.drawWords(d.problem, m.theme.Trouble)
	case d.compared == nil:
		return m.drawWords("comparing…", m.theme.Dim)
	}
	page := m.page()
	var lines []string
	for i := d.scroll.Top(); i < min(d.scroll.Top()+page, len(d.lines)); i++ {
		lines = append(lines, m.drawLine(&d.lines[i]))
	}
	return lines
}

func (m *Model) drawLine(l *line) string {
	switch {
	case l.words != "":
		return m.theme.Dim.Render(text.Fit("  "+l.words, m.width))
	case l.isBeside:
		half := (m.width - 1) / 2
		return m.drawSide(&l.left, half, "") + m.theme.Rule.Render("│") + m.drawSide(&l.right, m.width-1-half, "")
	}
	return m.drawSide(&l.right, m.width, l.owner)
}

// drawSide draws a version's line, and who owns it where there is room.
func (m *Model) drawSide(s *side, width int, owner string) string {
	if s.line == nil {
		return text.Spaces(width)
	}
	var b strings.Builder
	style := m.signStyle(s.sign)
	b.WriteString(style.Render(s.sign.String()))
	b.WriteByte(' ')
	room := max(width-gutter, 1)
	drawn := yamlline.New(m.theme, s.line, m.diff.left+room)
	from, to, more := drawn.Window(m.diff.left, room)
	if s.sign == same || s.sign == modified {
		drawn.Paint(&b, from, to, nil, theme.Style{}, theme.Style{})
	} else {
		b.WriteString(style.Render(drawn.Text[from:to]))
	}
	pad := room - text.Width(drawn.Text[from:to])
	if more {
		b.WriteString(text.Spaces(pad-1) + m.theme.Dim.Render(text.Ellipsis))
		return b.String()
	}
	b.WriteString(m.drawOwner(owner, pad))
	return b.String()
}

// drawOwner fills what is left of a line with who owns it, at the right.
func (m *Model) drawOwner(owner string, room int) string {
	const least = 8 // of a name that is worth to be cut
	if owner == "" || room-2 < min(text.Width(text.Clean(owner)), least) {
		return text.Spaces(room)
	}
	owner = text.Truncate(owner, room-2)
	return text.Spaces(room-text.Width(owner)) + m.theme.Dim.Render(owner)
}

func (m *Model) signStyle(s sign) theme.Style {
	switch s {
	case added, modified:
		return m.theme.New
	case removed:
		return m.theme.Deleted
	}
	return theme.Style{}
}
