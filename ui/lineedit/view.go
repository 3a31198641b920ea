package lineedit

import (
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/text"
)

// View draws the line in at most width cells: the part around the cursor, and
// ghost, what completion would add, after a cursor that stands at the end.
func (l *Line) View(t *theme.Theme, width int, ghost string) string {
	if width < 1 {
		return ""
	}
	if !l.AtEnd() {
		ghost = ""
	}
	under, after := l.underCursor(), ""
	if l.AtEnd() && ghost != "" {
		ghost = text.Clean(ghost)
		under = string([]rune(ghost)[:1])
		ghost = ghost[len(under):]
	} else if !l.AtEnd() {
		after = text.Clean(string(l.runes[l.right(l.cursor):]))
	}
	under = text.Truncate(under, width)
	l.scroll(width - text.Width(under))
	before := text.Clean(string(l.runes[l.first:l.cursor]))
	room := width - text.Width(before) - text.Width(under)
	after = text.Truncate(after, room)
	room -= text.Width(after)
	return t.Input.Render(before) + t.InputCursor.Render(under) + t.Input.Render(after) +
		t.Ghost.Render(text.Truncate(ghost, room))
}

func (l *Line) underCursor() string {
	if l.AtEnd() {
		return " "
	}
	return text.Clean(string(l.runes[l.cursor:l.right(l.cursor)]))
}

// scroll moves what is drawn as little as keeps all between it and the cursor within room.
func (l *Line) scroll(room int) {
	start := l.cursor
	for start > 0 {
		before := l.left(start)
		room -= text.Width(text.Clean(string(l.runes[before:start])))
		if room < 0 {
			break
		}
		start = before
	}
	l.first = min(max(l.first, start), l.cursor)
	if l.AtEnd() {
		l.first = start
	}
}
