// Package text makes strings from a cluster fit for a terminal: it makes what
// cannot be seen visible, and cuts and pads to a number of cells.
//
// A cell is one column of the terminal; wide runes take two and combining
// marks none. Every string that comes from a cluster, a server or a file passes
// through this package before it reaches the screen.
package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Clean makes s harmless and honest: control characters become their pictures
// (␛, ␊), invisible ones (bidirectional marks, zero width, C1) their code
// points (<U+202E>), as does what would join what stands beside s, and bytes that
// are not UTF-8 become U+FFFD. The result is one line. Printable ASCII is
// returned as it is, without a copy.
func Clean(s string) string {
	if isPlain(s) {
		return s
	}
	return detach(revealAll(s))
}

// revealAll makes visible what is hidden in s.
func revealAll(s string) string {
	first := firstHidden(s)
	if first == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:first])
	for i := first; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteRune(utf8.RuneError)
		case hidden(r):
			b.WriteString(reveal(r))
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// detach makes s as wide as it is wherever it stands. First runes that would
// join what stands before s, and a last one that would join what comes behind
// it, become their code points: within s runes may join what they like.
func detach(s string) string {
	var points strings.Builder
	for {
		r, size := utf8.DecodeRuneInString(s)
		if size < 2 || ansi.StringWidth(" "+s[:size]) == 1+ansi.StringWidth(s[:size]) {
			break
		}
		points.WriteString(codePoint(r))
		s = s[size:]
	}
	if r, size := utf8.DecodeLastRuneInString(s); size > 1 && ansi.StringWidth(s[len(s)-size:]+" ") != 1+ansi.StringWidth(s[len(s)-size:]) {
		s = s[:len(s)-size] + codePoint(r)
	}
	if points.Len() == 0 {
		return s
	}
	return points.String() + s
}

// isPlain reports whether s is printable ASCII alone, so that its cells are
// its bytes.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// IsHidden tells whether Clean spells a character out.
func IsHidden(r rune) bool { return hidden(r) }

// firstHidden is the index of the first byte of s that may not be shown as it
// is, or len(s).
func firstHidden(s string) int {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if hidden(r) || r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(s)
}

// hidden reports whether r has no picture of its own. Variation selectors,
// joiners and skin tones count as hidden: terminals disagree on the width of
// what they join, and a string's width would depend on what stands before it.
func hidden(r rune) bool {
	const firstSkinTone, lastSkinTone = '\U0001f3fb', '\U0001f3ff'
	if r >= ' ' && r <= '~' {
		return false
	}
	return !unicode.IsGraphic(r) || r >= firstSkinTone && r <= lastSkinTone ||
		unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// reveal is what is shown in the place of a hidden rune.
func reveal(r rune) string {
	const pictures = '\u2400' // of the 32 control characters, in their order
	switch {
	case r < ' ':
		return string(pictures + r)
	case r == '\x7f':
		return "␡"
	default:
		return codePoint(r)
	}
}

func codePoint(r rune) string { return fmt.Sprintf("<U+%04X>", r) }
