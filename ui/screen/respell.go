package screen

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// respell writes what differs between two lines into the cells of line y, which show the first of them. It gives false, and does nothing,
// where more differs than a few characters of one column each: of most lines it is an age that ticks.
func (s *Screen) respell(y int, was, is string) bool {
	from, end := differing(was, is)
	before, ok := columns(is[:from])
	old, plain := bare(was[from : len(was)-end])
	now, plainNow := bare(is[from : len(is)-end])
	if !ok || !plain || !plainNow || old != now || before+now > s.cells.Width() || !standsAlone(is[len(is)-end:]) {
		return false
	}
	x := before
	for _, r := range is[from : len(is)-end] {
		cell := *s.cells.CellAt(x, y)
		cell.Content = string(r)
		s.cells.SetCell(x, y, &cell)
		x++
	}
	return true
}

// differing gives how many bytes two lines have in common at their beginning, and at their end behind that, in whole characters.
func differing(was, is string) (from, end int) {
	shorter := min(len(was), len(is))
	for from < shorter && was[from] == is[from] {
		from++
	}
	for from > 0 && (from < len(was) && !utf8.RuneStart(was[from]) || from < len(is) && !utf8.RuneStart(is[from])) {
		from--
	}
	for end < shorter-from && was[len(was)-1-end] == is[len(is)-1-end] {
		end++
	}
	for end > 0 && !utf8.RuneStart(is[len(is)-end]) {
		end--
	}
	return from, end
}

// bare counts the columns of text in which no style changes. It gives false where there is more in it than plain characters.
func bare(text string) (n int, ok bool) {
	if strings.IndexByte(text, '\x1b') >= 0 {
		return 0, false
	}
	return columns(text)
}

// standsAlone tells whether text begins with a plain character, behind styles: a mark would belong to the cell before it.
func standsAlone(text string) bool {
	for size := styleLen(text); size > 0; size = styleLen(text) {
		text = text[size:]
	}
	r, _ := utf8.DecodeRuneInString(text)
	return text == "" || r >= ' ' && r < ansi.DEL || isNarrow(r)
}
