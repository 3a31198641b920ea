package history

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/cursor"
	"github.com/dogwatch/dogwatch/ui/live"
)

// Object is what the page is to tell of.
type Object struct {
	Of   versions.Object
	Kind string
	// Open begins to follow its versions. It is called in a command.
	Open func() (live.Source[*versions.List], error)
}

// Model is the page. Make one with [New].
type Model struct {
	ctx           context.Context // ends what commands work at
	theme         *theme.Theme
	width, height int
	focused       bool

	kind   string
	live   live.Follower[versions.Object, *versions.List]
	rows   []row
	cursor cursor.Lines // on a version
	marks  []versions.ID

	// moment is the one that is shown of the past, zero for the present; at is the version of then.
	moment time.Time
	at     versions.ID
	ahead  time.Duration                // of the clock that is told
	aim    func(*versions.Version) bool // tells the version whose difference is to be opened as soon as it is there; nil for none

	mode mode
	diff *diff // nil while the list is shown
}

// New makes an empty page. The end of ctx ends what its commands work at.
func New(ctx context.Context, t *theme.Theme) *Model { return &Model{ctx: ctx, theme: t} }

// IsEmpty tells that there is nothing to put the cursor on.
func (m *Model) IsEmpty() bool { return len(m.rows) == 0 }

// ShowsDifference tells that a difference is shown in place of the versions.
func (m *Model) ShowsDifference() bool { return m.diff != nil }

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the size in cells.
func (m *Model) SetSize(width, height int) {
	m.width, m.height = width, height
	m.fit()
}

// SetFocused tells whether the page hears the keys.
func (m *Model) SetFocused(focused bool) { m.focused = focused }

// SetClock tells how far the clock that times are told by is ahead of the one by which versions are dated. It may be called on each frame.
func (m *Model) SetClock(ahead time.Duration) {
	if ahead != m.ahead {
		m.ahead = ahead
		m.layOut()
	}
}

// Show tells of an object from now on. What is shown already costs nothing, so it may be called on each frame.
func (m *Model) Show(now time.Time, o Object) tea.Cmd {
	m.kind = o.Kind
	if wanted, ok := m.live.Wanted(); ok && wanted == o.Of {
		return nil
	}
	m.forget()
	return m.live.Want(now, o.Of, o.Open)
}

// Hide follows nothing any more: the page is not to be seen.
func (m *Model) Hide() tea.Cmd {
	m.forget()
	return m.live.Leave()
}

func (m *Model) forget() {
	m.closeDiff()
	m.rows, m.marks, m.cursor, m.at, m.aim = nil, nil, cursor.Lines{}, versions.ID{}, nil
}

// Poll reads the versions again where there are others. It may be called on each frame.
func (m *Model) Poll(now time.Time) tea.Cmd { return m.live.Poll(now) }

// NeedsTick tells how long after now Poll has something to do though nothing has happened.
func (m *Model) NeedsTick(now time.Time) (time.Duration, bool) { return m.live.NeedsTick(now) }

// Update takes the results of the page's own commands; it ignores all other messages.
func (m *Model) Update(now time.Time, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(comparedMsg); ok {
		m.compared(msg)
		return nil
	}
	id, had := m.under()
	cmd, mine := m.live.Update(now, msg)
	if mine {
		m.take(id, had)
		cmd = tea.Batch(cmd, m.hit())
	}
	return cmd
}

// Aim has the difference opened that a change of the timeline made, as soon as it is there. It is for the object that was shown last.
func (m *Model) Aim(seq uint64) {
	m.aim = func(v *versions.Version) bool { return v.ID.Seq == seq && v.ID.Kind != versions.Found }
}

// hit opens the difference that is aimed at.
func (m *Model) hit() tea.Cmd {
	if m.list() == nil || m.aim == nil {
		return nil
	}
	aim := m.aim
	m.aim = nil
	for i := range m.list().Versions {
		if aim(&m.list().Versions[i]) {
			m.cursor.To(i)
			return m.openDiff()
		}
	}
	return nil
}

// list is the versions that are shown, nil while there are none.
func (m *Model) list() *versions.List { return m.live.Value }

// under is the version under the cursor.
func (m *Model) under() (versions.ID, bool) {
	at := m.cursor.Index()
	if m.list() == nil || at >= len(m.list().Versions) {
		return versions.ID{}, false
	}
	return m.list().Versions[at].ID, true
}

// take lays out the list that came. The cursor stays on its version; at the newest it follows what is new only while the list is not
// the user's: without the focus.
func (m *Model) take(id versions.ID, had bool) {
	m.layOut()
	if m.list() == nil {
		return
	}
	follows := m.focused || m.cursor.Index() > 0
	row := m.cursor.Row()
	m.fit()
	if at := m.list().Find(id); had && at >= 0 && follows {
		m.cursor.Place(at, row)
	}
	m.goToMoment()
	m.marks = slices.DeleteFunc(m.marks, func(id versions.ID) bool { return m.list().Find(id) < 0 })
}

// Do carries out an action of the page. done is false for what is not its own: a Back that has nothing to go back to belongs to the pane.
func (m *Model) Do(action keymap.Action) (cmd tea.Cmd, done bool) {
	switch action {
	case keymap.CopyPatch:
		return m.copyPatch(false), true
	case keymap.CopyUndo:
		return m.copyPatch(true), true
	case keymap.CopyDiff:
		return m.copyDiff(), true
	case keymap.DiffView:
		return m.nextMode(), true
	case keymap.Older:
		return m.step(1), true
	case keymap.Newer:
		return m.step(-1), true
	case keymap.MarkVersion:
		m.mark()
		return nil, true
	case keymap.Accept:
		if m.diff == nil {
			return m.openDiff(), true
		}
		m.closeDiff()
		return nil, true
	case keymap.Back:
		return nil, m.back()
	}
	if m.diff != nil {
		m.diff.move(action, m.page())
		return nil, true
	}
	m.cursor.Do(action)
	return nil, true
}

// Refuses says why an action does nothing now.
func (m *Model) Refuses(action keymap.Action) string {
	n := 0
	if m.list() != nil {
		n = len(m.list().Versions)
	}
	switch action {
	case keymap.NextMatch, keymap.PrevMatch, keymap.ScrollLeft, keymap.ScrollRight:
		if m.diff == nil {
			return "that is for a difference, which is opened from its version"
		}
		return m.refusesMove(action)
	case keymap.MarkVersion:
		if m.diff != nil {
			return "versions are marked in their list, behind the difference"
		}
	case keymap.Older:
		if n > 0 && m.cursor.Index() == n-1 {
			return "no older version is known"
		}
	case keymap.Newer:
		if n > 0 && m.cursor.Index() == 0 {
			return "this is the newest version"
		}
	}
	if n == 0 && slices.Contains([]keymap.Action{keymap.Accept, keymap.DiffView, keymap.MarkVersion, keymap.Older, keymap.Newer}, action) {
		return "no version of it is known"
	}
	return ""
}

// back undoes what was opened or marked last, and tells whether there was something.
func (m *Model) back() bool {
	switch {
	case m.diff != nil:
		m.closeDiff()
	case len(m.marks) > 0:
		m.marks = nil
	default:
		return false
	}
	return true
}

// mark marks the version under the cursor, or takes the mark away. Of three the first goes.
func (m *Model) mark() {
	id, ok := m.under()
	if !ok || m.diff != nil {
		return
	}
	if i := slices.Index(m.marks, id); i >= 0 {
		m.marks = slices.Delete(m.marks, i, i+1)
		return
	}
	m.marks = append(m.marks, id)
	if len(m.marks) > 2 {
		m.marks = m.marks[1:]
	}
}

// step goes to an older or newer version; an open difference goes along.
func (m *Model) step(by int) tea.Cmd {
	if m.list() == nil {
		return nil
	}
	m.cursor.By(by)
	if m.diff == nil {
		return nil
	}
	m.marks = nil
	return m.openDiff()
}
