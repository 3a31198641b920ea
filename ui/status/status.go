// Package status is the first and the last line of the screen: where the user
// is and how dogwatch's own watching goes, and the place in the list, the filter
// and the keys that matter now. Messages take the place of the keys, so the
// number of lines never changes.
package status

import (
	"time"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/theme"
)

// Model is both lines. It belongs to the program loop.
type Model struct {
	theme   *theme.Theme
	keys    *keymap.Keymap
	width   int
	watch   Watching
	place   Place
	message message
}

// message is something that was just said to the user.
type message struct {
	text    string
	isError bool
	until   time.Time // zero: for as long as nothing else is said, and no key is pressed
}

// New makes both lines.
func New(t *theme.Theme, keys *keymap.Keymap) *Model { return &Model{theme: t, keys: keys} }

// SetTheme changes the colours.
func (m *Model) SetTheme(t *theme.Theme) { m.theme = t }

// SetSize sets the width in cells; each line is one line high.
func (m *Model) SetSize(width, _ int) { m.width = width }

// SetWatching sets what the first line shows.
func (m *Model) SetWatching(w Watching) { m.watch = w }

// SetPlace sets what the last line shows.
func (m *Model) SetPlace(p Place) { m.place = p }

// Info shows a message in the place of the keys.
func (m *Model) Info(text string) { m.message = message{text: text} }

// Toast shows what happened by itself, until a moment. It takes the place of what is said: ask Answers first.
func (m *Model) Toast(text string, until time.Time) { m.message = message{text: text, until: until} }

// Answers tells that something is said that the user asked for, and has not put away.
func (m *Model) Answers() bool { return m.message.text != "" && m.message.until.IsZero() }

// Toasts tells that a toast is to be seen.
func (m *Model) Toasts(now time.Time) bool {
	return !m.message.until.IsZero() && !m.message.isOver(now)
}

func (m message) isOver(now time.Time) bool { return !m.until.IsZero() && !now.Before(m.until) }

// Error shows what did not work in the place of the keys.
func (m *Model) Error(text string) { m.message = message{text: text, isError: true} }

// ClearMessage shows the keys again.
func (m *Model) ClearMessage() { m.message = message{} }
