package problems

import (
	"fmt"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/keymap"
	list "github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/phase"
	"github.com/dogwatch/dogwatch/ui/text"
)

const (
	headLines = 1
	// causeLines show the whole cause below the lines, with a rule between them, on a page of causeFrom lines or more.
	causeLines, causeFrom = 2, 12
	// mostOfCause bounds, in bytes, what is looked at of it.
	mostOfCause = 8 << 10

	gap        = 2
	sinceWidth = 6
)

// columns are the widths of what a line has.
type columns struct{ kind, object, cause int }

// columnsOf shares a line out. No column is wider than it needs to be, nor so wide that there is no room for the cause.
func columnsOf(width int, need columns) columns {
	room := width - 1 - 1 // the cursor's mark, and a blank at the end
	c := columns{kind: min(need.kind, max(8, min(room/6, 24)))}
	c.object = max(14, min(need.object, (room-c.kind)*2/5, 56))
	c.cause = max(room-c.kind-c.object-sinceWidth-3*gap, 1)
	return c
}

// measure widens what columns need to what lines do. It shrinks with another filter or list alone, so that nothing jumps to and fro.
func (m *Model) measure(w *list.Window) {
	const most = 64
	if filter := w.Filter.String(); filter != m.needed {
		m.need, m.needed = columns{}, filter
	}
	for _, p := range w.Problems {
		m.need.kind = max(m.need.kind, text.Width(text.Truncate(p.Kind, most)))
		m.need.object = max(m.need.object, text.Width(text.Truncate(m.objectOf(p), most)))
	}
}

// rows is how many rows there are for lines.
func (m *Model) rows() int {
	rows := m.height - headLines
	if m.height >= causeFrom {
		rows -= causeLines + 1
	}
	return max(1, rows)
}

// View draws the page at a moment: exactly as many lines and cells as SetSize said.
func (m *Model) View(now time.Time) string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	var w list.Window
	if m.list != nil {
		m.follow()
		w = m.list.Window(m.cursor.Top(), m.rows())
	}
	drawn := []string{m.head(&w)}
	m.measure(&w)
	c := columnsOf(m.width, m.need)
	for i, p := range w.Problems {
		drawn = append(drawn, m.draw(p, w.From+i == m.cursor.Index(), c, now))
	}
	if len(w.Problems) == 0 {
		drawn = append(drawn, m.blank(), m.theme.Dim.Render(text.Fit("  "+m.words(&w), m.width)))
	}
	for len(drawn) < headLines+m.rows() {
		drawn = append(drawn, m.blank())
	}
	if m.height >= causeFrom {
		drawn = append(drawn, m.cause(&w)...)
	}
	return strings.Join(drawn[:min(len(drawn), m.height)], "\n")
}

func (m *Model) blank() string { return text.Spaces(m.width) }

// head names the page, and says of how many types it tells.
func (m *Model) head(w *list.Window) string {
	title := " problems"
	note := fmt.Sprintf("   %s in %s", phase.Count(w.All), types(w.Types))
	if !m.filter.Empty() {
		note += "   /" + m.Filter()
	}
	if m.unread > 0 {
		note += "   " + m.unreadWords()
	}
	where := ""
	if w.Len > 0 {
		where = fmt.Sprintf("%s of %s ", phase.Count(m.cursor.Index()+1), phase.Count(w.Len))
	}
	room := m.width - text.Width(title) - text.Width(where)
	return m.theme.HeaderSorted.Render(title) + m.theme.Dim.Render(text.Fit(note, room)+where)
}

// unreadWords say of how many watches it is not known what is unhealthy.
func (m *Model) unreadWords() string {
	if m.isPast {
		return counted(m.unread, "watch was", "watches were") + " not live then"
	}
	return counted(m.unread, "watch is", "watches are") + " not live"
}

func types(n int) string { return counted(n, "type that is watched", "types that are watched") }

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return phase.Count(n) + " " + many
}

// words say why there are no lines.
func (m *Model) words(w *list.Window) string {
	switch {
	case m.list == nil:
		return "health is not judged here"
	case w.All > 0:
		return fmt.Sprintf("none of %s has %s   %s changes the filter, %s clears it",
			counted(w.All, "problem", "problems"), m.Filter(), m.key(keymap.OpenFilter), m.key(keymap.Back))
	case w.Types == 0:
		return "no types are watched"
	case m.unread > 0:
		return "nothing is known to be unhealthy, but " + m.unreadWords()
	}
	return "nothing is unhealthy in " + types(w.Types)
}

func (m *Model) key(action keymap.Action) string { return m.keys.KeyOf(keymap.Problems, action) }

// draw draws a line.
func (m *Model) draw(p *list.Problem, current bool, c columns, now time.Time) string {
	t, mark, ground := m.theme, " ", theme.Style{}
	if current {
		ground = t.Cursor
		mark = ground.With(t.CursorBar).Render("▌")
	}
	reason := text.Truncate(p.Reason, c.cause)
	message := text.Spaces(c.cause - text.Width(reason))
	if room := text.Width(message) - gap; p.Message != "" && room > 0 {
		message = text.Spaces(gap) + text.Fit(p.Message, room)
	}
	space := text.Spaces(gap)
	return mark + ground.Render(text.Fit(p.Kind, c.kind)+space+fitMiddle(m.objectOf(p), c.object)+space) +
		ground.With(t.Dim).Render(text.FitRight(m.since(p, now), sinceWidth)+space) +
		ground.With(t.Trouble).Render(reason) + ground.Render(message+" ")
}

func fitMiddle(s string, w int) string { return text.Fit(text.TruncateObject(s, w), w) }

// objectOf names the object: "shop/api", and its cluster where that is another.
func (m *Model) objectOf(p *list.Problem) string {
	name := p.String()
	if p.Cluster != m.context {
		name = "@" + p.Cluster + " " + name
	}
	return name
}

// since says for how long; "≥" where that is how long it has been seen.
func (m *Model) since(p *list.Problem, now time.Time) string {
	if p.Seen {
		return "≥" + text.Age(now.Add(m.dated).Sub(p.Since))
	}
	return text.Age(now.Add(m.ahead).Sub(p.Since))
}

// cause is the whole cause of the problem under the cursor.
func (m *Model) cause(w *list.Window) []string {
	drawn := []string{m.theme.Rule.Render(strings.Repeat("─", m.width))}
	if i := m.cursor.Index() - w.From; i >= 0 && i < len(w.Problems) {
		p := w.Problems[i]
		words := p.Reason
		if p.Message != "" {
			words += ": " + p.Message
		}
		for _, line := range text.WrapRest(words[:min(len(words), mostOfCause)], max(m.width-2, 1), causeLines) {
			drawn = append(drawn, " "+text.Fit(line, m.width-1))
		}
	}
	for len(drawn) < causeLines+1 {
		drawn = append(drawn, m.blank())
	}
	return drawn
}
