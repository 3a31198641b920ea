package events

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/pagehead"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

const (
	headLines = 1
	// margin is what messages are indented by.
	margin = 2
	// mostOfMessage bounds, in bytes, what is shown of a message: servers take 1 KiB.
	mostOfMessage = 8 << 10
)

// line is a line of the page: an Event's head for part 0, else a line of its message.
type line struct {
	event, part int
	text        string // cleaned
}

// page is the number of lines of Events that are visible.
func (m *Model) page() int { return max(m.height-headLines, 1) }

// layOut wraps the messages for the width.
func (m *Model) layOut() {
	m.lines, m.laidIn = nil, m.width
	for i := range m.live.Value {
		m.lines = append(m.lines, line{event: i})
		message := m.live.Value[i].Message
		message = message[:min(len(message), mostOfMessage)]
		part := 0
		for paragraph := range strings.SplitSeq(message, "\n") {
			for _, row := range text.Wrap(paragraph, m.width-2*margin) {
				part++
				m.lines = append(m.lines, line{i, part, row})
			}
		}
	}
	m.scroll.Fit(len(m.lines), m.page())
}

// NeedsTick tells how long after now the page looks different though nothing has happened.
func (m *Model) NeedsTick(now time.Time) (time.Duration, bool) {
	wait, ok := m.live.NeedsTick(now)
	for i := m.scroll.Top(); i < min(m.scroll.Top()+m.page(), len(m.lines)); i++ {
		last := m.live.Value[m.lines[i].event].Last
		if lasts := text.AgeLasts(now.Add(m.ahead).Sub(last)); m.lines[i].part == 0 && !last.IsZero() && (!ok || lasts < wait) {
			wait, ok = lasts, true
		}
	}
	return wait, ok
}

// View draws the page at a moment: exactly as many lines and cells as SetSize said.
func (m *Model) View(now time.Time) string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	m.scroll.Fit(len(m.lines), m.page())
	drawn := []string{m.title()}
	if len(m.lines) == 0 {
		words, style := m.words()
		drawn = append(drawn, text.Spaces(m.width))
		for _, row := range text.Wrap(words, m.width-2*margin) {
			drawn = append(drawn, text.Spaces(margin)+style.Render(text.Fit(row, m.width-margin)))
		}
	}
	for i := m.scroll.Top(); i < min(m.scroll.Top()+m.page(), len(m.lines)); i++ {
		drawn = append(drawn, m.drawLine(&m.lines[i], now))
	}
	for len(drawn) < m.height {
		drawn = append(drawn, text.Spaces(m.width))
	}
	return strings.Join(drawn[:m.height], "\n")
}

func (m *Model) title() string {
	wanted, _ := m.live.Wanted()
	head := pagehead.Head{Page: pagehead.Events, Kind: m.kind, Name: wanted.Key.Name}
	if m.live.Read {
		head.Position = strconv.Itoa(len(m.live.Value))
	}
	if state, ok := m.state(); ok && len(m.lines) > 0 && state.Phase != informers.Live && state.Phase != informers.Listing {
		head.After = append(head.After, pagehead.Note{Text: state.Phase.String(), Style: m.theme.Warning})
	}
	head.Above, head.Below = m.scroll.Hidden()
	return head.Draw(m.theme, m.width)
}

// state is what the watch is doing, false where there is none.
func (m *Model) state() (informers.State, bool) {
	source, ok := m.live.Source().(Source)
	if !ok {
		return informers.State{}, false
	}
	return source.State(), true
}

// words say why there is no Event.
func (m *Model) words() (string, theme.Style) {
	t := m.theme
	_, wanted := m.live.Wanted()
	state, open := m.state()
	switch {
	case !wanted:
		return "nothing is selected", t.Dim
	case errors.Is(m.live.Err, workspace.ErrNoEvents):
		return m.live.Err.Error(), t.Dim
	case m.live.Err != nil:
		return m.live.Err.Error(), t.Trouble
	case !open:
		return "reading…", t.Dim
	case state.Phase == informers.Forbidden:
		return "may not " + state.Verb + " Events here (RBAC): " + state.Reason, t.Warning
	case state.Phase == informers.Live:
		return "no Events: servers keep them for an hour, as a rule", t.Dim
	case state.Phase == informers.Stale && state.Reason != "":
		return "Events are not known here: " + state.Reason, t.Warning
	case state.Reason != "":
		return state.Phase.String() + ": " + state.Reason, t.Trouble
	}
	return state.Phase.String() + "…", t.Dim
}

func (m *Model) drawLine(l *line, now time.Time) string {
	if l.part > 0 {
		return text.Spaces(margin) + text.Fit(l.text, m.width-margin)
	}
	e := &m.live.Value[l.event]
	t := m.theme
	glyph, style := "·", t.Dim
	if e.Type == "Warning" {
		glyph, style = "!", t.Warning
	}
	at := m.when(e, now)
	what := text.Truncate(glyph+" "+e.Type, (m.width-text.Width(at))/2) + " "
	room := m.width - text.Width(what) - text.Width(at) - 1
	reason := text.Truncate(e.Reason, max(room/2, min(room, 12)))
	rest := max(room-text.Width(reason), 0)
	source := text.Truncate(e.Source, rest-2)
	return style.Render(what) + t.Strong.Render(reason) + " " + t.Dim.Render(at) +
		text.Spaces(rest-text.Width(source)) + t.Dim.Render(source)
}

// when says how long ago an Event happened, and how often.
func (m *Model) when(e *workspace.Event, now time.Time) string {
	at := now.Add(m.ahead)
	words := " "
	if !e.Last.IsZero() {
		words = " " + text.Age(at.Sub(e.Last))
	}
	if e.Count > 1 {
		words += fmt.Sprintf("  ×%d", e.Count)
		if first := e.First; !first.IsZero() && e.Last.After(first) {
			words += " in " + text.Age(e.Last.Sub(first))
		}
	}
	return words
}
