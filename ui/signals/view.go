package signals

import (
	"fmt"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/phase"
	"github.com/dogwatch/dogwatch/ui/text"
)

const (
	headLines = 1
	// wholeLines show the whole signal below the lines, with a rule between them, on a page of wholeFrom lines or more.
	wholeLines, wholeFrom = 3, 14
	// mostOfWhole bounds, in bytes, what is looked at of it.
	mostOfWhole = 8 << 10

	gap           = 2
	severityWidth = 8
	ageWidth      = 8
	// longWait is from when on it is said how long is waited.
	longWait = 5 * time.Second
	// typeFrom is the width from which on there is room for the type, which says what the title says in one word.
	typeFrom = 110
)

// columns are the widths of what a line has, with the gap behind the type. They depend on the screen alone, so that nothing jumps.
type columns struct{ kind, object, says int }

func columnsOf(width int) columns {
	room := width - 1 - 1 // the cursor's mark, and a blank at the end
	c := columns{object: max(14, min(room*3/10, 48))}
	if width >= typeFrom {
		c.kind = min(room/6, 22) + gap
	}
	c.says = max(room-severityWidth-c.kind-c.object-ageWidth-3*gap, 1)
	return c
}

// rows is how many rows there are for lines.
func (m *Model) rows() int {
	rows := m.height - headLines - len(m.notices())
	if m.height >= wholeFrom {
		rows -= wholeLines + 1
	}
	return max(1, rows)
}

// View draws the page at a moment of the local clock: exactly as many lines and cells as SetSize said.
func (m *Model) View(now time.Time) string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	m.zone = now.Location()
	var w signal.Window
	if m.list != nil {
		if m.follow() {
			m.pushed = now
		}
		w = m.list.Window(m.cursor.Top(), m.rows())
	}
	wall := now
	if m.clock != nil {
		now = w.Now
	}
	drawn := []string{m.head(&w)}
	for _, line := range m.notices() {
		drawn = append(drawn, m.theme.Warning.Render(text.Fit(" "+line, m.width)))
	}
	c := columnsOf(m.width)
	for i, s := range w.Signals {
		drawn = append(drawn, m.draw(s, w.Muting[i] != signal.NotMuted, w.From+i == m.cursor.Index(), c, now))
	}
	if len(w.Signals) == 0 {
		drawn = append(drawn, m.blank(), m.theme.Dim.Render(text.Fit("  "+m.words(&w, wall), m.width)))
	}
	for len(drawn) < headLines+len(m.notices())+m.rows() {
		drawn = append(drawn, m.blank())
	}
	if m.height >= wholeFrom {
		drawn = append(drawn, m.whole(&w, now)...)
	}
	return strings.Join(drawn[:min(len(drawn), m.height)], "\n")
}

func (m *Model) blank() string { return text.Spaces(m.width) }

// head names the page, and says what there is.
func (m *Model) head(w *signal.Window) string {
	title := " signals"
	where := ""
	if w.Len > 0 {
		where = fmt.Sprintf("%s of %s ", phase.Count(m.cursor.Index()+1), phase.Count(w.Len))
	}
	room := m.width - text.Width(title) - text.Width(where)
	return m.theme.HeaderSorted.Render(title) + m.theme.Dim.Render(text.Fit("   "+strings.Join(m.notes(w), "   "), room-1)+" "+where)
}

func (m *Model) notes(w *signal.Window) []string {
	var notes []string
	var open []string
	for _, severity := range []signal.Severity{signal.Critical, signal.Warning, signal.Info} {
		if n := w.Counts.Open[severity]; n > 0 {
			open = append(open, phase.Count(n)+" "+string(severity))
		}
	}
	switch {
	case (m.judging.Trouble != "" || m.judging.Behind > 0) && open == nil:
		open = []string{"not judged"}
	case !w.Counts.Ready && open == nil:
		open = []string{"not judged yet"}
	case open == nil:
		open = []string{"none open"}
	}
	notes = append(notes, strings.Join(open, ", "), phase.Count(w.Counts.Over)+" over")
	if n := w.Counts.Muted; n > 0 {
		notes = append(notes, phase.Count(n)+" muted")
	}
	if n := w.Counts.Lost; n > 0 {
		notes = append(notes, phase.Count(n)+" older ones given up")
	}
	if n := len(m.judging.Unwatched); n > 0 {
		notes = append(notes, fmt.Sprintf("%s watches %d more types", m.key(keymap.ToggleTypes), n))
	}
	if !m.filter.Empty() {
		notes = append(notes, "/"+m.Filter())
	}
	if m.clock == nil && !m.judging.Since.IsZero() {
		notes = append(notes, "since "+m.clockTime(m.judging.Since))
	}
	return notes
}

// words say why there are no lines.
func (m *Model) words(w *signal.Window, now time.Time) string {
	c := w.Counts
	switch {
	case m.list == nil:
		return "rules are not applied here"
	case m.judging.Trouble != "", m.judging.Behind > 0:
		return "nobody knows what there is to tell"
	case m.judging.SeesNothing:
		return "nothing is watched, so there is nothing that rules could be applied to"
	case !c.Ready:
		return "what there is is being judged" + m.waiting(now)
	case !m.filter.Empty():
		return fmt.Sprintf("no signal has %s   %s changes the filter, %s clears it", m.Filter(), m.key(keymap.OpenFilter), m.key(keymap.Back))
	case c.Muted > 0:
		return fmt.Sprintf("all is muted   %s shows it", m.key(keymap.ToggleMuted))
	}
	return "nothing to tell of what is watched"
}

// waiting says for how long it is waited for what is to be judged, once that is long.
func (m *Model) waiting(now time.Time) string {
	if d := now.Sub(m.judging.Since); !m.judging.Since.IsZero() && d >= longWait {
		return ", for " + text.Age(d)
	}
	return ""
}

func (m *Model) key(action keymap.Action) string { return m.keys.KeyOf(keymap.Signals, action) }

// draw draws a line.
func (m *Model) draw(s *signal.Signal, muted, current bool, c columns, now time.Time) string {
	t, mark, ground := m.theme, " ", theme.Style{}
	if current {
		ground = t.Cursor
		mark = ground.With(t.CursorBar).Render("▌")
	}
	isOpen := s.OpenAt(now)
	tone := theme.Style{}
	switch {
	case !isOpen || muted:
		tone = t.Dim
	case s.Severity == signal.Critical:
		tone = t.Trouble
	case s.Severity == signal.Warning:
		tone = t.Warning
	}
	space := text.Spaces(gap)
	title := s.Title
	if muted {
		title = "muted: " + title
	}
	title = text.Truncate(title, c.says)
	message := text.Spaces(c.says - text.Width(title))
	if room := text.Width(message) - gap; s.Message != "" && room > 0 {
		message = space + text.Fit(s.Message, room)
	}
	plain := ground
	if !isOpen || muted {
		plain = ground.With(t.Dim)
	}
	return mark + ground.With(tone).Render(text.Fit(string(s.Severity), severityWidth)+space+text.Fit(text.Truncate(s.Type, max(c.kind-gap, 0)), c.kind)) +
		plain.Render(text.Fit(text.TruncateObject(s.Subject.String(), c.object), c.object)+space) +
		ground.With(t.Dim).Render(text.FitRight(age(s, isOpen, now), ageWidth)+space) + ground.With(tone).Render(title) + plain.Render(message+" ")
}

// age says for how long it has been open, or how long ago it was over, or not judged any more.
func age(s *signal.Signal, isOpen bool, now time.Time) string {
	if isOpen {
		return text.Age(now.Sub(s.Since))
	}
	if s.Moment {
		return text.Age(now.Sub(s.Opened)) + " ago"
	}
	if s.Unknown {
		return "? " + text.Age(now.Sub(s.Resolved))
	}
	return "✓ " + text.Age(now.Sub(s.Resolved))
}

// whole is all that the signal under the cursor says.
func (m *Model) whole(w *signal.Window, now time.Time) []string {
	drawn := []string{m.theme.Rule.Render(strings.Repeat("─", m.width))}
	if i := m.cursor.Index() - w.From; i >= 0 && i < len(w.Signals) {
		s := w.Signals[i]
		words := s.Title
		if s.Message != "" {
			words += ": " + s.Message
		}
		lines := text.WrapRest(words[:min(len(words), mostOfWhole)], max(m.width-2, 1), wholeLines-1)
		if len(lines) < wholeLines-1 && len(s.Unwell) > 0 {
			lines = append(lines, unwell(s))
		}
		for _, line := range append(lines, m.changeOf(s, w.Muting[i], now)) {
			drawn = append(drawn, " "+text.Fit(line, m.width-2)+" ")
		}
	}
	for len(drawn) < wholeLines+1 {
		drawn = append(drawn, m.blank())
	}
	return drawn
}

// unmutedBy says what tells a signal again that is muted.
func (m *Model) unmutedBy(why signal.Muting) string {
	switch why {
	case signal.MutedItself:
		return ", muted: " + m.key(keymap.Mute) + " tells it again"
	case signal.MutedByRule:
		return ", muted with its rule: " + m.key(keymap.MuteRule) + " tells it again"
	}
	return ""
}

// clockTime tells a moment by which signals are dated.
func (m *Model) clockTime(at time.Time) string {
	return at.Add(m.ahead).In(m.zone).Format(time.TimeOnly)
}

// unwell names what the subject is related to and was not well, either.
func unwell(s *signal.Signal) string {
	var names []string
	for _, u := range s.Unwell {
		name := u.Type.Resource + " " + u.Name
		if u.Reason != "" {
			name += " (" + u.Reason + ")"
		}
		names = append(names, name)
	}
	return "not well, either: " + strings.Join(names, ", ")
}

// changeOf says what made it so, as far as that was seen; else what was changed of the workload before.
func (m *Model) changeOf(s *signal.Signal, why signal.Muting, now time.Time) string {
	times := m.clockTime(s.Opened)
	if !s.OpenAt(now) && !s.Moment {
		times += " to " + m.clockTime(s.Resolved)
		if s.Unknown {
			times += ", when it was judged no longer"
		}
	}
	if s.Suppressed > 0 {
		times += fmt.Sprintf(", and %d times before that were not told", s.Suppressed)
	}
	times += m.unmutedBy(why)
	edit, how := s.Change, "   "
	if edit == nil || edit.Path == "" {
		edit, how = s.Edit, "   before: "
	}
	if edit == nil || edit.Path == "" {
		return times + "   rule " + s.Rule
	}
	words := how + string(edit.Path) + " " + value(edit.Old) + " → " + value(edit.New)
	if edit.By.Name != "" {
		words += " by " + edit.By.Name
	}
	return times + words
}

// value is JSON as a line has room for it.
func value(json []byte) string {
	const most = 60
	if json == nil {
		return "∅"
	}
	return text.Truncate(string(json[:min(len(json), text.MostBytes(most)+1)]), most)
}
