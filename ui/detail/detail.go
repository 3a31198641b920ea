package detail

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/detail/yamldoc"
)

// Object is what the pane is to show.
type Object struct {
	ID              model.RowID
	Kind            string
	ResourceVersion string
	// Load reads the object's JSON, with metadata.managedFields where asked
	// for: they are not kept in memory as a rule, so that may take a request.
	// It is called off the program loop and ends when ctx does.
	Load func(ctx context.Context, managedFields bool) ([]byte, error)
}

// RevealMsg asks for the object as it is, for one look: hand it to
// ShowRevealed.
type RevealMsg struct {
	ID model.RowID
	// ManagedFields tells whether they are to be shown.
	ManagedFields bool
}

// Model is the pane. Make one with [New].
type Model struct {
	theme         *theme.Theme
	width, height int
	focused       bool

	want    Object          // what is to be shown
	loadCtx context.Context // ends loads that later keys start
	managed bool            // with managedFields
	job     *job            // the load that is under way
	shown   shown
	deleted deleted
	reveal  reveal

	query yamldoc.Query
	hits  []int // lines of the document that the query matches

	cursor int // line under the cursor
	top    int // first visible line
	left   int // cells scrolled to the right

	frame frame
}

// shown is what the screen shows, which may be older than what is wanted.
type shown struct {
	doc     *yamldoc.Document // nil for none
	key     key
	kind    string
	problem string // why there is no document, or no newer one

	changes yamldoc.Changes
	// seen is when the changes were first drawn, zero before.
	seen time.Time
}

// deleted is the object that is known to be gone, and since when.
type deleted struct {
	id   model.RowID
	at   time.Time // by the local clock
	told time.Time
}

// New makes an empty pane.
func New(t *theme.Theme) *Model { return &Model{theme: t} }

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) {
	m.theme = t
	m.touch()
}

// SetSize sets the size in cells.
func (m *Model) SetSize(width, height int) {
	if m.width == width && m.height == height {
		return
	}
	m.width, m.height = width, height
	m.keepInSight()
}

// SetFocused tells whether the pane hears the keys.
func (m *Model) SetFocused(focused bool) {
	m.focused = focused
	m.touch()
}

// SetDeleted tells that an object is gone since a moment of the local clock, which
// is told by a clock that is ahead of it. It stays on screen until another is shown.
func (m *Model) SetDeleted(id model.RowID, at time.Time, ahead time.Duration) {
	if m.deleted.id != id || !m.deleted.at.Equal(at) {
		m.deleted = deleted{id, at, at.Add(ahead)}
		m.touch()
	}
}

// Clear empties the pane: no object is selected.
func (m *Model) Clear() {
	if m.want.Load == nil && m.shown.doc == nil {
		return
	}
	m.stop()
	m.ForgetRevealed()
	m.want, m.shown, m.deleted, m.hits = Object{}, shown{}, deleted{}, nil
	m.moveTo(0)
}

// document is what is on screen now.
func (m *Model) document() *yamldoc.Document {
	if m.reveal.doc != nil {
		return m.reveal.doc
	}
	return m.shown.doc
}

// Do carries out an action of the pane. Actions that are not its own do
// nothing. What was revealed is forgotten.
func (m *Model) Do(action keymap.Action) tea.Cmd {
	m.ForgetRevealed()
	if m.shown.doc == nil && action != keymap.ManagedFields {
		return nil
	}
	if m.move(action) {
		return nil
	}
	switch action {
	case keymap.NextMatch:
		m.nextMatch(1)
	case keymap.PrevMatch:
		m.nextMatch(-1)
	case keymap.CopyAll:
		return m.copyAll()
	case keymap.CopyPath:
		return m.copyPath()
	case keymap.CopyValue:
		return m.copyValue()
	case keymap.ManagedFields:
		return m.toggleManaged()
	case keymap.Reveal:
		return m.askReveal()
	}
	return nil
}

// Refuses says why an action does nothing now.
func (m *Model) Refuses(action keymap.Action) string {
	isStep := action == keymap.NextMatch || action == keymap.PrevMatch
	switch {
	case isStep && !m.Searching():
		return "nothing is searched for"
	case isStep && m.shown.doc != nil && len(m.hits) == 0:
		return "nothing is found"
	case action == keymap.ScrollLeft && m.left == 0:
		return "the lines begin here"
	case action == keymap.ScrollRight && m.shown.doc != nil && !m.moreAtRight():
		return "no line in sight goes on at the right"
	case m.shown.doc == nil && slices.Contains([]keymap.Action{keymap.CopyAll, keymap.CopyPath, keymap.CopyValue, keymap.Reveal}, action):
		return "no YAML is shown"
	}
	return ""
}

// Update takes the results of the pane's own commands; it ignores all other
// messages.
func (m *Model) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case loadedMsg:
		return m.loaded(msg)
	case revealedMsg:
		m.revealed(msg)
	case foundMsg:
		m.found(msg)
	}
	return nil
}
