package tabs

import (
	"strings"

	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/text"
)

// label is the text of one tab in pieces, and its width in cells.
type label struct {
	pieces []piece
	ground theme.Style
	width  int
}

type piece struct {
	text  string
	style theme.Style
}

func (l *label) add(s string, style theme.Style) {
	l.pieces = append(l.pieces, piece{s, style})
	l.width += text.Width(s)
}

// cutTo shortens the label to w cells.
func (l label) cutTo(w int) label {
	if l.width <= w {
		return l
	}
	short := label{ground: l.ground}
	for _, p := range l.pieces {
		if left := w - short.width; left > 0 {
			short.add(text.Truncate(p.text, left), p.style)
		}
	}
	return short
}

func (l label) render() string {
	var b strings.Builder
	for _, p := range l.pieces {
		b.WriteString(l.ground.With(p.style).Render(p.text))
	}
	return b.String()
}
