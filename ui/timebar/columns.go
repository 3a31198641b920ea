package timebar

import (
	"math"
	"strings"
	"time"

	"github.com/dogwatch/dogwatch/replay/playback"
	"github.com/dogwatch/dogwatch/theme"
)

// columns are what the bar shows: for each column a block as high as much changed, or the sign of a gap.
type columns struct {
	cells []rune
	of    playback.State
	width int
}

const (
	gapCell     = '░'
	unknownCell = ' ' // not counted yet
)

// blocks are the heights of a column; the first is that of no change.
var blocks = []rune("▁▂▃▄▅▆▇█")

// drawBar writes the bar: what has been, the present moment, what will be.
func (m *Model) drawBar(b *strings.Builder, width int) {
	cells := m.drawn(width)
	at := m.columnOf(m.state.Now, width)
	part := func(style theme.Style, cells []rune) {
		if len(cells) > 0 {
			b.WriteString(style.Render(string(cells)))
		}
	}
	part(m.theme.Accent, cells[:at])
	b.WriteString(m.theme.Past.Render(" ")) // a full block: its ground is the colour
	part(m.theme.Dim, cells[at+1:])
}

// columnOf is the bar's column of a moment.
func (m *Model) columnOf(at time.Time, width int) int {
	span := m.span()
	if span <= 0 {
		return 0
	}
	column := int(float64(at.Sub(m.state.Begin)) / float64(span) * float64(width))
	return min(max(column, 0), width-1)
}

// drawn gives the bar's cells, from last time where nothing but the place has changed.
func (m *Model) drawn(width int) []rune {
	c := &m.columns
	if c.width != width || !sameBar(c.of, m.state) {
		*c = columns{cells: m.cells(width), of: m.state, width: width}
	}
	return c.cells
}

func sameBar(a, b playback.State) bool {
	return a.Begin.Equal(b.Begin) && a.End.Equal(b.End) && a.Counted.Equal(b.Counted) &&
		sameSlice(a.Density, b.Density) && sameSlice(a.Gaps, b.Gaps)
}

// sameSlice tells that two slices are one: states share theirs and never write to them.
func sameSlice[T any](a, b []T) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func (m *Model) cells(width int) []rune {
	sums, most := spread(m.state.Density, width)
	counted := -1
	if len(m.state.Density) > 0 {
		counted = m.columnOf(m.state.Counted, width)
	}
	cells := make([]rune, width)
	for i, n := range sums {
		cells[i] = unknownCell
		if i <= counted {
			cells[i] = block(n, most)
		}
	}
	for _, g := range m.state.Gaps {
		for i := m.columnOf(g.From, width); i <= m.columnOf(g.To, width); i++ {
			// Where one type was not watched, what is known of the others still shows.
			if g.Type == "" || cells[i] == blocks[0] {
				cells[i] = gapCell
			}
		}
	}
	return cells
}

// spread gives the counts of each of n columns, and the greatest.
func spread(density []uint32, n int) (sums []uint64, most uint64) {
	sums = make([]uint64, n)
	for i := range sums {
		from := i * len(density) / n
		to := min(max((i+1)*len(density)/n, from+1), len(density))
		for _, count := range density[from:to] {
			sums[i] += uint64(count)
		}
		most = max(most, sums[i])
	}
	return sums, most
}

// block is the height of a column. It grows with the root, so that a few changes show beside very many.
func block(n, most uint64) rune {
	if n == 0 || most == 0 {
		return blocks[0]
	}
	high := len(blocks) - 1
	return blocks[1+int(math.Round(math.Sqrt(float64(n)/float64(most))*float64(high-1)))]
}
