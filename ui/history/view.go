package history

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/pagehead"
	"github.com/dogwatch/dogwatch/ui/text"
)

// View draws the page: exactly as many lines and cells as SetSize said.
func (m *Model) View(time.Time) string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	lines := []string{m.title()}
	switch {
	case m.diff != nil:
		lines = append(lines, m.drawDiff()...)
	case m.list() == nil || len(m.list().Versions) == 0:
		lines = append(lines, m.drawWords(m.words())...)
	default:
		lines = append(lines, m.drawList()...)
	}
	for len(lines) < m.height {
		lines = append(lines, text.Spaces(m.width))
	}
	return strings.Join(lines[:m.height], "\n")
}

func (m *Model) title() string {
	wanted, _ := m.live.Wanted()
	head := pagehead.Head{Page: pagehead.History, Kind: m.kind, Name: wanted.Key.Name}
	switch {
	case m.diff != nil:
		m.diff.scroll.Fit(len(m.diff.lines), m.page())
		head.Above, head.Below = m.diff.scroll.Hidden()
		head.Before = []pagehead.Note{{Text: m.shownMode().String(), Style: m.theme.Dim}}
		head.After = []pagehead.Note{{Text: m.diff.between(), Style: m.theme.Accent}}
	case m.list() != nil && len(m.list().Versions) > 0:
		head.Above, head.Below = m.cursor.Hidden()
		total := strconv.Itoa(len(m.list().Versions))
		head.Position = text.FitRight(strconv.Itoa(m.cursor.Index()+1), len(total)) + "/" + total
	}
	if m.live.Err != nil && m.list() != nil {
		head.After = append(head.After, pagehead.Note{Text: text.Truncate(m.live.Err.Error(), m.width/2), Style: m.theme.Trouble})
	}
	return head.Draw(m.theme, m.width)
}

// between names the versions that are compared.
func (d *diff) between() string {
	if d.older.ID == (versions.ID{}) {
		return d.newer.ResourceVersion
	}
	return d.older.ResourceVersion + " → " + d.newer.ResourceVersion
}

// words say why there is no version.
func (m *Model) words() (string, theme.Style) {
	switch _, wanted := m.live.Wanted(); {
	case m.live.Err != nil:
		return m.live.Err.Error(), m.theme.Trouble
	case !wanted:
		return "nothing is selected", m.theme.Dim
	case m.list() == nil:
		return "reading…", m.theme.Dim
	}
	return "no version of it is known", m.theme.Dim
}

func (m *Model) drawWords(words string, style theme.Style) []string {
	const margin = 2
	lines := []string{text.Spaces(m.width)}
	for _, line := range text.Wrap(words, m.width-2*margin) {
		lines = append(lines, text.Spaces(margin)+style.Render(text.Fit(line, max(m.width-margin, 0))))
	}
	return lines
}

func (m *Model) drawList() []string {
	var lines []string
	for i := m.cursor.Top(); i < m.cursor.Top()+m.listed(); i++ {
		if i < len(m.rows) {
			lines = append(lines, m.drawRow(m.rows[i]))
		} else {
			lines = append(lines, text.Spaces(m.width))
		}
	}
	if m.foot() == 0 {
		return lines
	}
	lines = append(lines, m.theme.Rule.Render(strings.Repeat("─", m.width)))
	for _, words := range details(&m.list().Versions[m.cursor.Index()]) {
		lines = append(lines, m.theme.Dim.Render(text.Fit(" "+words, m.width)))
	}
	return lines
}

// whoWidth is the room for who made a version.
func (m *Model) whoWidth() int { return min(max(m.width/4, 14), 32) }

func (m *Model) drawRow(r row) string {
	t := m.theme
	if r.version < 0 {
		words := "  ── " + r.words
		if end := " ──"; text.Width(words+end) <= m.width {
			words += end
		}
		return t.Dim.Render(text.Fit(words, m.width))
	}
	v := &m.list().Versions[r.version]
	ground := theme.Style{}
	bar, barStyle := " ", theme.Style{}
	if r.version == m.cursor.Index() {
		bar, barStyle, ground = "▌", t.CursorBar, t.CursorDim
		if m.focused {
			ground = t.Cursor
		}
	}
	mark, markStyle := " ", theme.Style{}
	for _, id := range m.marks {
		if id == v.ID {
			mark, markStyle = "*", t.Marked
		}
	}
	kind := kindStyle(t, v.Kind())
	if m.isLater(r.version) {
		ground, kind = ground.With(t.Dim), t.Dim
	}
	who := text.Fit(whoMade(v, m.whoWidth()), m.whoWidth())
	rest := max(m.width-2-len("15:04:05 ")-m.whoWidth()-1, 0)
	return ground.With(barStyle).Render(bar) + ground.With(markStyle).Render(mark) +
		ground.With(t.Dim).Render(m.clock(v.At)+" ") + ground.Render(who+" ") +
		ground.With(kind).Render(fitChange(v, rest))
}

// fitChange says in so many cells what changed. Where that is not enough for all, the end of the path stays, and what differs in the values.
func fitChange(v *versions.Version, width int) string {
	if words := whatChanged(v); words != "" {
		return text.Fit(words, width)
	}
	first, more := &v.Fields[v.Telling], ""
	if n := len(v.Fields) - 1; n > 0 {
		more = fmt.Sprintf("  +%d", n)
	}
	where := text.Clean(first.Path.String())
	room := width - text.Width(more)
	const leastPath, values = 10, 24 // on narrow lines the path has so much, so that of values of that width together is seen what differs
	what := shortChange(first, max(room-text.Width(where), room/2, min(room-leastPath, values)))
	where = text.TruncatePath(where, room-text.Width(what))
	what = shortChange(first, room-text.Width(where))
	return text.Fit(where+what+more, width)
}

func kindStyle(t *theme.Theme, k versions.Kind) theme.Style {
	switch k {
	case versions.Created, versions.Entered:
		return t.New
	case versions.Deleted, versions.Left:
		return t.Warning
	case versions.Found:
		return t.Dim
	}
	return theme.Style{}
}
