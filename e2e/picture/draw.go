package picture

import (
	"image"
	"image/color"
	"unicode/utf8"

	uv "github.com/charmbracelet/ultraviolet"
)

// Painter draws screens in cells of one size. It is used by one goroutine at a time.
type Painter struct {
	font *typeface
	// stroke is how thick a line is, in pixels.
	stroke int
	// margin is the ground around the cells, in pixels.
	margin image.Point
}

// New returns a painter whose cells are so many pixels wide, and a little more than twice as high.
func New(cellWidth int) (*Painter, error) {
	font, err := newTypeface(cellWidth)
	if err != nil {
		return nil, err
	}
	return &Painter{font: font, stroke: max(1, (cellWidth+4)/8), margin: image.Pt(cellWidth*3/2, cellWidth*3/2)}, nil
}

// Cell is the size of a cell in pixels.
func (p *Painter) Cell() image.Point { return p.font.cell }

// Missing returns the characters of the cells that would be drawn as an empty box, each once.
func (p *Painter) Missing(cells [][]uv.Cell) []rune {
	var missing []rune
	seen := map[rune]bool{}
	for _, row := range cells {
		for _, cell := range row {
			for _, r := range cell.Content {
				if !seen[r] && !p.knows(r) {
					missing = append(missing, r)
				}
				seen[r] = true
			}
		}
	}
	return missing
}

func (p *Painter) knows(r rune) bool {
	_, line := linesOf(r)
	_, _, block := blockOf(r, p.font.cell)
	return line || block || r == ' ' || p.font.has(r)
}

// Draw draws the cells with a margin around them.
func (p *Painter) Draw(cells [][]uv.Cell, palette Palette) *image.Paletted {
	return p.DrawAll([][][]uv.Cell{cells}, palette)[0]
}

// DrawAll draws screens that share one list of at most 255 colours.
func (p *Painter) DrawAll(screens [][][]uv.Cell, palette Palette) []*image.Paletted {
	for levels := mostLevels; ; levels /= 2 {
		c := &canvas{Painter: p, palette: palette, levels: levels, indexes: map[color.RGBA]uint8{}}
		if images := c.all(screens); images != nil {
			return images
		}
	}
}

// mostColors leaves one of the 256 that a file can have to transparency.
const mostColors = 255

// Shades from the ground to the text that the edges of letters are drawn in. Where there are too many colours, each
// gets fewer shades.
const (
	mostLevels   = 16
	fewestLevels = 2
)

// canvas is what the pictures in the making share, and the one that is drawn.
type canvas struct {
	*Painter
	palette Palette
	levels  int
	image   *image.Paletted
	colors  color.Palette
	indexes map[color.RGBA]uint8 // into colors
	excess  bool                 // a colour had no place
}

// all draws the screens; nil if they have too many colours, and could have fewer.
func (c *canvas) all(screens [][][]uv.Cell) []*image.Paletted {
	images := make([]*image.Paletted, len(screens))
	for i, cells := range screens {
		images[i] = c.screen(cells)
		if c.excess && c.levels > fewestLevels {
			return nil
		}
	}
	for _, image := range images {
		image.Palette = c.colors
	}
	return images
}

// screen draws the ground, the frame and each cell.
func (c *canvas) screen(cells [][]uv.Cell) *image.Paletted {
	columns := 0
	for _, row := range cells {
		columns = max(columns, len(row))
	}
	size := image.Pt(columns*c.font.cell.X, len(cells)*c.font.cell.Y).Add(c.margin.Mul(2))
	c.image = image.NewPaletted(image.Rectangle{Max: size}, nil)
	c.fill(c.image.Rect, c.palette.Frame)
	c.fill(c.image.Rect.Inset(c.stroke), c.palette.Background)
	for y, row := range cells {
		for x := range row {
			c.cell(&row[x], image.Pt(x*c.font.cell.X, y*c.font.cell.Y).Add(c.margin))
		}
	}
	return c.image
}

// cell draws one cell with its top left corner at a pixel. The ground of a wide character's second cell is its own.
func (c *canvas) cell(cell *uv.Cell, at image.Point) {
	if cell.Width == 0 {
		return
	}
	text, ground := c.palette.colors(cell.Style)
	area := image.Rectangle{Min: at, Max: at.Add(image.Pt(c.font.cell.X*cell.Width, c.font.cell.Y))}
	if ground != c.palette.Background {
		c.fill(area, ground)
	}
	if r, _ := utf8.DecodeRuneInString(cell.Content); r != ' ' && r != utf8.RuneError && cell.Style.Attrs&uv.AttrConceal == 0 {
		c.character(r, cell.Style.Attrs&uv.AttrBold != 0, at, text, ground)
	}
	if cell.Style.Underline != uv.UnderlineNone {
		c.rule(area, c.font.baseline+2*c.stroke, text)
	}
	if cell.Style.Attrs&uv.AttrStrikethrough != 0 {
		c.rule(area, c.font.baseline-c.font.pixels(xHeight)/2-c.stroke/2, text)
	}
}

// character draws lines and blocks over the whole cell, and all else with the font.
func (c *canvas) character(r rune, bold bool, at image.Point, text, ground color.RGBA) {
	covered, share, ok := blockOf(r, c.font.cell)
	if lines, isLine := linesOf(r); isLine {
		covered, share, ok = lines.rectangles(c.font.cell, c.stroke), full, true
	}
	if ok {
		for _, area := range covered {
			c.fill(area.Add(at), blend(ground, text, share))
		}
		return
	}
	mask := c.font.mask(r, bold)
	shades := c.shades(text, ground)
	for y := range c.font.cell.Y {
		from := mask.Pix[y*mask.Stride:][:c.font.cell.X]
		to := c.image.Pix[c.image.PixOffset(at.X, at.Y+y):]
		for x, coverage := range from {
			if level := (int(coverage)*(c.levels-1) + full/2) / full; level > 0 {
				to[x] = shades[level]
			}
		}
	}
}

// shades are the indexes of the colours from the ground to the text.
func (c *canvas) shades(text, ground color.RGBA) []uint8 {
	shades := make([]uint8, c.levels)
	for i := range shades {
		shades[i] = c.index(blend(ground, text, i*full/(c.levels-1)))
	}
	return shades
}

// rule draws a line through the area, so many pixels from its top.
func (c *canvas) rule(area image.Rectangle, top int, ink color.RGBA) {
	c.fill(image.Rect(area.Min.X, area.Min.Y+top, area.Max.X, area.Min.Y+top+c.stroke), ink)
}

func (c *canvas) fill(area image.Rectangle, ink color.RGBA) {
	index := c.index(ink)
	area = area.Intersect(c.image.Rect)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		row := c.image.Pix[c.image.PixOffset(area.Min.X, y):][:area.Dx()]
		for x := range row {
			row[x] = index
		}
	}
}

// index is the colour's place in the list, where it is put when it is first used.
func (c *canvas) index(ink color.RGBA) uint8 {
	index, ok := c.indexes[ink]
	switch {
	case ok:
		return index
	case len(c.colors) == mostColors:
		c.excess = true
		index = uint8(c.colors.Index(ink)) // the nearest
	default:
		index = uint8(len(c.colors))
		c.colors = append(c.colors, ink)
	}
	c.indexes[ink] = index
	return index
}
