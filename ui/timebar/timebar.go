package timebar

import (
	"fmt"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/text"
)

// wide is the width from which the line says in words what else a sign says.
const wide = 100

// The widths of what is said, by which the bar stays where it is.
const (
	shortLabel = 11 // " ▶ ×0.25 ░ "
	longLabel  = 25
)

// Model is the line. It belongs to the program loop.
type Model struct {
	theme   *theme.Theme
	width   int
	state   playback.State
	zone    *time.Location
	ahead   time.Duration // of the clock that is told
	focused bool
	seeking bool

	// columns are the state's density and gaps as they were drawn last.
	columns columns
}

// New makes the line.
func New(t *theme.Theme) *Model { return &Model{theme: t, zone: time.UTC} }

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the width in cells; the line is one line high.
func (m *Model) SetSize(width, _ int) { m.width = width }

// SetFocused tells whether keys steer the time.
func (m *Model) SetFocused(focused bool) { m.focused = focused }

// SetSeeking tells that the player is on its way to another moment.
func (m *Model) SetSeeking(seeking bool) { m.seeking = seeking }

// SetState shows a state, with times in a zone, by a clock that is ahead of the state's.
func (m *Model) SetState(s playback.State, zone *time.Location, ahead time.Duration) {
	m.state, m.zone, m.ahead = s, zone, ahead
}

// View draws the line.
func (m *Model) View() string {
	t := m.theme
	label := t.Warning
	switch {
	case m.focused:
		label = t.Past
	case !m.unknown():
		label = t.Accent
	}
	said, from, to := m.label(), m.clock(m.state.Begin), m.clock(m.state.End)
	var b strings.Builder
	b.WriteString(" " + label.Render(said) + " " + t.Dim.Render(from) + " ")
	_, width := m.bar()
	m.drawBar(&b, width)
	b.WriteString(" " + t.Dim.Render(to) + " ")
	return b.String()
}

func (m *Model) labelWidth() int {
	if m.width < wide {
		return shortLabel
	}
	return longLabel
}

// label says how the time goes, at a width that does not depend on it.
func (m *Model) label() string {
	sign, word := "▶", "playing"
	switch {
	case m.seeking:
		sign, word = "»", "going there"
	case m.state.Paused:
		sign, word = "‖", "paused"
	}
	said := " " + sign + " "
	if m.width >= wide {
		said += word + " "
	}
	if m.state.Speed != 1 {
		said += fmt.Sprintf("×%g ", m.state.Speed)
	}
	if m.unknown() {
		said += string(gapCell) + " "
		if m.width >= wide {
			said += "gap "
		}
	}
	return text.Fit(said, m.labelWidth())
}

// unknown tells that the recording does not know everything of the present moment.
func (m *Model) unknown() bool {
	_, in := m.state.Gap()
	return in
}

// clock is a time of the recording, with the day where it has several.
func (m *Model) clock(at time.Time) string {
	told := func(t time.Time) time.Time { return t.Add(m.ahead).In(m.zone) }
	begin, end := told(m.state.Begin), told(m.state.End)
	if begin.YearDay() != end.YearDay() || begin.Year() != end.Year() {
		return told(at).Format("01-02 15:04")
	}
	return told(at).Format(time.TimeOnly)
}

// bar is the first column of the bar and its width.
func (m *Model) bar() (x, width int) {
	ends := text.Width(m.clock(m.state.Begin))
	x = 1 + m.labelWidth() + 1 + ends + 1
	return x, max(m.width-x-ends-2, 1)
}

// Click gives the moment under a column of the line, if there is one.
func (m *Model) Click(x int) (time.Time, bool) {
	from, width := m.bar()
	if x < from || x >= from+width {
		return time.Time{}, false
	}
	if x == from+width-1 {
		return m.state.End, true
	}
	return m.state.Begin.Add(time.Duration(float64(m.span()) * float64(x-from) / float64(width))), true
}

func (m *Model) span() time.Duration { return m.state.End.Sub(m.state.Begin) }

// NeedsTick tells how soon the line changes by itself; ok is false while time stands still.
func (m *Model) NeedsTick() (wait time.Duration, ok bool) {
	const least = 100 * time.Millisecond
	if m.state.Paused || m.state.Speed <= 0 {
		return 0, false
	}
	toNext := time.Second - time.Duration(m.state.Now.Nanosecond())
	return max(least, time.Duration(float64(toNext)/m.state.Speed)), true
}
