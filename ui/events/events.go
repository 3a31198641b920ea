// Package events is the page of the pane that tells the Events of one object, live, the newest first, with their whole messages. They are
// watched for as long as the page is to be seen.
package events

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/live"
	"github.com/dogwatch/dogwatch/ui/scroll"
	"github.com/dogwatch/dogwatch/workspace"
)

// Source is what the page shows: the Events, and what their watch is doing.
type Source interface {
	live.Source[[]workspace.Event]
	State() informers.State
}

// Object is what the page is to tell of.
type Object struct {
	Of   versions.Object
	Kind string
	// Open begins to watch its Events. It is called in a command.
	Open func() (Source, error)
}

// Model is the page. Make one with [New].
type Model struct {
	theme         *theme.Theme
	width, height int
	ahead         time.Duration // of the cluster's clock

	kind   string
	live   live.Follower[versions.Object, []workspace.Event]
	lines  []line
	laidIn int // the width that lines are for
	scroll scroll.Lines
}

// New makes an empty page.
func New(t *theme.Theme) *Model { return &Model{theme: t} }

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the size in cells.
func (m *Model) SetSize(width, height int) {
	m.width, m.height = width, height
	if width != m.laidIn {
		m.layOut()
	}
}

// SetFocused tells whether the page hears the keys; it looks the same.
func (m *Model) SetFocused(bool) {}

// SetClock tells how far the cluster's clock is ahead of the local one.
func (m *Model) SetClock(ahead time.Duration) { m.ahead = ahead }

// Show tells of an object from now on. What is shown already costs nothing, so it may be called on each frame.
func (m *Model) Show(now time.Time, o Object) tea.Cmd {
	m.kind = o.Kind
	if wanted, ok := m.live.Wanted(); ok && wanted == o.Of {
		return nil
	}
	m.lines = nil
	m.scroll.To(0)
	return m.live.Want(now, o.Of, func() (live.Source[[]workspace.Event], error) {
		source, err := o.Open()
		if err != nil {
			return nil, err
		}
		return source, nil
	})
}

// Hide watches nothing any more: the page is not to be seen.
func (m *Model) Hide() tea.Cmd {
	m.lines = nil
	return m.live.Leave()
}

// Poll reads the Events again where there are others. It may be called on each frame.
func (m *Model) Poll(now time.Time) tea.Cmd { return m.live.Poll(now) }

// Update takes the results of the page's own commands; it ignores all other messages.
func (m *Model) Update(now time.Time, msg tea.Msg) tea.Cmd {
	cmd, mine := m.live.Update(now, msg)
	if mine {
		m.take()
	}
	return cmd
}

// take lays out the Events that came. What is at the top of the page stays there, unless that is the newest.
func (m *Model) take() {
	top := m.scroll.Top()
	var at place
	if top > 0 && top < len(m.lines) {
		at = m.placeOf(top)
	}
	m.layOut()
	if top == 0 {
		return
	}
	for i := range m.lines {
		if m.placeOf(i) == at {
			m.scroll.Fit(len(m.lines), m.page())
			m.scroll.To(i)
			return
		}
	}
}

// place is a line of an Event.
type place struct {
	key  model.Key
	part int
}

func (m *Model) placeOf(i int) place {
	return place{m.live.Value[m.lines[i].event].Key, m.lines[i].part}
}

// Do carries out an action of the page. done is false for what is not its own.
func (m *Model) Do(action keymap.Action) (cmd tea.Cmd, done bool) {
	m.scroll.Fit(len(m.lines), m.page())
	return nil, m.scroll.Do(action, m.page())
}

// Scroll moves the page by lines, as the mouse wheel asks for.
func (m *Model) Scroll(lines int) {
	m.scroll.Fit(len(m.lines), m.page())
	m.scroll.By(lines)
}

// Click does nothing: there is nothing to choose.
func (m *Model) Click(_, _ int) {}
