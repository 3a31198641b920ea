package picture

import (
	"fmt"
	"image"
	"image/draw"

	"github.com/go-fonts/dejavu/dejavusansmono"
	"github.com/go-fonts/dejavu/dejavusansmonobold"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// What DejaVu Sans Mono measures, in parts of its em of 2048.
const (
	unitsPerEm = 2048
	advance    = 1233
	xHeight    = 1120
	ascent     = 1901
	descent    = 483
)

// typeface draws glyphs into cells of one size. It is used by one goroutine.
type typeface struct {
	faces  [2]font.Face // regular, bold
	parsed [2]*opentype.Font
	size   float64 // pixels per em
	// cell is in pixels; the baseline is that far from its top.
	cell     image.Point
	baseline int
	glyphs   map[glyph]*image.Alpha
}

// glyph names what is drawn once and then kept.
type glyph struct {
	r    rune
	bold bool
}

// newTypeface makes one whose cells are so many pixels wide.
func newTypeface(cellWidth int) (*typeface, error) {
	t := &typeface{
		size:   float64(cellWidth) * unitsPerEm / advance,
		cell:   image.Pt(cellWidth, cellWidth*21/10),
		glyphs: map[glyph]*image.Alpha{},
	}
	// The space that a line has beyond the font's own goes half above, half below.
	above, below := t.pixels(ascent), t.pixels(descent)
	t.baseline = above + (t.cell.Y-above-below)/2
	for i, ttf := range [][]byte{dejavusansmono.TTF, dejavusansmonobold.TTF} {
		parsed, err := opentype.Parse(ttf)
		if err != nil {
			return nil, fmt.Errorf("reading the font: %w", err)
		}
		t.parsed[i] = parsed
		if t.faces[i], err = opentype.NewFace(parsed, &opentype.FaceOptions{Size: t.size, DPI: 72}); err != nil {
			return nil, fmt.Errorf("scaling the font: %w", err)
		}
	}
	return t, nil
}

// pixels converts from the font's units.
func (t *typeface) pixels(units int) int { return int(t.size*float64(units)/unitsPerEm + 0.5) }

// mask is how much each pixel of the cell is covered by the character. What reaches over the cell's edges is cut.
func (t *typeface) mask(r rune, bold bool) *image.Alpha {
	key := glyph{r, bold}
	if mask, ok := t.glyphs[key]; ok {
		return mask
	}
	mask := image.NewAlpha(image.Rectangle{Max: t.cell})
	face := t.faces[0]
	if bold {
		face = t.faces[1]
	}
	if to, source, from, _, ok := face.Glyph(fixed.P(0, t.baseline), r); ok {
		draw.Draw(mask, to, source, from, draw.Src)
	}
	t.glyphs[key] = mask
	return mask
}

// has says whether the font knows the character, in both weights.
func (t *typeface) has(r rune) bool {
	for _, f := range t.parsed {
		if index, err := f.GlyphIndex(nil, r); err != nil || index == 0 {
			return false
		}
	}
	return true
}
