// Package grid is the list: the rows of one tab in columns, with a cursor that
// belongs to an object and not to a line.
//
// It reads its view in windows of what is visible, so nothing here grows with
// the cluster. What it draws is kept until something it shows has changed: the
// view, the size, or the second hand of an age. A Model belongs to the program
// loop and is not safe for concurrent use.
package grid

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/workspace"
)

// View is what the grid asks of a model.View.
type View interface {
	Window(from, n int) model.Window
	At(index int) (model.Row, bool)
	Find(id model.RowID) (index int, ok bool)
	Get(id model.RowID) (model.Row, bool)
	SetSpec(spec model.Spec)
}

// Model is the list of one tab.
type Model struct {
	keys          *keymap.Keymap
	look          *look
	width, height int
	focused       bool
	// ahead is how far the server's clock is ahead of the local one.
	ahead time.Duration
	// received is that of the clock by which cells are dated.
	received time.Duration

	tab  workspace.Tab
	view View
	spec model.Spec

	wide    bool
	heat    Heat // nil where it is not shown
	columns []column
	scroll  int // columns scrolled out at the left
	placed  []placed
	more    bool // columns are left out at the right
	cursor  cursor
	rows    int  // lines of the last frame that held rows
	banner  bool // its last line dated them
	cells   []string
	pen     pen
	frame   frame
	// shows is what of the view the last frame showed, stirredAt since when.
	shows     sight
	stirredAt time.Time
	kept      kept
	unchosen  bool // the user has not moved the cursor: it stays on the first row
}

// frame is what was drawn last and how long it stays true.
type frame struct {
	text    string
	valid   bool
	version uint64
	heat    uint64    // its version
	until   time.Time // when it changes by itself, zero for never
}

// sight is the part of a view that a frame shows.
type sight struct {
	view       View
	version    uint64
	from, rows int
}

// CopiedMsg tells that a name was put on the clipboard.
type CopiedMsg struct{ Name string }

// FoundMsg is the answer to a search for a row of a tab. Where OK is not set
// there is none; else hand it to the tab's grid by Found.
type FoundMsg struct {
	Tab workspace.TabID
	Row model.RowID
	OK  bool
	// Hidden is how many objects there are, where OK is not set, that the
	// filter leaves out.
	Hidden int
}

// New makes an empty grid.
func New(t *theme.Theme, keys *keymap.Keymap) *Model {
	return &Model{keys: keys, look: newLook(t), focused: true, unchosen: true}
}

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) {
	m.look = newLook(t)
	m.frame.valid = false
}

// SetSize sets the size in cells.
func (m *Model) SetSize(width, height int) {
	if width == m.width && height == m.height {
		return
	}
	if width != m.width {
		m.forgetWidths()
	}
	m.width, m.height = width, height
	m.frame.valid = false
}

// SetFocused tells whether the grid hears the keys.
func (m *Model) SetFocused(focused bool) {
	if focused != m.focused {
		m.focused = focused
		m.frame.valid = false
	}
}

// SetClock tells how far two clocks are ahead of the local one: the server's, and that by which cells are dated as they are
// received.
func (m *Model) SetClock(ahead, received time.Duration) {
	if ahead != m.ahead || received != m.received {
		m.ahead, m.received = ahead, received
		m.frame.valid = false
	}
}

// SetTab shows a tab, or the newer state of the tab that is shown.
func (m *Model) SetTab(tab workspace.Tab) {
	if tab.View == nil { // a nil *model.View is not a nil View
		m.setSource(tab, nil)
		return
	}
	m.setSource(tab, tab.View)
}

// setSource is SetTab over any View.
func (m *Model) setSource(tab workspace.Tab, view View) {
	fresh := view != m.view
	same := !fresh && looksSame(&tab, &m.tab)
	m.tab, m.view = tab, view
	if same { // as in most frames of a screen with many tabs
		return
	}
	m.frame.valid = false
	m.setColumns(m.layOut())
	if !fresh {
		return
	}
	if !m.unchosen && m.cursor.index > 0 { // who goes into the past takes the cursor along
		m.kept = kept{m.cursor.id, m.cursor.index - m.cursor.top}
	}
	m.unchosen = true
	m.forgetWidths()
	m.pushSpec() // the view may have been made for another filter
}

// looksSame tells whether two states of a tab with the same view are drawn
// alike. What is said of a watch that is not live may change at any time.
func looksSame(a, b *workspace.Tab) bool {
	if a.Title != b.Title || a.Namespace != b.Namespace || a.Problem != b.Problem || a.Pending != b.Pending || a.Waits != b.Waits {
		return false
	}
	return slices.EqualFunc(a.Sources, b.Sources, func(s, t workspace.Source) bool {
		live := s.State.Phase == informers.Live && t.State.Phase == informers.Live
		return live && s.Name == t.Name && s.Kind == t.Kind && s.Namespaced == t.Namespaced &&
			s.Cluster == t.Cluster && s.Columns == t.Columns
	})
}

// SetFilter shows only what f matches.
func (m *Model) SetFilter(f model.Filter) {
	m.spec.Filter = f
	m.pushSpec()
}

// SetUnhealthyOnly shows only what is not healthy, or all again.
func (m *Model) SetUnhealthyOnly(on bool) {
	m.spec.MinLevel = model.Unknown
	if on {
		m.spec.MinLevel = model.Progressing
	}
	m.pushSpec()
}

// pushSpec asks the view for other rows or another order. A cursor that was on
// the first row stays there, for the user looks at what comes first.
func (m *Model) pushSpec() {
	m.unchosen = m.unchosen || m.cursor.index == 0
	m.frame.valid = false
	if m.view != nil {
		spec := m.spec
		spec.Sort = slices.Clone(spec.Sort)
		spec.Eager = m.unchosen
		m.view.SetSpec(spec)
	}
}

// Do carries out an action of the list. Actions that are not the grid's own do
// nothing.
func (m *Model) Do(action keymap.Action) tea.Cmd {
	m.frame.valid = false
	if m.move(action) || m.sortBy(action) {
		return nil
	}
	switch action {
	case keymap.ScrollLeft:
		m.scroll = max(0, m.scroll-1)
	case keymap.ScrollRight:
		if m.more {
			m.scroll = min(m.scroll+1, m.mostScroll())
		}
	case keymap.ToggleWide:
		m.wide = !m.wide
		m.setColumns(m.layOut())
	case keymap.CopyName:
		return m.copyName()
	case keymap.NextUnhealthy:
		return m.nextUnhealthy()
	}
	return nil
}

// Refuses says why an action does nothing now.
func (m *Model) Refuses(action keymap.Action) string {
	switch {
	case action == keymap.ScrollLeft && m.scroll == 0:
		return "there are no more columns at the left"
	case action == keymap.ScrollRight && (!m.more || m.scroll >= m.mostScroll()):
		return "there are no more columns at the right"
	case action == keymap.ToggleWide && m.isAsWide():
		return "there are no other columns for a wide list"
	}
	return ""
}

// isAsWide tells whether a wide list has the same columns as one that is not; they are not known before the server has told them.
func (m *Model) isAsWide() bool {
	isKnown := len(m.tab.Sources) > 0 && (!ofOneType(m.tab.Sources) || m.tab.Sources[0].Columns != nil)
	return isKnown && len(columnsOf(m.tab, true)) == len(columnsOf(m.tab, false))
}

// Selected gives the row under the cursor.
func (m *Model) Selected() (model.Row, model.RowID, bool) {
	if m.view == nil {
		return model.Row{}, model.RowID{}, false
	}
	m.follow()
	row, ok := m.view.At(m.cursor.index)
	if !ok {
		return model.Row{}, model.RowID{}, false
	}
	return row, row.ID(), true
}

// Position gives the place of the cursor, from 1, and the number of rows.
func (m *Model) Position() (at, of int) {
	if m.view == nil {
		return 0, 0
	}
	m.follow()
	n := m.view.Window(0, 0).Len
	return min(m.cursor.index+1, n), n
}

// NeedsTick tells how long after now the list looks different though nothing
// has changed but the time, false where it does not.
func (m *Model) NeedsTick(now time.Time) (time.Duration, bool) {
	if m.frame.until.IsZero() {
		return 0, false
	}
	return max(0, m.frame.until.Sub(now)), true
}

// View draws the list at a moment of the local clock: exactly as many lines and
// cells as SetSize said.
func (m *Model) View(now time.Time) string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	var version uint64
	if m.view != nil {
		version = m.view.Window(0, 0).Version
	}
	f, warmth := &m.frame, m.heatVersion()
	if f.valid && f.version == version && f.heat == warmth && (f.until.IsZero() || now.Before(f.until)) {
		return f.text
	}
	f.until = time.Time{}
	f.text = m.draw(now)
	f.valid, f.version, f.heat = true, version, warmth
	return f.text
}

// changesAt notes that what is drawn is true until t at most.
func (m *Model) changesAt(t time.Time) {
	if m.frame.until.IsZero() || t.Before(m.frame.until) {
		m.frame.until = t
	}
}

// copyName puts the name under the cursor on the clipboard.
func (m *Model) copyName() tea.Cmd {
	row, _, ok := m.Selected()
	if !ok {
		return nil
	}
	name := row.Object.Name
	return tea.Batch(
		tea.SetClipboard(name),
		func() tea.Msg { return CopiedMsg{Name: name} },
	)
}
