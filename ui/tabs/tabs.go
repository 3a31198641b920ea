// Package tabs is the line of tabs: for each its number, what it shows, how
// much, what has changed since it was last looked at and, where it is not live,
// how it is. Where they don't all fit they scroll; the current one stays in
// sight.
package tabs

import (
	"strconv"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model/heat"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/phase"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// Tab is one tab as the line shows it.
type Tab struct {
	ID    workspace.TabID
	Title string
	Count int
	// Changes counts what has happened since the tab was last looked at.
	Changes int
	// State is that of the watch that wants most attention.
	State informers.State
	// Broken tells that the tab's types could not be resolved.
	Broken bool
	Filter string
	// Heat is how many changes there were in each of the last minutes. It is drawn where IsWarm and where there is room.
	Heat   heat.Minutes
	IsWarm bool
}

// Of makes the Tab of a workspace's tab. changes counts those since it was last
// looked at.
func Of(tab workspace.Tab, changes int, filter string) Tab {
	t := Tab{
		ID: tab.ID, Title: tab.Title, Changes: changes, Filter: filter, Broken: tab.Problem != "",
		State: informers.State{Phase: informers.WaitingForDiscovery},
	}
	states := make([]informers.State, len(tab.Sources))
	for i, s := range tab.Sources {
		states[i] = s.State
		t.Count += s.Count
	}
	if len(states) > 0 {
		t.State = phase.Worst(states)
	}
	return t
}

// Model is the line of tabs. It belongs to the program loop.
type Model struct {
	theme   *theme.Theme
	addKey  string // opens the picker
	width   int
	tabs    []Tab
	current int // index of the current tab
	first   int // index of the first tab in sight
	now     time.Time
	hits    []hit
}

// hit is what a click between two cells of the line reaches.
type hit struct {
	from, to int
	tab      workspace.TabID
}

const (
	addWord = "add"
	// longestTitle is how much of a title is shown at most, in cells.
	longestTitle = 28
	// bytesPerCell is about what a line takes with its styles.
	bytesPerCell = 4
)

// New makes an empty line.
func New(t *theme.Theme, keys *keymap.Keymap) *Model {
	return &Model{theme: t, addKey: keys.KeyOf(keymap.Global, keymap.OpenPicker)}
}

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the width in cells; the line is always one line high.
func (m *Model) SetSize(width, _ int) { m.width = width }

// SetTabs shows tabs as they are at a moment of the local clock.
func (m *Model) SetTabs(tabs []Tab, current workspace.TabID, now time.Time) {
	m.tabs, m.now = tabs, now
	for i, t := range tabs {
		if t.ID == current {
			m.current = i
		}
	}
	m.current = max(0, min(m.current, len(tabs)-1))
}

// LastIndex is the index that the current tab had when it was last shown.
func (m *Model) LastIndex() int { return m.current }

// Click tells which tab is at a cell of the line. The marks of a line that
// scrolls stand for the next tab out of sight.
func (m *Model) Click(x int) (workspace.TabID, bool) {
	for _, h := range m.hits {
		if x >= h.from && x < h.to {
			return h.tab, true
		}
	}
	return 0, false
}

// ClickAdd tells whether "add" is at a cell of the line.
func (m *Model) ClickAdd(x int) bool {
	return x >= m.width-m.addWidth() && x < m.width
}

func (m *Model) addWidth() int { return 1 + text.Width(m.addKey) + 1 + len(addWord) + 1 }

// View draws the line, exactly as wide as it was set.
func (m *Model) View() string {
	m.hits = m.hits[:0]
	room := max(0, m.width-m.addWidth()-2) // a mark at each end
	labels, used := m.labels(timeline.HeatMinutes)
	for _, minutes := range []int{timeline.HeatMinutes / 2, 0} {
		if used > room {
			labels, used = m.labels(minutes)
		}
	}
	last := m.inSight(labels, room)

	var b strings.Builder
	b.Grow(bytesPerCell * m.width)
	x := 1
	b.WriteString(m.mark("‹", m.first > 0, 0, m.first-1))
	for i := m.first; i < last; i++ {
		l := labels[i].cutTo(room - (x - 1))
		l.render(&b)
		m.hits = append(m.hits, hit{x, x + l.width, m.tabs[i].ID})
		x += l.width
	}
	b.WriteString(text.Spaces(room + 1 - x))
	b.WriteString(m.mark("›", last < len(m.tabs), room+1, last))
	b.WriteString(" " + m.theme.Key.Render(m.addKey) + " " + m.theme.KeyHint.Render(addWord) + " ")
	return b.String()
}

// inSight moves the first tab in sight so that the current one is, too, and
// gives the index after the last. Only whole tabs are in sight, save where one
// alone is too wide.
func (m *Model) inSight(labels []label, room int) (last int) {
	m.first = max(0, min(m.first, m.current))
	for {
		used, i := 0, m.first
		for i < len(labels) && (used+labels[i].width <= room || i == m.first) {
			used += labels[i].width
			i++
		}
		if i > m.current || m.first >= m.current {
			return m.backfill(labels, i, room-used)
		}
		m.first++
	}
}

// backfill takes tabs back in at the left where the last one is in sight and
// room is left over.
func (m *Model) backfill(labels []label, last, left int) int {
	for last == len(labels) && m.first > 0 && labels[m.first-1].width <= left {
		m.first--
		left -= labels[m.first].width
	}
	return last
}

// mark is a sign at x that there is a tab out of sight, or a space.
func (m *Model) mark(sign string, shown bool, x, index int) string {
	if !shown || index < 0 || index >= len(m.tabs) {
		return " "
	}
	m.hits = append(m.hits, hit{x, x + 1, m.tabs[index].ID})
	return m.theme.Accent.Render(sign)
}

// labels makes the texts of all tabs, with the heat of so many minutes, and tells how many cells they take.
func (m *Model) labels(minutes int) (labels []label, used int) {
	labels = make([]label, len(m.tabs))
	for i, t := range m.tabs {
		labels[i] = m.label(i, t, minutes)
		used += labels[i].width
	}
	return labels, used
}

// label makes the text of a tab.
func (m *Model) label(i int, tab Tab, minutes int) label {
	t := m.theme
	var ground theme.Style
	if i == m.current {
		ground = t.TabCurrent
	}
	l := newLabel(ground)
	l.add(" ", theme.Style{})
	l.add(strconv.Itoa(i+1), t.Tab)
	title := theme.Style{}
	if i != m.current && tab.Changes == 0 {
		title = t.Tab
	}
	l.add(" "+text.Truncate(tab.Title, longestTitle), title)
	m.addState(&l, tab)
	if tab.Changes > 0 {
		l.add(" ~"+phase.Count(tab.Changes), t.Accent)
	}
	if tab.Filter != "" {
		l.add(" /"+text.Truncate(tab.Filter, longestTitle), t.Accent)
	}
	if tab.IsWarm && minutes > 0 {
		l.add(" "+graphOf(tab.Heat[len(tab.Heat)-minutes:]), t.Tab)
	}
	l.add(" ", theme.Style{})
	return l
}

// addState adds how much a tab holds and, where it is not live, how it is.
func (m *Model) addState(l *label, tab Tab) {
	p := tab.State.Phase
	switch {
	case tab.Broken:
		l.add(" ✖", m.theme.Trouble)
		return
	case p == informers.Live || p != informers.Listing && tab.Count > 0:
		l.add(" "+phase.Count(tab.Count), m.theme.Tab)
	}
	if p != informers.Live {
		l.add(" "+phase.Glyph(p)+" "+phase.Brief(tab.State, m.now), phase.Style(m.theme, p))
	}
}
