// Package cursor keeps the place in a list that is longer than its window: which line is chosen, and which rows are in sight.
//
// It counts lines and rows; what they are of is known to who draws them.
package cursor

import (
	"sort"

	"github.com/dogwatch/dogwatch/keymap"
	"github.com/dogwatch/dogwatch/ui/scroll"
)

// Lines is a place in a list: the line under the cursor, and the first row in sight. The zero value is the first line. It learns from
// Fit how long the list is; until then nothing moves.
type Lines struct {
	index, top, row     int // row is how far down in the window the cursor is
	lines, rows, height int
	span                Span
}

// Span gives the rows, from the first to the last, that are to be in sight with a line: its own, and words above or below that belong to it. Words
// between lines belong to none.
type Span func(line int) (first, last int)

// Fit says how many lines there are, of a row each, and how high the window is.
func (l *Lines) Fit(lines, height int) { l.FitRows(lines, lines, height, nil) }

// FitRows is Fit for lines that have other rows among them: so many with these. What span tells is asked for until the next Fit.
func (l *Lines) FitRows(lines, rows, height int, span Span) {
	l.lines, l.rows, l.height, l.span = lines, rows, height, span
	l.settle()
}

// settle keeps the cursor within the list, the window within its rows, and the cursor in the window.
func (l *Lines) settle() {
	if l.lines <= 0 {
		l.index, l.top, l.row = 0, 0, 0
		return
	}
	l.index = max(0, min(l.index, l.lines-1))
	first, last := l.spanOf(l.index)
	l.top = max(0, min(l.top, l.rows-l.height, first))
	l.top = max(l.top, last-l.height+1)
	l.row = first - l.top
}

func (l *Lines) spanOf(line int) (first, last int) {
	if l.span == nil || line >= l.lines { // there may be none
		return line, line
	}
	return l.span(line)
}

// Index is the line under the cursor, 0 where there is none.
func (l *Lines) Index() int { return l.index }

// Top is the first row in sight.
func (l *Lines) Top() int { return l.top }

// Row is how far down in the window the line under the cursor begins.
func (l *Lines) Row() int { return l.row }

// Hidden tells how many rows are out of sight above the window, and how many below it.
func (l *Lines) Hidden() (above, below int) { return l.top, max(0, l.rows-l.top-l.height) }

// To puts the cursor on a line.
func (l *Lines) To(line int) { l.index = line; l.settle() }

// By moves it by lines.
func (l *Lines) By(lines int) { l.To(l.index + lines) }

// Place puts the cursor on a line, and that so far down in the window, as far as can be.
func (l *Lines) Place(line, row int) {
	l.index = max(0, min(line, l.lines-1))
	first, _ := l.spanOf(l.index)
	l.top = first - row
	l.settle()
}

// Do carries out an action of movement, and tells whether it was one. Where lines take several rows, pages are of rows.
func (l *Lines) Do(action keymap.Action) bool {
	by, ok := scroll.Distance(action, l.height, l.rows)
	switch {
	case !ok:
		return false
	case l.span == nil || action == keymap.Up || action == keymap.Down:
		l.By(by)
	default:
		first, _ := l.spanOf(l.index)
		l.To(l.lineAt(max(0, first+by)))
	}
	return true
}

// lineAt is the line that a row belongs to, or the last one above it.
func (l *Lines) lineAt(row int) int {
	return sort.Search(l.lines, func(i int) bool {
		first, _ := l.spanOf(i)
		return first > row
	}) - 1
}

// At gives the line that a row of the window belongs to, false where that is none.
func (l *Lines) At(y int) (line int, ok bool) {
	if y < 0 || y >= l.height {
		return 0, false
	}
	row := l.top + y
	if line = l.lineAt(row); line < 0 {
		return 0, false
	}
	_, last := l.spanOf(line)
	return line, row <= last
}
