package why

import (
	"fmt"
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
	// mostRows is how many rows a text of the cluster takes, terseRows where there is not room for all, and mostBytes how much of it is looked at.
	mostRows, terseRows, mostBytes = 4, 2, 4 << 10
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

// density is how much is left out so that all steps and changes are in sight.
type density uint8

const (
	// roomy leaves nothing out, tight blank rows, and terse what steps say for the last one as well, the ends of texts, and who told of an event.
	roomy density = iota
	tight
	terse
)

// row is a row of the page: the first of a step or a change, which are drawn in parts, or a text, which is cleaned. An event may have its text in its row.
type row struct {
	step   *cause.Step
	event  *cause.Event
	change *cause.Change
	indent int
	text   string
	tone   tone
}

// layOut makes the rows of what was read, as dense as it takes to have room for all.
func (m *Model) layOut() {
	for d := roomy; d <= terse; d++ {
		if m.page = m.laidOut(d); len(m.page.rows) <= max(m.height-headLines, 1) {
			break
		}
	}
	m.cursor.FitRows(len(m.page.lines), len(m.page.rows), max(m.height-headLines, 1), func(i int) (first, last int) {
		l := &m.page.lines[i]
		if i == len(m.page.lines)-1 { // the end is to be seen with it, as far as can be
			return l.first, min(len(m.page.rows)-1, l.first+max(m.height-headLines, 1)-1)
		}
		return l.first, min(l.last, l.first+max(m.height-headLines, 1)-1)
	})
}

func (m *Model) laidOut(d density) layout {
	l := &layouter{width: m.width - 1, density: d}
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
	width   int
	density density
}

func (l *layouter) blank() {
	if l.density == roomy {
		l.rows = append(l.rows, row{})
	}
}

// wrap adds a text in as many rows as it may take.
func (l *layouter) wrap(by int, t tone, words string) {
	rows := text.Wrap(strings.TrimSpace(words[:min(len(words), mostBytes)]), l.width-by-1)
	most := mostRows
	if l.density == terse {
		most = terseRows
	}
	if len(rows) > most {
		rows[most-1] = text.Truncate(rows[most-1]+text.Ellipsis, l.width-by-1)
		rows = rows[:most]
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
			if l.tells(a.Steps, i) {
				l.wrap(by+indent, plain, s.Finding.Message)
			}
			if e := a.Event; e != nil && a.EventOf == i {
				l.event(e, by+indent)
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

// tells tells whether the message of a step is to be told. What a step says for another is said once, and where there is little room only the
// last one that says something has the word.
func (l *layouter) tells(steps []cause.Step, i int) bool {
	says := func(i int) bool { return steps[i].Finding.Message != "" && steps[i].Finding.Level != model.Healthy }
	if !says(i) {
		return false
	}
	if l.density == terse {
		for next := i + 1; next < len(steps); next++ {
			if says(next) {
				return false
			}
		}
		return true
	}
	return i == 0 || steps[i].Finding.Message != steps[i-1].Finding.Message
}

// event adds what the server says.
func (l *layouter) event(e *cause.Event, by int) {
	if l.density == terse {
		message := strings.Join(strings.Fields(e.Message[:min(len(e.Message), mostBytes)]), " ")
		l.rows = append(l.rows, row{event: e, indent: by, text: message})
		return
	}
	l.rows = append(l.rows, row{event: e, indent: by})
	l.wrap(by+indent, plain, e.Message)
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
	words := "what changed before it"
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
	const by, gap = 1 + indent, "  "
	room := l.width - by
	path, what, more := c.Path.String(), whatOf(c, room), others(c.More)
	if whole := text.Clean(path) + gap + what + more; text.Width(whole) <= room {
		l.rows = append(l.rows, row{indent: by, text: whole})
		return
	}
	if l.density == terse {
		what = gap + whatOf(c, room/2)
		if c.More > 0 {
			what += fmt.Sprintf("  +%d", c.More)
		}
		l.rows = append(l.rows, row{indent: by, text: text.TruncatePath(path, room-text.Width(what)) + what})
		return
	}
	l.rows = append(l.rows, row{indent: by, text: text.TruncatePath(path, room-text.Width(more)) + more}, row{indent: by, text: what})
}

// whatOf says from what to what, or to where, something changed, in so many cells.
func whatOf(c *cause.Change, room int) string {
	const arrow = " → "
	if c.Old == nil && c.New == nil {
		return text.Truncate(c.Moved, room)
	}
	old, new := text.TruncateChange(value(c.Old), value(c.New), room-text.Width(arrow))
	if old == "" {
		return arrow[1:] + new
	}
	return old + arrow + new
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
