// Package signals is the page of what rules tell, a line each: what is open, the worst and newest first, then what is over. Below them stands
// the whole of the one under the cursor: what it says, and the change that made it so.
//
// It reads the list in windows, as much as fits the screen. A Model belongs to the program loop.
package signals

import (
	"errors"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/cursor"
)

// Model is the page.
type Model struct {
	theme         *theme.Theme
	keys          *keymap.Keymap
	list          *signal.List // nil where no rules can be applied
	width, height int
	filter        model.Filter
	muted         bool
	clock         func() time.Time // nil for the present
	zone          *time.Location
	ahead         time.Duration // of the clock that times are told by
	judging       Judging

	cursor cursor.Live[signal.ID]
	pushed time.Time // when, by the local clock, another signal came under the cursor by itself, and no key was pressed since; else zero
}

// New makes a page. l is nil where no rules can be applied.
func New(t *theme.Theme, keys *keymap.Keymap, l *signal.List) *Model {
	return &Model{theme: t, keys: keys, list: l}
}

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the size in cells.
func (m *Model) SetSize(width, height int) { m.width, m.height = width, height }

// SetClock shows what there was at the time that a clock tells; nil is the present.
func (m *Model) SetClock(clock func() time.Time) {
	m.clock = clock
	m.ask()
}

// SetAhead tells how far the clock that times are told by is ahead of the one by which signals are dated.
func (m *Model) SetAhead(ahead time.Duration) { m.ahead = ahead }

// ask has the list show what is wanted.
func (m *Model) ask() {
	if m.list != nil {
		m.list.Show(m.filter, m.muted, m.clock)
	}
}

// IsEmpty tells that there is nothing to put the cursor on.
func (m *Model) IsEmpty() bool {
	return m.list == nil || m.list.Shown() == 0
}

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
	if m.Check(text) != nil || text == m.Filter() {
		return
	}
	m.filter = model.ParseFilter(text)
	m.ask()
}

// ToggleMuted shows what is muted, or hides it again.
func (m *Model) ToggleMuted() {
	m.muted = !m.muted
	m.ask()
}

// Selected is the signal that was under the cursor when it was drawn last, whatever has come there since: it is what the user means.
func (m *Model) Selected() (*signal.Signal, bool) {
	if m.list == nil {
		return nil, false
	}
	return m.list.Get(m.cursor.ID())
}

// reaction is how long it takes to press a key that was meant for what was to be seen before.
const reaction = time.Second

// Surprises tells, to the first key after it, that another signal has come under the cursor by itself so shortly before a moment of the local clock
// that the key may be meant for the one that was there.
func (m *Model) Surprises(now time.Time) bool {
	pushed := m.pushed
	m.pushed = time.Time{}
	return now.Sub(pushed) < reaction
}

// follow finds the cursor's signal where it is now.
func (m *Model) follow() (pushed bool) { return m.cursor.Follow(m.list, m.rows()) }

// Do carries out an action of the page. closed tells that the page is to be left.
func (m *Model) Do(action keymap.Action) (closed bool) {
	switch action {
	case keymap.Back:
		if m.filter.Empty() {
			return true
		}
		m.SetFilter("")
	case keymap.ToggleMuted:
		m.ToggleMuted()
	case keymap.Top: // to what is worst, and it stays there
		m.cursor.Release()
	default:
		m.move(func(l *cursor.Lines) { l.Do(action) })
	}
	return false
}

// Refuses says why an action does nothing now.
func (m *Model) Refuses(action keymap.Action) string {
	if action == keymap.ToggleMuted && !m.muted && (m.list == nil || m.list.Window(0, 0).Counts.Muted == 0) {
		return "nothing is muted"
	}
	return ""
}

// move moves the cursor from where its signal is now.
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
	if at, ok := m.cursor.At(y - headLines - len(m.notices())); ok {
		m.move(func(l *cursor.Lines) { l.To(at) })
	}
}
