// Package scroll keeps the place in a text that is longer than its window.
package scroll

import (
	"strings"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/ui/text"
)

// Lines is a place in a text, counted in lines. The zero value is its top. It
// learns the text's length from Window, so what moves it may overshoot.
type Lines struct {
	top, count, height int
}

// To goes to a line.
func (l *Lines) To(line int) { l.top = line; l.settle() }

// By goes on by lines, or back.
func (l *Lines) By(lines int) { l.To(l.top + lines) }

// Do carries out an action of movement in a window of a height, and tells
// whether it was one.
func (l *Lines) Do(action keymap.Action, height int) bool {
	by, ok := Distance(action, height, l.count)
	if ok {
		l.By(by)
	}
	return ok
}

// Distance tells how many lines an action of movement goes on, or back, in a
// window of a height over count lines. ok is false for other actions.
func Distance(action keymap.Action, height, count int) (lines int, ok bool) {
	page := max(1, height-1)
	switch action {
	case keymap.Up:
		return -1, true
	case keymap.Down:
		return 1, true
	case keymap.PageUp:
		return -page, true
	case keymap.PageDown:
		return page, true
	case keymap.HalfUp:
		return -page / 2, true
	case keymap.HalfDown:
		return page / 2, true
	case keymap.Top:
		return -count, true
	case keymap.Bottom:
		return count, true
	}
	return 0, false
}

// AtEnd tells whether the last line is in the window.
func (l *Lines) AtEnd() bool { return l.top >= l.count-l.height }

// Top is the first line of the window.
func (l *Lines) Top() int { return l.top }

// Hidden tells how many lines are out of sight above the window, and how many below it.
func (l *Lines) Hidden() (above, below int) { return l.top, max(0, l.count-l.top-l.height) }

// Fit says how long the text and how high the window is.
func (l *Lines) Fit(count, height int) {
	l.count, l.height = count, height
	l.settle()
}

func (l *Lines) settle() { l.top = max(0, min(l.top, l.count-l.height)) }

// Window joins the lines in sight, filled up with blank ones to height. Lines
// must be width cells wide already, or empty.
func (l *Lines) Window(lines []string, width, height int) string {
	l.Fit(len(lines), height)
	out := make([]string, height)
	for i := range out {
		if at := l.top + i; at < len(lines) && lines[at] != "" {
			out[i] = lines[at]
			continue
		}
		out[i] = text.Spaces(width)
	}
	return strings.Join(out, "\n")
}
