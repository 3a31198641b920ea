// Package relations is the page of the pane that tells what an object relates to, live: its owners, what it owns, what it refers to and
// selects, and what selects it or refers to it. What is needed for that is watched for as long as the page is to be seen.
package relations

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/live"
	"github.com/dogwatch/dogwatch/workspace"
)

// Object is what the page is to tell of.
type Object struct {
	Of   versions.Object
	Kind string
	// Open begins to follow its relations. It is called in a command.
	Open func() (live.Source[[]workspace.Related], error)
}

// GoMsg asks to show an object of the cluster that the page is of.
type GoMsg struct {
	Cluster string
	Item    relation.Item
}

// Model is the page. Make one with [New].
type Model struct {
	theme         *theme.Theme
	width, height int
	focused       bool

	kind   string
	live   live.Follower[versions.Object, []workspace.Related]
	lines  []line
	cursor relation.ID
	index  int // of the cursor's line
	top    int
	chosen bool // the cursor was moved: until then it is on the object itself
}

// line is a line of the page: a heading, or an item.
type line struct {
	heading string
	item    int // in what was read; -1 for a heading
}

// New makes an empty page.
func New(t *theme.Theme) *Model { return &Model{theme: t} }

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the size in cells.
func (m *Model) SetSize(width, height int) { m.width, m.height = width, height; m.settle() }

// SetFocused tells whether the page hears the keys.
func (m *Model) SetFocused(focused bool) { m.focused = focused }

// Show tells of an object from now on. What is shown already costs nothing, so it may be called on each frame.
func (m *Model) Show(now time.Time, o Object) tea.Cmd {
	m.kind = o.Kind
	if wanted, ok := m.live.Wanted(); ok && wanted == o.Of {
		return nil
	}
	m.clear()
	return m.live.Want(now, o.Of, o.Open)
}

// Hide follows nothing any more: the page is not to be seen.
func (m *Model) Hide() tea.Cmd {
	m.clear()
	return m.live.Leave()
}

func (m *Model) clear() { m.lines, m.index, m.top, m.chosen = nil, 0, 0, false }

// Poll reads the relations again where there are others. It may be called on each frame.
func (m *Model) Poll(now time.Time) tea.Cmd { return m.live.Poll(now) }

// NeedsTick tells how long after now the page looks different though nothing has happened.
func (m *Model) NeedsTick(now time.Time) (time.Duration, bool) { return m.live.NeedsTick(now) }

// Update takes the results of the page's own commands; it ignores all other messages.
func (m *Model) Update(now time.Time, msg tea.Msg) tea.Cmd {
	cmd, mine := m.live.Update(now, msg)
	if mine {
		m.take()
	}
	return cmd
}

// headings stand above the items of a kind of relation.
var headings = map[relation.How]string{
	relation.RefersTo: "refers to", relation.Selects: "selects", relation.SelectedBy: "selected by", relation.ReferredBy: "referred to by",
	relation.NotKnown: "not watched then, so not known",
}

// take lays out what was read. The cursor stays on its object.
func (m *Model) take() {
	m.lines = m.lines[:0]
	last := relation.Subject
	for i, it := range m.live.Value {
		if heading := headings[it.How]; heading != "" && it.How != last {
			m.lines = append(m.lines, line{heading, -1})
		}
		last = it.How
		m.lines = append(m.lines, line{item: i})
	}
	if !m.chosen {
		wanted, _ := m.live.Wanted()
		m.cursor = relation.ID{Type: wanted.GVR.GroupResource(), Key: wanted.Key}
	}
	for i, l := range m.lines {
		if l.item >= 0 && m.live.Value[l.item].ID == m.cursor {
			m.index = i
			break
		}
	}
	m.settle()
}

// rows is how many lines are in sight.
func (m *Model) rows() int { return max(m.height-headLines, 1) }

// settle keeps the cursor on an item, and in sight.
func (m *Model) settle() {
	n := len(m.lines)
	if n == 0 {
		return
	}
	m.index = max(0, min(m.index, n-1))
	if m.lines[m.index].item < 0 { // a heading always has an item behind it
		m.index++
	}
	m.top = max(0, min(m.top, n-m.rows(), m.index))
	m.top = max(m.top, m.index-m.rows()+1)
	m.cursor = m.live.Value[m.lines[m.index].item].ID
}

func (m *Model) move(by int) {
	m.chosen = true
	if to := m.index + by; by < 0 && to >= 0 && to < len(m.lines) && m.lines[to].item < 0 {
		by-- // over the heading
	}
	m.index += by
	m.settle()
}

// Do carries out an action of the page. done is false for what is not its own.
func (m *Model) Do(action keymap.Action) (cmd tea.Cmd, done bool) {
	page := max(1, m.rows()-1)
	switch action {
	case keymap.Accept:
		return m.enter(), true
	case keymap.Up:
		m.move(-1)
	case keymap.Down:
		m.move(1)
	case keymap.PageUp:
		m.move(-page)
	case keymap.PageDown:
		m.move(page)
	case keymap.HalfUp:
		m.move(-page / 2)
	case keymap.HalfDown:
		m.move(page / 2)
	case keymap.Top:
		m.move(-len(m.lines))
	case keymap.Bottom:
		m.move(len(m.lines))
	default:
		return nil, false
	}
	return nil, true
}

// enter asks for the object under the cursor.
func (m *Model) enter() tea.Cmd {
	wanted, ok := m.live.Wanted()
	if !ok || m.index >= len(m.lines) || m.lines[m.index].item < 0 {
		return nil
	}
	it := m.live.Value[m.lines[m.index].item]
	if it.More > 0 || it.Object == nil {
		return nil
	}
	return func() tea.Msg { return GoMsg{wanted.Cluster, it.Item} }
}

// Scroll moves by lines, as the mouse wheel asks for.
func (m *Model) Scroll(lines int) { m.move(lines) }

// Click puts the cursor on a line.
func (m *Model) Click(_, y int) {
	if at := m.top + y - headLines; y >= headLines && at < len(m.lines) {
		m.move(at - m.index)
	}
}
