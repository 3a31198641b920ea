package relations

import (
	"fmt"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/pagehead"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

const (
	headLines = 1
	margin    = 2
	// viaFrom is from which width on the field is shown that makes a relation.
	viaFrom = 64
)

// View draws the page: exactly as many lines and cells as SetSize said.
func (m *Model) View(time.Time) string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	wanted, _ := m.live.Wanted()
	head := pagehead.Head{Page: pagehead.Relations, Kind: m.kind, Name: wanted.Key.Name}
	head.Above, head.Below = m.cursor.Hidden()
	drawn := []string{head.Draw(m.theme, m.width)}
	if len(m.rows) == 0 {
		drawn = append(drawn, text.Spaces(m.width))
		words, style := m.words()
		for _, row := range text.Wrap(words, m.width-2*margin) {
			drawn = append(drawn, text.Spaces(margin)+style.Render(text.Fit(row, m.width-margin)))
		}
	}
	for i := m.cursor.Top(); i < len(m.rows) && len(drawn) < m.height; i++ {
		if r := m.rows[i]; r.item < 0 {
			drawn = append(drawn, m.theme.Dim.Render(text.Fit(" "+r.heading, m.width)))
		} else {
			drawn = append(drawn, m.draw(&m.live.Value[r.item], r.item == m.cursor.Index()))
		}
	}
	for len(drawn) < m.height {
		drawn = append(drawn, text.Spaces(m.width))
	}
	return strings.Join(drawn[:m.height], "\n")
}

// words say why there is nothing to show.
func (m *Model) words() (string, theme.Style) {
	_, wanted := m.live.Wanted()
	switch {
	case !wanted:
		return "nothing is selected", m.theme.Dim
	case m.live.Err != nil:
		return m.live.Err.Error(), m.theme.Trouble
	}
	return "reading…", m.theme.Dim
}

// draw draws an object of the tree.
func (m *Model) draw(it *workspace.Related, current bool) string {
	t, mark, ground := m.theme, " ", theme.Style{}
	if current && m.focused {
		ground = t.Cursor
		mark = ground.With(t.CursorBar).Render("▌")
	}
	indent := text.Spaces(margin * (it.Depth + 1))
	if it.How <= 1 { // owners and what is owned begin at the edge
		indent = text.Spaces(margin * it.Depth)
	}
	room := m.width - 1
	if it.More > 0 {
		return mark + ground.With(t.Dim).Render(text.Fit(fmt.Sprintf("%sand %d more", indent, it.More), room))
	}
	state, style := m.state(it)
	kind := indent + text.Truncate(it.Of.Kind, max(room/3, 8)) + " "
	room -= text.Width(kind)
	// Of the name so much stays that it can be told from others.
	name := m.nameOf(it)
	state = text.Truncate(state, max(room-margin-min(text.Width(text.Clean(name)), max(room/2, 8)), 8))
	name = text.TruncateMiddle(name, max(room-text.Width(state)-margin, 1))
	room -= text.Width(name) + margin + text.Width(state)
	via := ""
	if m.width >= viaFrom && room > 12 {
		via = text.TruncatePath(it.Via, room-margin)
	}
	return mark + ground.With(t.Dim).Render(kind) + ground.Render(name+text.Spaces(margin)) + ground.With(style).Render(state) +
		ground.Render(text.Spaces(room-text.Width(via))) + ground.With(t.Dim).Render(via)
}

// nameOf names the object, with its namespace where that is not the subject's.
func (m *Model) nameOf(it *workspace.Related) string {
	wanted, _ := m.live.Wanted()
	if it.ID.Namespace == wanted.Key.Namespace || it.ID.Namespace == "" {
		return it.ID.Name
	}
	return it.ID.String()
}

// state says how an object is, or why that is not known.
func (m *Model) state(it *workspace.Related) (string, theme.Style) {
	t := m.theme
	switch it.Presence {
	case workspace.Missing:
		if it.Optional {
			return "not there, optional", t.Dim
		}
		return "✖ missing", t.Trouble
	case workspace.Unread:
		if it.Cause != "" {
			return "? not read yet: " + it.Cause, t.Warning
		}
		return "…", t.Dim
	case workspace.Hidden:
		return "⊘ may not be read", t.Warning
	case workspace.Unwatched:
		if m.isToWatch(it) {
			return "? not watched: " + m.keys.KeyOf(keymap.Relations, keymap.Accept) + " watches them", t.Dim
		}
		return "? not watched then", t.Dim
	}
	if it.Object == nil {
		return "", t.Dim
	}
	h := it.Object.Health
	switch h.Level {
	case model.Unhealthy:
		if it.Cause != "" {
			return "✖ " + h.Reason + ": " + it.Cause, t.Trouble
		}
		return "✖ " + h.Reason, t.Trouble
	case model.Progressing:
		return "◐ " + h.Reason, t.Warning
	}
	return "", t.Dim
}
