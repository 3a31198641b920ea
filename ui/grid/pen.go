package grid

import (
	"github.com/dogwatch/dogwatch/theme"
	"github.com/dogwatch/dogwatch/ui/text"
)

// pen writes lines of styled text into one buffer, which it keeps from frame to
// frame.
type pen struct {
	buf    []byte
	ground theme.Style
	lines  int
}

func (p *pen) reset() {
	p.buf = p.buf[:0]
	p.lines = 0
}

// line starts the next line on a ground.
func (p *pen) line(ground theme.Style) {
	if p.lines > 0 {
		p.buf = append(p.buf, '\n')
	}
	p.lines++
	p.ground = ground
	p.buf = append(p.buf, ground.Open()...)
}

// end ends the line.
func (p *pen) end() {
	p.buf = append(p.buf, p.ground.Close()...)
}

// write adds text in a style that has been laid over the line's ground.
func (p *pen) write(s string, style theme.Style) {
	if style == p.ground || s == "" {
		p.buf = append(p.buf, s...)
		return
	}
	p.buf = append(p.buf, p.ground.Close()...)
	p.buf = append(p.buf, style.Open()...)
	p.buf = append(p.buf, s...)
	p.buf = append(p.buf, style.Close()...)
	p.buf = append(p.buf, p.ground.Open()...)
}

// spaces adds n cells of the ground.
func (p *pen) spaces(n int) {
	p.buf = append(p.buf, text.Spaces(n)...)
}

// writeMarked is write with the byte ranges of s that a filter found in
// another style.
func (p *pen) writeMarked(s string, spans [][2]int, style, marked theme.Style) {
	at := 0
	for _, span := range spans {
		from, to := max(at, span[0]), min(len(s), span[1])
		if from >= to {
			continue
		}
		p.write(s[at:from], style)
		p.write(s[from:to], marked)
		at = to
	}
	p.write(s[at:], style)
}
