// Package problems is the page of all that is unhealthy, a line each: the worst first, then the newest, since when, and the cause. Below them
// stands the whole cause of the one under the cursor.
//
// It reads the list in windows, as much as fits the screen. A Model belongs to the program loop.
package problems

import (
	"errors"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	list "github.com/dogwatch/dogwatch/model/problems"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/cursor"
)

// Model is the page.
type Model struct {
	theme         *theme.Theme
	keys          *keymap.Keymap
	list          *list.List // nil where nothing is judged
	width, height int
	filter        model.Filter
	context       string // the cluster that goes without saying
	unread        int    // watches that are not live
	isPast        bool
	ahead         time.Duration // of the cluster's clock
	dated         time.Duration // of the clock by which what says no time is dated

	cursor cursor.Live[list.ID]
	need   columns // what the lines that were in sight need, by the filter needed
	needed string
}

// New makes a page. l is nil where nothing is judged.
func New(t *theme.Theme, keys *keymap.Keymap, l *list.List) *Model {
	return &Model{theme: t, keys: keys, list: l}
}

// SetList shows another list, as of another time. The cursor stays on its object.
func (m *Model) SetList(l *list.List) {
	m.list, m.need = l, columns{}
	if l != nil {
		l.SetFilter(m.filter)
	}
}

// IsEmpty tells that there is nothing to put the cursor on.
func (m *Model) IsEmpty() bool {
	return m.list == nil || m.list.Shown() == 0
}

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the size in cells.
func (m *Model) SetSize(width, height int) { m.width, m.height = width, height }

// SetWatching says of which cluster objects are where nothing is said, and how many watches are not live, or were not in the past, so that what is
// wrong there may not be known.
func (m *Model) SetWatching(context string, unread int, isPast bool) {
	m.context, m.unread, m.isPast = context, unread, isPast
}

// SetClock tells how far the cluster's clock is ahead of the local one, and how far that by which the list dates.
func (m *Model) SetClock(ahead, dated time.Duration) { m.ahead, m.dated = ahead, dated }

// Filter is the filter as it was typed.
func (m *Model) Filter() string { return m.filter.String() }

// Check says what is wrong with a filter.
func (m *Model) Check(text string) error {
	if word, _, _ := strings.Cut(strings.TrimLeft(text, " "), " "); word == "-l" {
		return errors.New("labels are not looked at here")
	}
	return model.ParseFilter(text).Err()
}

// SetFilter shows only what a filter takes. One that cannot be read, as while it is typed, leaves the lines as they are.
func (m *Model) SetFilter(text string) {
	if m.list == nil || m.Check(text) != nil || text == m.Filter() {
		return
	}
	m.filter = model.ParseFilter(text)
	m.list.SetFilter(m.filter)
}

// Selected is the problem that was under the cursor when it was drawn last, whatever has come there since: it is what the user means.
func (m *Model) Selected() (*list.Problem, bool) {
	if m.IsEmpty() {
		return nil, false
	}
	return m.list.Get(m.cursor.ID())
}

// Of is the problem that an object is, whatever the filter takes; false where it is none.
func (m *Model) Of(id list.ID) (*list.Problem, bool) {
	if m.list == nil {
		return nil, false
	}
	return m.list.Get(id)
}

// follow finds the cursor's object where it is now.
func (m *Model) follow() { m.cursor.Follow(m.list, m.rows()) }

// Do carries out an action of the page. closed tells that the page is to be left.
func (m *Model) Do(action keymap.Action) (closed bool) {
	if action == keymap.Back {
		if m.filter.Empty() {
			return true
		}
		m.SetFilter("")
		return false
	}
	if action == keymap.Top { // to what is worst, and it stays there
		m.cursor.Release()
		return false
	}
	m.move(func(l *cursor.Lines) { l.Do(action) })
	return false
}

// move moves the cursor from where its object is now.
func (m *Model) move(how func(*cursor.Lines)) {
	if m.list != nil {
		m.cursor.Move(m.list, m.rows(), how)
	}
}

// Scroll moves by lines, for the mouse.
func (m *Model) Scroll(lines int) { m.move(func(l *cursor.Lines) { l.By(lines) }) }

// Click puts the cursor on the line at a row of the page.
func (m *Model) Click(y int) {
	if m.list == nil {
		return
	}
	m.follow()
	if at, ok := m.cursor.At(y - headLines); ok {
		m.move(func(l *cursor.Lines) { l.To(at) })
	}
}
