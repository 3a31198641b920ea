package prompt

import (
	"strings"

	"github.com/dogwatch/dogwatch/command"
	"github.com/dogwatch/dogwatch/ui/text"
)

// gap is kept between the line and what stands at its right.
const gap = 3

// View draws the prompt, exactly as wide as SetSize said: the line, and at the
// right what is wrong with it or what tab would complete.
func (m *Model) View() string {
	sign := " " + m.kind.sign()
	room := m.width - len(sign)
	free := room - text.Width(text.Clean(m.line.Text())) - 1 - gap
	problem := text.Truncate(m.problem, max(room*2/3, free))
	if problem != "" {
		room -= text.Width(problem) + gap
	}
	input := m.line.View(m.theme, room, m.ghost(m.completion))
	room = m.width - len(sign) - text.Width(input)
	right := m.theme.Error.Render(problem)
	if problem == "" {
		right = m.candidates(m.completion, room-gap)
	}
	return m.theme.Accent.Render(sign) + input + text.Spaces(room-text.Width(right)) + right
}

// ghost is what the likeliest candidate would add after the cursor.
func (m *Model) ghost(c command.Completion) string {
	if len(c.Candidates) == 0 || m.chosen >= 0 {
		return ""
	}
	typed := m.line.Text()[c.Start:m.line.Cursor()]
	rest, ok := strings.CutPrefix(c.Candidates[0].Text, typed)
	if !ok || typed == "" {
		return ""
	}
	return rest
}

// candidates lists what tab goes through, as much of it as fits; the chosen one
// is always in sight.
func (m *Model) candidates(c command.Completion, room int) string {
	if len(c.Candidates) == 1 && c.Candidates[0].Text == m.line.Text()[c.Start:c.End] {
		return "" // it stands there
	}
	var b strings.Builder
	for i := max(m.chosen-1, 0); i < len(c.Candidates); i++ {
		word := "  " + text.Clean(c.Candidates[i].Text)
		if room -= text.Width(word); room < 1 {
			break
		}
		style := m.theme.Dim
		if i == m.chosen {
			style = m.theme.Accent.With(m.theme.Strong)
		}
		b.WriteString("  " + style.Render(word[2:]))
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	return b.String()
}
