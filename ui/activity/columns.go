package activity

import (
	"strings"

	"github.com/dogwatch/dogwatch/model"
	feed "github.com/dogwatch/dogwatch/model/activity"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/phase"
	"github.com/dogwatch/dogwatch/ui/text"
)

// columns are the widths of what a line has, and of the blanks between.
type columns struct{ kind, object, path, values, by, gap int }

const (
	timeWidth = 8
	// splitFrom is from which width on path and values have columns of their own, byFrom from which there is one for the manager, and wideFrom from
	// which there are two blanks between columns.
	splitFrom, byFrom, wideFrom = 110, 72, 100
	// mostNeeded is how wide a column is wanted at most.
	mostNeeded = 80
)

// columnsOf shares a line out. No column is wider than it needs to be, nor so wide that there is no room for the others.
func columnsOf(width int, need columns) columns {
	c := columns{gap: 1}
	if width >= wideFrom {
		c.gap = 2
	}
	room := width - 1 - timeWidth - 3*c.gap
	c.kind = clamp(need.kind, 6, max(13, room/8))
	room -= c.kind
	if width >= byFrom {
		c.by = clamp(need.by, 6, clamp(room/5, 12, 28))
		room -= c.gap + c.by
	}
	c.object = clamp(need.object, 14, clamp(room*2/5, 14, 60))
	room -= c.object
	c.path = max(room, 1)
	if width >= splitFrom {
		c.path = clamp(need.path, 14, (room-c.gap)*3/5)
		c.values = room - c.gap - c.path
	}
	return c
}

// measure widens what columns need to what lines do. It shrinks with another query alone, so that nothing jumps to and fro.
func (m *Model) measure(lines []feed.Line) {
	widen := func(need *int, s string) { *need = max(*need, text.Width(text.Truncate(s, mostNeeded))) }
	for i := range lines {
		l := &lines[i]
		if l.Kind == feed.Noise {
			continue
		}
		widen(&m.need.kind, kindOf(l))
		widen(&m.need.object, objectOf(l))
		widen(&m.need.path, pathOf(l))
		widen(&m.need.by, l.By)
	}
}

func clamp(n, least, most int) int { return max(least, min(n, most)) }

// cell is text of a line, and how it looks.
type cell struct {
	text  string
	style theme.Style
}

// row draws a line.
type row struct {
	b      strings.Builder
	ground theme.Style
}

// add draws cells in so many cells of the screen; what is over is cut off the last ones.
func (r *row) add(width int, cells ...cell) { r.addBefore(cell{}, width, cells...) }

// addBefore is add with a tail that is never cut.
func (r *row) addBefore(tail cell, width int, cells ...cell) {
	width -= text.Width(tail.text)
	for _, c := range cells {
		if width <= 0 {
			break
		}
		s := text.Truncate(c.text, width)
		width -= text.Width(s)
		r.b.WriteString(r.ground.With(c.style).Render(s))
	}
	r.b.WriteString(r.ground.With(tail.style).Render(tail.text))
	r.space(width)
}

func (r *row) space(n int) { r.b.WriteString(r.ground.Render(text.Spaces(max(n, 0)))) }

// kindOf names the type, and for a group how many objects of it there are.
func kindOf(l *feed.Line) string {
	if l.Kind == feed.Group && l.Objects > 1 {
		return phase.Count(l.Objects) + " " + l.Resource
	}
	return l.Resource
}

// objectOf names the objects: "shop/api", "shop/*".
func objectOf(l *feed.Line) string {
	name, namespace := l.Name, l.Namespace
	if name == "" {
		name = "*"
	}
	if l.Mixed {
		namespace = "*"
	}
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}

// pathOf says what changed.
func pathOf(l *feed.Line) string {
	switch {
	case l.Verb == model.Added && l.Selected:
		return "created, or selected since"
	case l.Verb == model.Added:
		return "created"
	case l.Verb == model.Deleted && l.Selected:
		return "deleted, or no longer selected"
	case l.Verb == model.Deleted:
		return "deleted"
	case l.Path == "":
		return "only its version"
	}
	return l.Path
}
