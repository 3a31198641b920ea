// Package lineedit is one line of text being typed: what stands in it, where
// the cursor is, and how it is drawn. Prompts and the picker share it.
//
// It knows the keys that edit text and no others; what a line means is for its
// owner to say. Not safe for concurrent use.
package lineedit

import (
	"slices"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
)

// maxRunes bounds what a paste can put in.
const maxRunes = 4096

// Line is a line of text and a cursor in it. The zero Line is empty.
type Line struct {
	runes  []rune
	cursor int // index in runes; len(runes) is after the last
	first  int // index of the first rune that is drawn
}

// Text is what stands in the line.
func (l *Line) Text() string { return string(l.runes) }

// Cursor is where the cursor stands, in bytes of Text.
func (l *Line) Cursor() int { return len(string(l.runes[:l.cursor])) }

// AtEnd reports whether the cursor stands after all of the text.
func (l *Line) AtEnd() bool { return l.cursor == len(l.runes) }

// Set replaces the text; the cursor goes to its end.
func (l *Line) Set(s string) {
	l.runes, l.cursor, l.first = nil, 0, 0
	l.insert(s)
}

// Replace puts s in the place of the bytes from start up to end of Text; the
// cursor goes to its end.
func (l *Line) Replace(start, end int, s string) {
	whole := l.Text()
	l.Set(whole[:start] + s)
	at := l.cursor
	l.insert(whole[end:])
	l.cursor = at
}

// Paste puts s in at the cursor. It stays one line: line ends and tabs become
// blanks, other control characters are left out.
func (l *Line) Paste(s string) { l.insert(strings.TrimRight(s, "\r\n")) }

func (l *Line) insert(s string) {
	var runes []rune
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t':
			runes = append(runes, ' ')
		case !unicode.IsControl(r) && r != unicode.ReplacementChar:
			runes = append(runes, r)
		}
	}
	runes = runes[:min(len(runes), maxRunes-len(l.runes))]
	l.runes = slices.Insert(l.runes, l.cursor, runes...)
	l.cursor += len(runes)
}

// Type lets a key act on the line and reports whether it is a key that edits:
// false leaves the line as it was.
func (l *Line) Type(key tea.KeyPressMsg) bool {
	if key.Text != "" {
		l.insert(key.Text)
		return true
	}
	switch key.String() {
	case "left", "ctrl+b":
		l.cursor = l.left(l.cursor)
	case "right", "ctrl+f":
		l.cursor = l.right(l.cursor)
	case "alt+left", "ctrl+left", "alt+b":
		l.cursor = l.wordLeft()
	case "alt+right", "ctrl+right", "alt+f":
		l.cursor = l.wordRight()
	case "home", "ctrl+a":
		l.cursor = 0
	case "end", "ctrl+e":
		l.cursor = len(l.runes)
	case "backspace", "ctrl+h":
		l.remove(l.left(l.cursor), l.cursor)
	case "delete", "ctrl+d":
		l.remove(l.cursor, l.right(l.cursor))
	case "ctrl+w", "alt+backspace":
		l.remove(l.wordLeft(), l.cursor)
	case "ctrl+u":
		l.remove(0, l.cursor)
	case "ctrl+k":
		l.remove(l.cursor, len(l.runes))
	default:
		return false
	}
	return true
}

func (l *Line) remove(from, to int) {
	l.runes = slices.Delete(l.runes, from, to)
	l.cursor = from
}

// left and right step over a rune and the marks that combine with it.
func (l *Line) left(i int) int {
	for i--; i > 0 && unicode.Is(unicode.M, l.runes[i]); i-- {
	}
	return max(i, 0)
}

func (l *Line) right(i int) int {
	for i++; i < len(l.runes) && unicode.Is(unicode.M, l.runes[i]); i++ {
	}
	return min(i, len(l.runes))
}

func (l *Line) wordLeft() int {
	i := l.cursor
	for ; i > 0 && !isWord(l.runes[i-1]); i-- {
	}
	for ; i > 0 && isWord(l.runes[i-1]); i-- {
	}
	return i
}

func (l *Line) wordRight() int {
	i := l.cursor
	for ; i < len(l.runes) && !isWord(l.runes[i]); i++ {
	}
	for ; i < len(l.runes) && isWord(l.runes[i]); i++ {
	}
	return i
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
