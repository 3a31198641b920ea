package activity

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/keymap"
	feed "github.com/dogwatch/dogwatch/model/activity"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/pagehead"
	"github.com/dogwatch/dogwatch/ui/phase"
	"github.com/dogwatch/dogwatch/ui/text"
)

// View draws as many lines and cells as SetSize said. Times are told in zone.
func (m *Model) View(zone *time.Location) string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	m.zone = zone
	m.sync()
	if m.shown != nil {
		return m.drawShown(zone)
	}
	m.fit()
	drawn := []string{m.head(zone)}
	if len(m.page.Lines) == 0 {
		drawn = append(drawn, text.Spaces(m.width), m.theme.Dim.Render(text.Fit("  "+m.words(), m.width)))
	}
	drawn = append(drawn, m.drawLines(m.height-len(drawn), zone)...)
	for len(drawn) < m.height {
		drawn = append(drawn, text.Spaces(m.width))
	}
	return strings.Join(drawn[:m.height], "\n")
}

// drawLines draws the lines that are in sight, and notes how far one has seen.
func (m *Model) drawLines(rows int, zone *time.Location) (drawn []string) {
	lines := m.page.Lines
	top := min(m.cursor.Top(), len(lines))
	m.measure(lines[max(top-1, 0):min(top+m.rows(), len(lines))]) // the border takes a row
	c, mark := columnsOf(m.width, m.need), m.markAt()
	next := top // the first line that is not drawn yet
	if mark >= 0 && top > mark {
		next--
	}
	for row := top; len(drawn) < rows && next < len(lines); row++ {
		if row == mark {
			drawn = append(drawn, m.mark())
			continue
		}
		drawn = append(drawn, m.draw(next, c, zone))
		next++
	}
	m.sawUntil(next)
	return drawn
}

// sawUntil notes that the lines before an index have been on screen. What is in a line that was opened is a part of them only.
func (m *Model) sawUntil(next int) {
	switch {
	case len(m.stack) > 0:
	case next < len(m.page.Lines):
		m.drawn = max(m.drawn, m.page.Lines[next].First)
	default:
		m.drawn = max(m.drawn, m.page.Next)
	}
}

// reading is said while what a recording tells of the time before is not all there.
const reading = "reading what happened before …"

// words say why there are no lines.
func (m *Model) words() string {
	switch {
	case m.feed == nil:
		return "the history of changes is off: --history-memory 64MiB turns it on"
	case m.history.Reading:
		return reading
	case m.page.Busy || m.page.Asked != m.asked:
		return "looking …"
	case m.query.In != nil:
		return "none of these changes is remembered any more   " + m.key(keymap.Back) + " back"
	case !m.query.Filter.IsZero():
		return fmt.Sprintf("none of %s has %s   %s changes the filter, %s clears it",
			changes(m.history.Changes), m.Filter(), m.key(keymap.OpenFilter), m.key(keymap.Back))
	}
	return "nothing has changed yet. What changes in the types of all tabs will stand here"
}

// clock tells a moment by which changes are dated.
func (m *Model) clock(at time.Time, zone *time.Location) string {
	return at.Add(m.ahead).In(zone).Format(time.TimeOnly)
}

func (m *Model) key(action keymap.Action) string { return m.keys.KeyOf(keymap.Activity, action) }

// head names the page, and says how far back it reaches and where in it one is.
func (m *Model) head(zone *time.Location) string {
	title := " activity"
	if in := m.query.In; in != nil && in.Kind == feed.Noise {
		title += " › noise"
	} else if in != nil {
		title += " › " + kindOf(in) + " " + objectOf(in) + " " + pathOf(in)
	}
	var notes []string
	if !m.query.Filter.IsZero() {
		notes = append(notes, "/"+text.Clean(m.Filter())) // what is measured is clean
	}
	if m.query.Noise == feed.Shown && m.query.In == nil {
		notes = append(notes, "with noise")
	}
	where := m.where(zone)
	room := m.width - text.Width(where) - 3
	title = text.Truncate(title, room)
	note := ""
	if m.history.Reading {
		notes = append(notes, reading)
	}
	for _, n := range append(notes, m.reach(zone)) {
		if n != "" && text.Width(title)+text.Width(note)+3+text.Width(n) <= room {
			note += "   " + n
		}
	}
	left := m.theme.HeaderSorted.Render(title) + m.theme.Dim.Render(text.Fit(note, room-text.Width(title)))
	return left + "  " + m.theme.Dim.Render(where) + " "
}

// reach says how far back the history goes.
func (m *Model) reach(zone *time.Location) string {
	h := m.history
	if h.Oldest.IsZero() {
		return ""
	}
	return fmt.Sprintf("since %s, %s, %s of %s MiB", m.clock(h.Oldest, zone), changes(h.Changes), mebibytes(h.Bytes), mebibytes(h.Limit))
}

func changes(n int) string {
	if n == 1 {
		return "1 change"
	}
	return phase.Count(n) + " changes"
}

// mebibytes spells a size, a small one with what it has behind the point.
func mebibytes(bytes int64) string {
	size := float64(bytes) / (1 << 20)
	switch {
	case bytes > 0 && size < 0.1:
		return "<0.1"
	case size < 10 && size != math.Trunc(size):
		return fmt.Sprintf("%.1f", size)
	}
	return fmt.Sprintf("%.0f", size)
}

// where says which part of the lines is in sight.
func (m *Model) where(zone *time.Location) string {
	p := m.page
	switch {
	case m.feed == nil:
		return "off"
	case p.Busy:
		where := fmt.Sprintf("looked at %d%%", 100*p.Looked/max(p.Total, 1))
		if !p.Reached.IsZero() && m.width >= splitFrom {
			where += ", back to " + m.clock(p.Reached, zone)
		}
		return where
	case m.query.In != nil:
		return ""
	case !m.moment.IsZero():
		return "at " + m.clock(m.moment, zone) + ", later is dim"
	case p.Following && m.atEnd:
		return "following"
	case p.Newer > 0:
		return fmt.Sprintf("paused, %s new", phase.Count(p.Newer))
	}
	return "paused"
}

// mark is the border to what came since the page was left.
func (m *Model) mark() string {
	const words = "── since you last looked "
	return m.theme.Accent.Render(text.Truncate(words, m.width)) + m.theme.Rule.Render(strings.Repeat("─", max(0, m.width-text.Width(words))))
}

// draw draws a line.
func (m *Model) draw(i int, c columns, zone *time.Location) string {
	l, t := &m.page.Lines[i], m.theme
	r := &row{}
	if i == m.cursor.Index() {
		r.ground = t.Cursor
		r.b.WriteString(r.ground.With(t.CursorBar).Render("▌"))
	} else {
		r.b.WriteString(" ")
	}
	r.add(timeWidth, cell{m.clock(l.At, zone), t.Dim})
	r.space(c.gap)
	if l.Kind == feed.Noise {
		r.add(m.width-1-timeWidth-c.gap, cell{noiseWords(l), t.Dim})
		return r.b.String()
	}
	plain := theme.Style{}
	if l.Quiet || m.isLater(l) {
		plain = t.Dim
	}
	r.add(c.kind, cell{kindOf(l), plain})
	r.space(c.gap)
	r.add(c.object, cell{text.TruncateObject(objectOf(l), c.object), plain})
	r.space(c.gap)
	m.drawChange(r, l, c)
	if c.by > 0 {
		r.space(c.gap)
		r.add(c.by, cell{text.TruncateName(l.By, c.by), t.Dim})
	}
	r.space(m.width - lineWidth(c))
	return r.b.String()
}

// lineWidth is how many cells a line takes with its columns.
func lineWidth(c columns) int {
	w := 1 + timeWidth + c.gap + c.kind + c.gap + c.object + c.gap + c.path
	if c.values > 0 {
		w += c.gap + c.values
	}
	if c.by > 0 {
		w += c.gap + c.by
	}
	return w
}

// noiseWords say what noise a line stands for.
func noiseWords(l *feed.Line) string {
	var types []string
	for _, c := range l.Types {
		types = append(types, fmt.Sprintf("%s %s", c.Resource, phase.Count(c.Changes)))
	}
	words := changes(l.Changes) + " are noise"
	if l.Changes == 1 {
		words = "1 change is noise"
	}
	return "· " + words + ": " + strings.Join(types, ", ")
}

// drawShown draws the change that was opened.
func (m *Model) drawShown(zone *time.Location) string {
	s := m.shown
	head := " " + s.line.At.Add(m.ahead).In(zone).Format("15:04:05.000") + "  " + s.title
	s.scroll.Fit(len(s.lines), m.rows())
	hint := m.key(keymap.Back) + " back "
	if cut := pagehead.Cut(s.scroll.Hidden()); cut != "" {
		hint += " " + cut + " "
	}
	room := m.width - text.Width(hint) - 1
	drawn := []string{m.theme.HeaderSorted.Render(text.Fit(head, room)) + " " + m.theme.Dim.Render(hint)}
	for i := s.scroll.Top(); i < len(s.lines) && len(drawn) < m.height; i++ {
		drawn = append(drawn, m.drawDiff(&s.lines[i]))
	}
	for len(drawn) < m.height {
		drawn = append(drawn, text.Spaces(m.width))
	}
	return strings.Join(drawn, "\n")
}

func (m *Model) drawDiff(l *diffLine) string {
	r, t := &row{}, m.theme
	switch l.sign {
	case path:
		r.add(m.width, cell{" " + l.text, t.Strong}, cell{"   " + l.by, t.Dim})
	case remark:
		r.add(m.width, cell{" " + l.text, t.Dim})
	case removed:
		r.add(m.width, cell{"   - " + l.text, t.Trouble})
	case added:
		r.add(m.width, cell{"   + " + l.text, t.Good})
	default:
		r.add(m.width, cell{"     " + l.text, t.Dim})
	}
	return r.b.String()
}
