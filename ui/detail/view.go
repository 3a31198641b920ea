package detail

import (
	"fmt"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/detail/yamldoc"
	"github.com/dogwatch/dogwatch/ui/text"
)

// changesFor is how long changed lines stay marked after they were first drawn.
const changesFor = 10 * time.Second

// frame is what was drawn last, good until touch or its end.
type frame struct {
	text  string
	valid bool
	until time.Time // zero for no end
}

// touch says that the pane looks different now.
func (m *Model) touch() { m.frame.valid = false }

// NeedsTick tells how long after now the pane looks different by itself.
func (m *Model) NeedsTick(now time.Time) (time.Duration, bool) {
	if m.frame.until.IsZero() {
		return 0, false
	}
	return max(0, m.frame.until.Sub(now)), true
}

// View draws as many lines and cells as SetSize said, at a moment of the local
// clock.
func (m *Model) View(now time.Time) string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	f := &m.frame
	if !f.valid || !f.until.IsZero() && !now.Before(f.until) {
		f.until = time.Time{}
		f.text = m.draw(now)
		f.valid = true
	}
	return f.text
}

func (m *Model) draw(now time.Time) string {
	marks := m.freshMarks(now)
	lines := make([]string, 0, m.height)
	lines = append(lines, m.title())
	doc := m.document()
	for i := range m.height - headLines {
		at := m.top + i
		switch {
		case doc != nil && at < len(doc.Lines):
			lines = append(lines, m.line(doc, at, marks))
		case doc == nil && i == 1:
			lines = append(lines, m.theme.Dim.Render(text.Fit("  "+m.emptyWords(), m.width)))
		default:
			lines = append(lines, text.Spaces(m.width))
		}
	}
	return strings.Join(lines, "\n")
}

func (m *Model) emptyWords() string {
	switch {
	case m.shown.problem != "":
		return m.shown.problem
	case m.want.Load == nil:
		return "no object is selected"
	default:
		return "reading …"
	}
}

// freshMarks are the marks of changed lines, nil once they have been seen.
func (m *Model) freshMarks(now time.Time) []yamldoc.Mark {
	if m.shown.changes.Marks == nil || m.reveal.doc != nil {
		return nil
	}
	if m.shown.seen.IsZero() {
		m.shown.seen = now
	}
	end := m.shown.seen.Add(changesFor)
	if !now.Before(end) {
		return nil
	}
	m.frame.until = end
	return m.shown.changes.Marks
}

// title names the object, the part of the pane that is shown, and the place.
func (m *Model) title() string {
	t := m.theme
	place := ""
	if n := m.lineCount(); n > 0 {
		place = fmt.Sprintf("%d/%d ", m.cursor+1, n)
	}
	words, style := "YAML", t.Dim
	switch {
	case m.reveal.doc != nil:
		words, style = "values shown until the next key", t.Warning
	case !m.shown.deleted.IsZero():
		words, style = "deleted "+m.shown.deleted.Format("15:04:05"), t.Warning
	case m.shown.problem != "" && m.shown.doc != nil:
		words, style = m.shown.problem, t.Trouble
	case m.Searching():
		words = fmt.Sprintf("/%s %d found", m.query.String(), len(m.hits))
	case m.managed:
		words = "YAML with managedFields"
	}
	words = text.Truncate(words, m.width/2)
	name := m.want.ID.Key.Name
	if m.shown.kind != "" {
		name = m.shown.kind + " " + name
	}
	room := m.width - text.Width(words) - len(place) - 3
	head := t.Strong
	if m.focused {
		head = t.Accent.With(t.Strong)
	}
	return " " + head.Render(text.Fit(text.TruncateMiddle(name, room), room)) + " " +
		style.Render(words) + " " + t.Dim.Render(place)
}

// gutter is the mark before a line, and how its text looks.
func (m *Model) gutter(at int, marks []yamldoc.Mark) string {
	if at == m.cursor && m.focused {
		return m.theme.CursorBar.Render("▌")
	}
	if at < len(marks) {
		switch marks[at] {
		case yamldoc.Added:
			return m.theme.New.Render("+")
		case yamldoc.Modified:
			return m.theme.Warning.Render("~")
		}
	}
	return " "
}

// line draws one line: its parts in their colours, matches over them, cut to
// the cells in sight.
func (m *Model) line(doc *yamldoc.Document, at int, marks []yamldoc.Mark) string {
	room := m.width - 2
	l := &doc.Lines[at]
	ground := theme.Style{}
	if at == m.cursor && m.focused {
		ground = m.theme.Cursor
	}
	p := pen{room: room, skip: m.left}
	p.put(ground, l.Lead())
	p.put(ground.With(m.theme.YAML.Key), l.Key)
	p.put(ground.With(m.theme.YAML.Punct), l.Colon())
	m.scalar(&p, ground, l)
	p.put(ground, text.Spaces(p.left()))
	return m.gutter(at, marks) + " " + p.b.String()
}

// scalar draws a line's value, with what the search found in it.
func (m *Model) scalar(p *pen, ground theme.Style, l *yamldoc.Line) {
	style := ground.With(m.scalarStyle(l.Kind))
	shown := l.Scalar
	if limit := p.skip + 4*p.room; len(shown) > limit {
		shown = shown[:limit] // a megabyte on a line: what is out of sight is not looked at
	}
	last := 0
	for _, span := range m.query.Spans(shown) {
		p.put(style, shown[last:span[0]])
		p.put(style.With(m.theme.Match), shown[span[0]:span[1]])
		last = span[1]
	}
	p.put(style, shown[last:])
}

func (m *Model) scalarStyle(kind yamldoc.Kind) theme.Style {
	switch kind {
	case yamldoc.Number:
		return m.theme.YAML.Number
	case yamldoc.Bool:
		return m.theme.YAML.Bool
	case yamldoc.Null, yamldoc.Empty:
		return m.theme.YAML.Null
	default:
		return m.theme.YAML.String
	}
}

// pen writes styled words on one line of room cells, the first skip of which
// are scrolled out of sight.
type pen struct {
	b          strings.Builder
	room, skip int
	used       int
}

func (p *pen) left() int { return max(0, p.room-p.used) }

func (p *pen) put(style theme.Style, words string) {
	if words == "" || p.left() == 0 {
		return
	}
	words = text.Clean(words)
	if p.skip > 0 {
		width := text.Width(words)
		if width <= p.skip {
			p.skip -= width
			return
		}
		words = text.TruncateLeft(words, width-p.skip)
		p.skip = 0
	}
	words = text.Truncate(words, p.left())
	p.used += text.Width(words)
	p.b.WriteString(style.Render(words))
}
