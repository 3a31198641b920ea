package activity

import (
	"strconv"
	"time"

	"github.com/dogwatch/dogwatch/model"
	feed "github.com/dogwatch/dogwatch/model/activity"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/phase"
	"github.com/dogwatch/dogwatch/ui/text"
)

const (
	arrow = " → "
	// apart is how far a path and its values are in one column.
	apart = 2
)

// drawChange draws what changed, from what to what: in two columns or in one.
func (m *Model) drawChange(r *row, l *feed.Line, c columns) {
	t, style := m.theme, theme.Style{}
	switch {
	case l.Verb == model.Added:
		style = t.Accent
	case l.Verb == model.Deleted:
		style = t.Warning
	case l.Quiet:
		style = t.Dim
	}
	path, more := pathOf(l), moreOf(l)
	var values []cell
	if c.values > 0 {
		path = text.TruncatePath(path, c.path)
		values = m.valuesOf(l, c.values-len(more))
	} else {
		path, values = m.besides(l, c.path-len(more))
	}
	if m.isLater(l) {
		style = t.Dim
		for i := range values {
			values[i].style = t.Dim
		}
	}
	if c.values > 0 {
		r.add(c.path, cell{path, style})
		r.space(c.gap)
		r.addBefore(cell{more, t.Dim}, c.values, values...)
		return
	}
	r.addBefore(cell{more, t.Dim}, c.path, append([]cell{{path, style}, {text.Spaces(apart), theme.Style{}}}, values...)...)
}

// besides fits a path and its values into one column. The path of a group has the room before words that any group has.
func (m *Model) besides(l *feed.Line, room int) (path string, values []cell) {
	room -= apart
	short := *l
	short.Old, short.New = m.shortTime(l, l.Old), m.shortTime(l, l.New)
	least := min(widthOf(m.valuesOf(&short, room)), room-room/2)
	if l.Kind == feed.Group {
		least = widthOf(m.valuesOf(&short, 0))
	}
	path = text.TruncatePath(pathOf(l), room-least)
	return path, m.valuesOf(&short, room-text.Width(path))
}

// shortTime is a value as the clock tells it if it is a time of the day on which the line's change was.
func (m *Model) shortTime(l *feed.Line, value string) string {
	at, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return value
	}
	at = at.In(m.zone) // by the server's clock, as it was told
	if now := l.At.Add(m.ahead).In(m.zone); at.Format(time.DateOnly) != now.Format(time.DateOnly) {
		return value
	}
	return at.Format(time.TimeOnly)
}

func widthOf(cells []cell) int {
	w := 0
	for _, c := range cells {
		w += text.Width(text.Clean(c.text))
	}
	return w
}

// moreOf says how many other fields changed.
func moreOf(l *feed.Line) string {
	if l.Kind != feed.One || l.More == 0 {
		return ""
	}
	return " +" + strconv.Itoa(l.More)
}

// valuesOf says from what to what.
func (m *Model) valuesOf(l *feed.Line, room int) []cell {
	t := m.theme
	switch {
	case l.Kind == feed.Group:
		return []cell{{groupWords(l, room), t.Dim}}
	case l.Verb != model.Updated:
		return nil
	case l.Moved != "":
		return []cell{{text.Truncate(l.Moved, room), t.Dim}}
	case l.Old == "" && l.New == "":
		return nil
	case l.Old == "":
		return []cell{{"+ ", t.Dim}, {l.New, theme.Style{}}}
	case l.New == "":
		return []cell{{"- ", t.Dim}, {l.Old, t.Dim}}
	}
	old, new := text.TruncateChange(l.Old, l.New, room-text.Width(arrow))
	if old == "" {
		return []cell{{arrow[1:], t.Dim}, {new, theme.Style{}}}
	}
	return []cell{{old, t.Dim}, {arrow, t.Dim}, {new, theme.Style{}}}
}

// groupWords say that a line is of several changes, as far as there is room.
func groupWords(l *feed.Line, room int) string {
	count := ""
	all := "folded, enter opens"
	if l.Objects == 1 {
		count = phase.Count(l.Changes) + " times"
		all = count + ", enter opens"
	}
	if text.Width(all) <= room {
		return all
	}
	return count
}
