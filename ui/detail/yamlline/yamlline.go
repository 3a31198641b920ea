// Package yamlline draws lines of YAML: made fit for the terminal, in their colours, and the part of them that is in sight.
package yamlline

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/detail/yamldoc"
	"github.com/dogwatch/dogwatch/ui/text"
)

// bytesPerCell bounds how much of a line is looked at for each cell that may be
// shown of it.
const bytesPerCell = 8

// Line is a line made fit for the terminal: its text, and up to where in
// it which style goes.
type Line struct {
	// Text is what may be shown of it.
	Text   string
	pieces [5]piece
	cut    bool // there is more of the line than Text has
}

type piece struct {
	end   int // in bytes of the line's text
	style theme.Style
}

// New makes the first cells of a line; a longer one is cut off
// somewhere behind them.
func New(t *theme.Theme, l *yamldoc.Line, cells int) Line {
	var b strings.Builder
	var d Line
	lead := theme.Style{} // blanks
	if l.Dashes > 0 {
		lead = t.YAML.Punct
	}
	for i, part := range []struct {
		text  string
		style theme.Style
	}{
		{l.Lead(), lead},
		{l.Key, t.YAML.Key},
		{l.Colon(), t.YAML.Punct},
		{l.Scalar, scalarStyle(t, l.Kind)},
		{l.Comment(), t.YAML.Comment},
	} {
		shown := head(part.text, cells*bytesPerCell)
		d.cut = d.cut || len(shown) < len(part.text)
		b.WriteString(text.Clean(shown))
		d.pieces[i] = piece{b.Len(), part.style}
	}
	d.Text = b.String()
	return d
}

func scalarStyle(t *theme.Theme, k yamldoc.Kind) theme.Style {
	switch k {
	case yamldoc.Number:
		return t.YAML.Number
	case yamldoc.Bool:
		return t.YAML.Bool
	case yamldoc.Null, yamldoc.Empty:
		return t.YAML.Null
	default:
		return t.YAML.String
	}
}

// head is the first n bytes of s, less a rune that n cuts through.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Window gives the byte range of the line that fills the cells from left up to
// left+width, and whether the line goes on behind it.
func (d *Line) Window(left, width int) (from, to int, more bool) {
	rest := d.Text
	if left > 0 {
		rest = ansi.TruncateLeft(d.Text, left, "")
	}
	from = len(d.Text) - len(rest)
	if text.Width(rest) <= width && !d.cut {
		return from, len(d.Text), false
	}
	return from, from + len(ansi.Truncate(rest, width-1, "")), true
}

// Paint writes the bytes from up to to in their styles over ground, matches
// marked.
func (d *Line) Paint(b *strings.Builder, from, to int, spans [][]int, ground, match theme.Style) {
	for at := from; at < to; {
		p := d.pieceAt(at)
		end, style := min(p.end, to), ground.With(p.style)
		for len(spans) > 0 && spans[0][1] <= at {
			spans = spans[1:]
		}
		if len(spans) > 0 && spans[0][0] <= at {
			end, style = min(end, spans[0][1]), style.With(match)
		} else if len(spans) > 0 {
			end = min(end, spans[0][0])
		}
		b.WriteString(style.Render(d.Text[at:end]))
		at = end
	}
}

func (d *Line) pieceAt(at int) piece {
	for _, p := range d.pieces {
		if at < p.end {
			return p
		}
	}
	return d.pieces[len(d.pieces)-1]
}
