// Package relations is the page of the pane that tells what an object relates to, live: its owners, what it owns, what it refers to and
// selects, and what selects it or refers to it. What is needed for that is watched for as long as the page is to be seen.
package relations

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/cursor"
	"github.com/dogwatch/dogwatch/ui/live"
	"github.com/dogwatch/dogwatch/ui/text"
	"github.com/dogwatch/dogwatch/workspace"
)

// Object is what the page is to tell of.
type Object struct {
	Of   versions.Object
	Kind string
	// IsPast tells that it is told of a past moment.
	IsPast bool
	// Open begins to follow its relations. It is called in a command.
	Open func() (live.Source[[]workspace.Related], error)
}

// GoMsg asks to show an object of the cluster that the page is of; without a name, all of the type in the namespace, or in all namespaces.
type GoMsg struct {
	Cluster string
	Item    relation.Item
}

// Model is the page. Make one with [New].
type Model struct {
	theme         *theme.Theme
	keys          *keymap.Keymap
	width, height int
	focused       bool

	kind   string
	isPast bool
	live   live.Follower[versions.Object, []workspace.Related]
	rows   []row
	rowOf  []int       // of each item
	object relation.ID // under the cursor
	cursor cursor.Lines
	chosen bool // the cursor was moved: until then it is on the object itself
}

// row is a line of the page: a heading, or an item.
type row struct {
	heading string
	item    int // in what was read; -1 for a heading
}

// New makes an empty page.
func New(t *theme.Theme, keys *keymap.Keymap) *Model { return &Model{theme: t, keys: keys} }

// IsEmpty tells that there is nothing to put the cursor on.
func (m *Model) IsEmpty() bool { return len(m.rows) == 0 }

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the size in cells.
func (m *Model) SetSize(width, height int) { m.width, m.height = width, height; m.fit() }

// SetFocused tells whether the page hears the keys.
func (m *Model) SetFocused(focused bool) { m.focused = focused }

// Show tells of an object from now on. What is shown already costs nothing, so it may be called on each frame.
func (m *Model) Show(now time.Time, o Object) tea.Cmd {
	m.kind, m.isPast = o.Kind, o.IsPast
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

func (m *Model) clear() { m.rows, m.rowOf, m.cursor, m.chosen = nil, nil, cursor.Lines{}, false }

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
	relation.NotKnown: "which of these relate to it is not known",
}

// take lays out what was read. The cursor stays on its object.
func (m *Model) take() {
	m.rows, m.rowOf = m.rows[:0], m.rowOf[:0]
	last := relation.Subject
	for i, it := range m.live.Value {
		if heading := headings[it.How]; heading != "" && it.How != last {
			m.rows = append(m.rows, row{heading, -1})
		}
		last = it.How
		m.rowOf = append(m.rowOf, len(m.rows))
		m.rows = append(m.rows, row{item: i})
	}
	if !m.chosen {
		wanted, _ := m.live.Wanted()
		m.object = relation.ID{Type: wanted.GVR.GroupResource(), Key: wanted.Key}
	}
	m.fit()
	is := func(it workspace.Related) bool { return it.ID == m.object }
	if it, ok := m.under(); ok && !is(it) {
		if i := slices.IndexFunc(m.live.Value, is); i >= 0 {
			m.cursor.To(i)
		}
	}
	m.choose()
}

// fit fits the cursor to what there is. The first of the items below a heading is seen with it.
func (m *Model) fit() {
	m.cursor.FitRows(len(m.rowOf), len(m.rows), max(m.height-headLines, 1), func(item int) (first, last int) {
		at := m.rowOf[item]
		if at > 0 && m.rows[at-1].item < 0 {
			return at - 1, at
		}
		return at, at
	})
}

// choose takes the object that the cursor is on.
func (m *Model) choose() {
	if it, ok := m.under(); ok {
		m.object = it.ID
	}
}

// under is the item under the cursor.
func (m *Model) under() (workspace.Related, bool) {
	if len(m.rowOf) == 0 {
		return workspace.Related{}, false
	}
	return m.live.Value[m.cursor.Index()], true
}

// Do carries out an action of the page. done is false for what is not its own.
func (m *Model) Do(action keymap.Action) (cmd tea.Cmd, done bool) {
	if action == keymap.Accept {
		return m.enter(), true
	}
	return nil, m.move(m.cursor.Do(action))
}

// Refuses says why an action does nothing: there is nothing to go to.
func (m *Model) Refuses(action keymap.Action) string {
	it, ok := m.under()
	switch {
	case action != keymap.Accept:
		return ""
	case !ok:
		return "nothing is under the cursor"
	case it.More > 0:
		return "of so many only these are listed"
	case it.Object != nil || m.isToWatch(&it):
		return ""
	case it.Presence == workspace.Missing:
		return text.Clean(it.ID.Name) + " is not there, so there is nothing to go to"
	case it.ID.Name == "" && it.Presence == workspace.Hidden:
		return it.ID.Type.String() + " may not be read, so there is nothing to go to"
	case it.Presence == workspace.Hidden:
		return text.Clean(it.ID.Name) + " may not be read, so there is nothing to go to"
	case it.Presence == workspace.Unwatched:
		return "it was not watched then, so there is nothing to go to"
	}
	return "it has not been read yet"
}

// move notes that the cursor was moved, if it was.
func (m *Model) move(moved bool) bool {
	if moved {
		m.chosen = true
		m.choose()
	}
	return moved
}

// isToWatch tells that a line stands for a type that is not watched, and may be.
func (m *Model) isToWatch(it *workspace.Related) bool {
	return !m.isPast && it.How == relation.NotKnown && it.Presence == workspace.Unwatched
}

// enter asks for the object under the cursor.
func (m *Model) enter() tea.Cmd {
	wanted, ok := m.live.Wanted()
	it, found := m.under()
	if !ok || !found || it.More > 0 || it.Object == nil && !m.isToWatch(&it) {
		return nil
	}
	return func() tea.Msg { return GoMsg{wanted.Cluster, it.Item} }
}

// Scroll moves by lines, as the mouse wheel asks for.
func (m *Model) Scroll(lines int) {
	m.cursor.By(lines)
	m.move(true)
}

// Click puts the cursor on a line.
func (m *Model) Click(_, y int) {
	if at, ok := m.cursor.At(y - headLines); ok {
		m.cursor.To(at)
		m.move(true)
	}
}
