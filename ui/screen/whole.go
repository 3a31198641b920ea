package screen

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// paintWhole appends what makes an empty terminal show f, line by line as they are, to s.out. It gives false, and appends nothing, where
// cells are needed to know what a terminal would make of a line. Cells take a few megabytes, which the first frame is not to wait for.
func (s *Screen) paintWhole(f frame) bool {
	lines := strings.Split(f.content, "\n")
	if len(lines) > f.height {
		return false
	}
	for _, line := range lines {
		if n, ok := columns(line); !ok || n > f.width {
			return false
		}
	}
	defer s.synchronize(f)()
	s.out.WriteString(ansi.ResetStyle + ansi.EraseEntireScreen)
	terminal := colorprofile.Writer{Forward: &s.out, Profile: f.profile}
	for y, line := range lines {
		s.out.WriteString(ansi.CursorPosition(1, y+1))
		_, _ = terminal.WriteString(line) // memory takes all
		s.out.WriteString(ansi.ResetStyle)
	}
	s.out.WriteString(ansi.CursorHomePosition)
	s.shown, s.whole = f, true
	return true
}

// columns counts the columns that a line takes. It gives false where there is more in the line than plain characters and colours.
func columns(line string) (n int, ok bool) {
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == ansi.ESC:
			size := styleLen(line[i:])
			if size == 0 {
				return 0, false
			}
			i += size
		case c < ' ', c == ansi.DEL:
			return 0, false
		case c < utf8.RuneSelf:
			n++
			i++
		default:
			r, size := utf8.DecodeRuneInString(line[i:])
			if !isNarrow(r) {
				return 0, false
			}
			n++
			i += size
		}
	}
	return n, true
}

// styleLen is how long the sequence is with which text begins, if it sets a style; 0 if it does something else.
func styleLen(text string) int {
	rest, ok := strings.CutPrefix(text, "\x1b[")
	if !ok {
		return 0
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return (r < '0' || r > '9') && r != ';' && r != ':' })
	if end < 0 || rest[end] != 'm' {
		return 0
	}
	return len(text) - len(rest) + end + 1
}
