package activity

import (
	"strings"

	"github.com/dogwatch/dogwatch/model"
	feed "github.com/dogwatch/dogwatch/model/activity"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/phase"
	"github.com/dogwatch/dogwatch/ui/text"
)

// columns are the widths of what a line has. They depend on the screen alone, so that nothing jumps.
type columns struct {
	kind, object, path, values, by int
}

const (
	timeWidth = 8
	gap       = 2
	// splitFrom is from which width on path and values have columns of their own, byFrom from which there is one for the manager.
	splitFrom, byFrom = 110, 72
)

func columnsOf(width int) columns {
	gaps := 4
	room := width - 1 - timeWidth - 1
	c := columns{kind: max(clamp(room/6, 8, 12), room/8), object: clamp(room/4, 14, 44)}
	if width >= byFrom {
		c.by = clamp(room/7, 9, 28)
		gaps++
	}
	rest := room - gap*(gaps-1) - c.kind - c.object - c.by
	c.path = max(rest, 1)
	if width >= splitFrom {
		c.values = (rest - gap) / 2
		c.path = rest - gap - c.values
	}
	return c
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
