package why

import (
	"strings"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/jsonscan"
	cause "github.com/dogwatch/dogwatch/model/why"
	"github.com/dogwatch/dogwatch/ui/text"
)

const (
	headLines = 1
	// indent is how far each step to the cause is indented.
	indent = 2
	// mostRows is how many rows a text of the cluster takes, and mostBytes how much of it is looked at.
	mostRows, mostBytes = 4, 4 << 10
	// longestValue is how many bytes of a value are shown.
	longestValue = 200
)

// layout is the answer as rows, for a width.
type layout struct {
	rows  []row
	lines []line // those that the cursor goes to
}

// line is something that can be opened, and its rows.
type line struct {
	step        *cause.Step
	change      *cause.Change
	first, last int
}

// tone is how a row looks.
type tone uint8

const (
	plain tone = iota
	dim
	heading
)

// row is a row of the page: the first of a step or a change, which are drawn in parts, or a text, which is cleaned.
type row struct {
	step   *cause.Step
	event  *cause.Event
	change *cause.Change
	indent int
	text   string
	tone   tone
}

// layOut makes the rows of what was read, without blank ones where there is no room for all.
func (m *Model) layOut() {
	m.page = m.laidOut(false)
	if len(m.page.rows) > max(m.height-headLines, 1) {
		m.page = m.laidOut(true)
	}
	m.cursor.FitRows(len(m.page.lines), len(m.page.rows), max(m.height-headLines, 1), func(i int) (first, last int) {
		l := &m.page.lines[i]
		if i == len(m.page.lines)-1 { // the end is to be seen with it, as far as can be
			return l.first, min(len(m.page.rows)-1, l.first+max(m.height-headLines, 1)-1)
		}
		return l.first, min(l.last, l.first+max(m.height-headLines, 1)-1)
	})
}

func (m *Model) laidOut(tight bool) layout {
	l := &layouter{width: m.width - 1, tight: tight}
	if a := m.live.Value; a != nil && m.width > 0 {
		l.steps(a)
		l.changes(a)
		l.also(a)
		for _, words := range m.notes(a) {
			l.blank()
			l.wrap(1, dim, words)
		}
	}
	return l.layout
}

// layouter adds rows to a layout.
type layouter struct {
	layout
	width int
	tight bool // without blank rows
}

func (l *layouter) blank() {
	if !l.tight {
		l.rows = append(l.rows, row{})
	}
}

// wrap adds a text in as many rows as it may take.
func (l *layouter) wrap(by int, t tone, words string) {
	rows := text.Wrap(strings.TrimSpace(words[:min(len(words), mostBytes)]), l.width-by-1)
	if len(rows) > mostRows {
		rows[mostRows-1] += text.Ellipsis
		rows = rows[:mostRows]
	}
	for _, r := range rows {
		l.rows = append(l.rows, row{indent: by, text: r, tone: t})
	}
}

// open adds the first row of something that can be opened, and those that more adds to it.
func (l *layouter) open(first row, more func()) {
	at := len(l.rows)
	l.rows = append(l.rows, first)
	more()
	l.lines = append(l.lines, line{first.step, first.change, at, len(l.rows) - 1})
}

func (l *layouter) steps(a *cause.Answer) {
	for i := range a.Steps {
		s := &a.Steps[i]
		by := indent * min(i, max(l.width/8/indent, 1)) // on a narrow screen the last stand below each other
		l.open(row{step: s, indent: by}, func() {
			isTold := i > 0 && s.Finding.Message == a.Steps[i-1].Finding.Message // what a step says for another is said once
			if s.Finding.Message != "" && s.Finding.Level != model.Healthy && !isTold {
				l.wrap(by+indent, plain, s.Finding.Message)
			}
			if e := a.Event; e != nil && a.EventOf == i {
				l.rows = append(l.rows, row{event: e, indent: by + indent})
				l.wrap(by+2*indent, plain, e.Message)
			}
		})
	}
	if a.IsWell() {
		l.blank()
		words := "nothing is known to be wrong with it"
		switch s := &a.Steps[0]; {
		case s.Object == nil && s.Presence == cause.Unwatched:
			words = "nothing was known of it then"
		case s.Object == nil:
			words = "nothing is known of it yet"
		}
		l.wrap(1, plain, words)
	}
}

func (l *layouter) also(a *cause.Answer) {
	if len(a.Also) == 0 {
		return
	}
	l.blank()
	l.wrap(1, heading, "not well either, though nothing says that it matters")
	for i := range a.Also {
		l.open(row{step: &a.Also[i], indent: indent}, func() {})
	}
}

func (l *layouter) changes(a *cause.Answer) {
	if len(a.Changes) == 0 {
		return
	}
	l.blank()
	words := "before it"
	if a.IsWell() {
		words = "its last change"
	}
	l.wrap(1, heading, words)
	for i := range a.Changes {
		c := &a.Changes[i]
		l.open(row{change: c, indent: 1}, func() {
			if c.Path != "" {
				l.values(c)
			}
		})
	}
}

// values says which field changed from what to what: in one row, or in two where that is too long.
func (l *layouter) values(c *cause.Change) {
	const by, arrow, gap = 1 + indent, " → ", "  "
	room := l.width - by
	path, more := c.Path.String(), others(c.More)
	what := text.Truncate(c.Moved, room)
	if c.Old != nil || c.New != nil {
		old, new := text.TruncatePair(value(c.Old), value(c.New), room-text.Width(arrow))
		what = old + arrow + new
	}
	if whole := text.Clean(path) + gap + what + more; text.Width(whole) <= room {
		l.rows = append(l.rows, row{indent: by, text: whole})
		return
	}
	l.rows = append(l.rows, row{indent: by, text: text.TruncatePath(path, room-text.Width(more)) + more}, row{indent: by, text: what})
}

func others(n int) string {
	if n == 0 {
		return ""
	}
	return ", and " + counted(n, "other field", "other fields")
}

func value(json []byte) string {
	switch {
	case json == nil:
		return "nothing"
	case len(json) > longestValue:
		return string(json[:longestValue]) + text.Ellipsis
	}
	return string(jsonscan.Text(json))
}
