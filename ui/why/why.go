// Package why is the page of the pane that tells why an object is not well, live: from it down to the cause, what the server says of that, and what
// changed before it and by whom.
package why

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/versions"
	cause "github.com/dogwatch/dogwatch/model/why"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/cursor"
	"github.com/dogwatch/dogwatch/ui/live"
	"github.com/dogwatch/dogwatch/ui/text"
)

// Object is what the page is to tell of.
type Object struct {
	Of   versions.Object
	Kind string
	// Open begins to follow why it is as it is. It is called in a command.
	Open func() (live.Source[*cause.Answer], error)
}

// GoMsg asks to show an object of the cluster that the page is of.
type GoMsg struct {
	Cluster string
	Item    relation.Item
}

// ChangeMsg asks to show a change of an object of that cluster.
type ChangeMsg struct {
	Cluster string
	Change  cause.Change
}

// Model is the page. Make one with [New].
type Model struct {
	theme         *theme.Theme
	keys          *keymap.Keymap
	width, height int
	focused       bool
	ahead         time.Duration // of the cluster's clock
	changesAhead  time.Duration // of the clock that is told, of the one by which changes are dated

	isElsewhere bool // not where the list's cursor is

	kind   string
	readAt time.Time // when what is shown was read, by the local clock
	live   live.Follower[versions.Object, *cause.Answer]
	page   layout
	cursor cursor.Lines
}

// New makes an empty page.
func New(t *theme.Theme, keys *keymap.Keymap) *Model { return &Model{theme: t, keys: keys} }

// IsEmpty tells that there is nothing to put the cursor on.
func (m *Model) IsEmpty() bool { return len(m.page.lines) == 0 }

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the size in cells.
func (m *Model) SetSize(width, height int) {
	m.width, m.height = width, height
	m.layOut()
}

// SetFocused tells whether the page hears the keys.
func (m *Model) SetFocused(focused bool) { m.focused = focused }

// SetClock tells how far the cluster's clock is ahead of the local one, and the clock that times are told by of the one by which changes are dated.
func (m *Model) SetClock(ahead, changesAhead time.Duration) {
	m.ahead, m.changesAhead = ahead, changesAhead
}

// SetElsewhere tells that the list's cursor is on another object.
func (m *Model) SetElsewhere(is bool) { m.isElsewhere = is }

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

func (m *Model) clear() { m.page, m.cursor = layout{}, cursor.Lines{} }

// Poll reads the answer again where there is another. It may be called on each frame.
func (m *Model) Poll(now time.Time) tea.Cmd { return m.live.Poll(now) }

// Update takes the results of the page's own commands; it ignores all other messages.
func (m *Model) Update(now time.Time, msg tea.Msg) tea.Cmd {
	cmd, mine := m.live.Update(now, msg)
	if mine {
		m.readAt = now
		m.layOut()
	}
	return cmd
}

// Do carries out an action of the page. done is false for what is not its own.
func (m *Model) Do(action keymap.Action) (cmd tea.Cmd, done bool) {
	if action == keymap.Accept {
		return m.enter(), true
	}
	return nil, m.cursor.Do(action)
}

// Refuses says why an action does nothing: there is nothing to go to.
func (m *Model) Refuses(action keymap.Action) string {
	at := m.cursor.Index()
	switch {
	case action != keymap.Accept:
		return ""
	case at >= len(m.page.lines):
		return "nothing is under the cursor"
	}
	l := m.page.lines[at]
	if l.change != nil || l.step.Object != nil {
		return ""
	}
	name := text.Clean(l.step.ID.Name)
	switch l.step.Presence {
	case cause.Missing:
		return name + " is not there, so there is nothing to go to"
	case cause.Hidden:
		return name + " may not be read, so there is nothing to go to"
	case cause.Unwatched:
		return name + " was not watched then, so there is nothing to go to"
	}
	return name + " has not been read yet"
}

// enter asks for what is under the cursor: an object, or a change.
func (m *Model) enter() tea.Cmd {
	wanted, ok := m.live.Wanted()
	at := m.cursor.Index()
	if !ok || at >= len(m.page.lines) {
		return nil
	}
	switch l := m.page.lines[at]; {
	case l.change != nil:
		change := *l.change
		return func() tea.Msg { return ChangeMsg{wanted.Cluster, change} }
	case l.step.Object != nil:
		item := l.step.Item
		return func() tea.Msg { return GoMsg{wanted.Cluster, item} }
	}
	return nil
}

// Scroll moves by lines, as the mouse wheel asks for.
func (m *Model) Scroll(lines int) { m.cursor.By(lines) }

// Click puts the cursor on what is at a row.
func (m *Model) Click(_, y int) {
	if at, ok := m.cursor.At(y - headLines); ok {
		m.cursor.To(at)
	}
}
