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

// piecesOfLabel is how many pieces a label has at most.
const piecesOfLabel = 8

func newLabel(ground theme.Style) label {
	return label{ground: ground, pieces: make([]piece, 0, piecesOfLabel)}
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
	short := newLabel(l.ground)
	for _, p := range l.pieces {
		if left := w - short.width; left > 0 {
			short.add(text.Truncate(p.text, left), p.style)
		}
	}
	return short
}

// render writes the label; a terminal is told of a style only where it changes.
func (l label) render(b *strings.Builder) {
	var now theme.Style
	for _, p := range l.pieces {
		if style := l.ground.With(p.style); style != now {
			b.WriteString(now.Close())
			b.WriteString(style.Open())
			now = style
		}
		b.WriteString(p.text)
	}
	b.WriteString(now.Close())
}
