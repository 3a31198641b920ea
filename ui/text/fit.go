package text

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Ellipsis stands where text was cut off. It is one cell wide.
const Ellipsis = "…"

// bytesPerCell bounds how much of a string is looked at for each cell that it
// may take, so that a line of a megabyte costs no more than a short one: a
// rune and a handful of combining marks.
const bytesPerCell = 16

// MostBytes is how many bytes of a string are looked at for w cells. Text that is longer is to be cut, however few cells it takes.
func MostBytes(w int) int { return w * bytesPerCell }

// Width is the number of cells that s takes. It expects clean text.
func Width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// Truncate cleans s and cuts its end to at most w cells.
func Truncate(s string, w int) string {
	if w <= 0 {
		return ""
	}
	head := s[:runeBoundary(s, min(len(s), MostBytes(w)))]
	whole := len(head) == len(s)
	if isPlain(head) {
		if whole && len(head) <= w {
			return head
		}
		return head[:min(len(head), w-1)] + Ellipsis
	}
	head = Clean(head)
	if whole && Width(head) <= w {
		return head
	}
	return ansi.Truncate(head, w-1, "") + Ellipsis
}

// TruncateLeft cleans s and cuts its start to at most w cells.
func TruncateLeft(s string, w int) string {
	if w <= 0 {
		return ""
	}
	from := runeBoundary(s, max(0, len(s)-MostBytes(w)))
	tail := Clean(s[from:])
	width := Width(tail)
	if from == 0 && width <= w {
		return tail
	}
	return Ellipsis + cutLeft(tail, width, w-1)
}

// TruncateMiddle cleans s and cuts its middle to at most w cells: of two names
// that differ in their ends, both ends stay.
func TruncateMiddle(s string, w int) string {
	if w <= 0 {
		return ""
	}
	whole := Truncate(s, w)
	if !strings.HasSuffix(whole, Ellipsis) || whole == s {
		return whole
	}
	tail := strings.TrimPrefix(TruncateLeft(s, (w-1)/2+1), Ellipsis)
	return Truncate(s, w-Width(tail)) + tail
}

// Wrap cleans s and breaks it into lines of at most w cells, between words where that can be. What is broken without being cleaned would be
// of another width when it is drawn.
func Wrap(s string, w int) []string {
	return strings.Split(ansi.Wrap(Clean(s), max(w, 1), ""), "\n")
}

// WrapRest is Wrap in so many lines, at least one. The last has all that is left, to be cut where it ends: as it is told, for a word that was
// broken has no space in it.
func WrapRest(s string, w, lines int) []string {
	wrapped := Wrap(s, w)
	if len(wrapped) <= lines {
		return wrapped
	}
	rest := Clean(s)
	for _, line := range wrapped[:lines-1] {
		rest = strings.TrimLeft(strings.TrimPrefix(rest, line), " ")
	}
	return append(wrapped[:lines-1:lines-1], rest)
}

// Fit cleans s, cuts it and pads it on the right to exactly w cells.
func Fit(s string, w int) string {
	s = Truncate(s, w)
	return s + Spaces(w-Width(s))
}

// FitRight cleans s, cuts it and pads it on the left to exactly w cells.
func FitRight(s string, w int) string {
	s = Truncate(s, w)
	return Spaces(w-Width(s)) + s
}

// Spaces is a string of n spaces, empty for n below 1.
func Spaces(n int) string {
	const some = "                                                                "
	switch {
	case n <= 0:
		return ""
	case n <= len(some):
		return some[:n]
	default:
		return strings.Repeat(" ", n)
	}
}

// cutLeft keeps the last w of the width cells of clean text s. A wide rune that
// would straddle the cut goes.
func cutLeft(s string, width, w int) string {
	for n := width - w; ; n++ {
		if rest := ansi.TruncateLeft(s, n, ""); Width(rest) <= w {
			return rest
		}
	}
}

// runeBoundary is the nearest index at or before i where a rune of s starts.
func runeBoundary(s string, i int) int {
	for back := 0; back < utf8.UTFMax && i-back > 0 && i < len(s); back++ {
		if utf8.RuneStart(s[i-back]) {
			return i - back
		}
	}
	return i
}
