package detail

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/detail/yamldoc"
	"github.com/dogwatch/dogwatch/ui/detail/yamlline"
	"github.com/dogwatch/dogwatch/ui/pagehead"
	"github.com/dogwatch/dogwatch/ui/text"
)

// Changed lines are marked strongly for brightFor after they are first seen,
// faintly up to markedFor, or until the next change.
const (
	brightFor = 3 * time.Second
	markedFor = 10 * time.Second
)

// glow is how strongly changes are marked.
type glow uint8

const (
	unmarked glow = iota
	faint
	bright
)

// frame is the picture drawn last; it holds until something is touched.
type frame struct {
	valid   bool
	glow    glow
	picture string
}

func (m *Model) touch() { m.frame.valid = false }

// glowAt is how strongly changes are marked at a moment, and how long that
// lasts; 0 is for ever.
func (m *Model) glowAt(now time.Time) (glow, time.Duration) {
	c := &m.shown.changes
	if c.Marks == nil || m.reveal.doc != nil {
		return unmarked, 0
	}
	age := now.Sub(m.shown.seen)
	switch {
	case m.shown.seen.IsZero():
		return bright, brightFor
	case age < brightFor:
		return bright, brightFor - age
	case age < markedFor:
		return faint, markedFor - age
	default:
		return unmarked, 0
	}
}

// NeedsTick tells how long after now the pane looks different though nothing
// has changed but the time, false where it does not.
func (m *Model) NeedsTick(now time.Time) (time.Duration, bool) {
	_, wait := m.glowAt(now)
	return wait, wait > 0
}

// View draws the pane at a moment: exactly as many lines and cells as SetSize
// said.
func (m *Model) View(now time.Time) string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	glow, _ := m.glowAt(now)
	if glow == bright && m.shown.seen.IsZero() {
		m.shown.seen = now
	}
	if m.frame.valid && m.frame.glow == glow {
		return m.frame.picture
	}
	m.frame = frame{valid: true, glow: glow, picture: m.draw(glow)}
	return m.frame.picture
}

func (m *Model) draw(glow glow) string {
	var b strings.Builder
	b.WriteString(m.title(glow))
	if doc := m.document(); doc != nil {
		for i := m.top; i < m.top+m.height-titleLines; i++ {
			b.WriteByte('\n')
			if i < len(doc.Lines) {
				m.drawLine(&b, doc, i, glow)
			} else {
				b.WriteString(text.Spaces(m.width))
			}
		}
		return b.String()
	}
	m.drawWords(&b)
	return b.String()
}

// gutter is the mark before each line and a blank.
const gutter = 2

// textWidth is how many cells of a line are visible.
func (m *Model) textWidth() int { return max(m.width-gutter, 1) }

func (m *Model) drawLine(b *strings.Builder, doc *yamldoc.Document, i int, glow glow) {
	ground := m.ground(i)
	m.drawGutter(b, i, ground, glow)
	line := yamlline.New(m.theme, &doc.Lines[i], m.left+m.textWidth())
	from, to, more := line.Window(m.left, m.textWidth())
	line.Paint(b, from, to, m.query.Spans(line.Text), ground, m.theme.Match)
	pad := m.textWidth() - text.Width(line.Text[from:to])
	if more {
		b.WriteString(ground.Render(text.Spaces(pad - 1)))
		b.WriteString(ground.With(m.theme.Dim).Render(text.Ellipsis))
		return
	}
	b.WriteString(ground.Render(text.Spaces(pad)))
}

func (m *Model) ground(i int) theme.Style {
	if m.focused && i == m.cursor {
		return m.theme.Cursor
	}
	return theme.Style{}
}

// drawGutter draws the mark of line i and a blank. The cursor's mark wins. The
// topmost line shows that the text is scrolled to the side.
func (m *Model) drawGutter(b *strings.Builder, i int, ground theme.Style, glow glow) {
	sign, style := m.sign(i, glow)
	b.WriteString(ground.With(style).Render(sign))
	if m.left > 0 && i == m.top {
		b.WriteString(ground.With(m.theme.Dim).Render("‹"))
		return
	}
	b.WriteString(ground.Render(" "))
}

func (m *Model) sign(i int, glow glow) (string, theme.Style) {
	if m.focused && i == m.cursor {
		return "▌", m.theme.CursorBar
	}
	mark := yamldoc.Same
	if glow != unmarked {
		mark = m.shown.changes.Marks[i]
	}
	style := m.theme.Dim
	if glow == bright {
		style = m.theme.New
	}
	switch mark {
	case yamldoc.Added:
		return "+", style
	case yamldoc.Modified:
		return "~", style
	default:
		return " ", theme.Style{}
	}
}

// title names the object at the left; at the right it says what is special, and
// where in the document the cursor is.
func (m *Model) title(glow glow) string {
	head := pagehead.Head{Page: pagehead.YAML}
	head.Name, head.Kind = m.name()
	if m.document() != nil {
		head.Before, head.After = m.noted(glow), m.warned()
		total := strconv.Itoa(len(m.document().Lines))
		head.Position = text.FitRight(strconv.Itoa(m.cursor+1), len(total)) + "/" + total
		head.Above, head.Below = m.top, max(0, len(m.document().Lines)-m.top-(m.height-titleLines))
	}
	return head.Draw(m.theme, m.width)
}

// name is the object's name and kind.
func (m *Model) name() (name, kind string) {
	if m.shown.doc == nil {
		return m.want.ID.Key.Name, m.want.Kind
	}
	return m.shown.key.id.Key.Name, m.shown.kind
}

// noted is what may be left out of the title, the dispensable first.
func (m *Model) noted(glow glow) (list []pagehead.Note) {
	t := m.theme
	if m.managed {
		list = append(list, pagehead.Note{Text: "managed fields", Style: t.Dim})
	}
	if c := m.shown.changes; glow != unmarked {
		list = append(list, pagehead.Note{Text: countChanges(c), Style: t.Dim})
	}
	if m.Searching() {
		list = append(list, pagehead.Note{Text: m.countHits(), Style: t.Accent})
	}
	return list
}

// warned is what is to be seen in the title before all else, that least needed first.
func (m *Model) warned() (list []pagehead.Note) {
	t := m.theme
	switch {
	case m.reveal.doc == nil:
	case m.reveal.decoded:
		list = append(list, pagehead.Note{Text: "decoded until the next key", Style: t.Warning})
	default:
		list = append(list, pagehead.Note{Text: "revealed until the next key", Style: t.Warning})
	}
	if m.deleted.id == m.shown.key.id && !m.deleted.at.IsZero() {
		list = append(list, pagehead.Note{Text: "deleted " + m.deleted.told.Format(time.TimeOnly), Style: t.Warning})
	}
	if m.shown.problem != "" {
		list = append(list, pagehead.Note{Text: text.Truncate(m.shown.problem, m.width/2), Style: t.Trouble})
	}
	return list
}

func countChanges(c yamldoc.Changes) string {
	var words []string
	for _, part := range []struct {
		sign  string
		count int
	}{{"+", c.Added}, {"~", c.Modified}, {"-", c.Removed}} {
		if part.count > 0 {
			words = append(words, part.sign+strconv.Itoa(part.count))
		}
	}
	return strings.Join(words, " ")
}

func (m *Model) countHits() string {
	for i, line := range m.hits {
		if line == m.cursor {
			return fmt.Sprintf("%d of %d found", i+1, len(m.hits))
		}
	}
	return fmt.Sprintf("%d found", len(m.hits))
}

// drawWords says why there is no document.
func (m *Model) drawWords(b *strings.Builder) {
	words, style := "nothing is selected", m.theme.Dim
	switch {
	case m.shown.problem != "":
		words, style = m.shown.problem, m.theme.Trouble
	case m.job != nil:
		words = "reading…"
	}
	lines := append([]string{""}, text.Wrap(words, m.width-2*gutter)...)
	for i := range m.height - titleLines {
		line := ""
		if i < len(lines) {
			line = lines[i]
		}
		b.WriteByte('\n')
		b.WriteString(text.Spaces(gutter) + style.Render(line))
		b.WriteString(text.Spaces(m.width - gutter - text.Width(line)))
	}
}
