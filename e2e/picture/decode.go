package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"io"
	"time"
)

// ReadGIF returns the frames of an animation that [WriteGIF] wrote, each as it is seen.
func ReadGIF(r io.Reader) ([]Frame, error) {
	animation, err := gif.DecodeAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading a GIF: %w", err)
	}
	seen := image.NewPaletted(image.Rect(0, 0, animation.Config.Width, animation.Config.Height), nil)
	frames := make([]Frame, len(animation.Image))
	for i, part := range animation.Image {
		lay(seen, part)
		picture := *seen
		picture.Pix, picture.Palette = bytes.Clone(seen.Pix), part.Palette
		frames[i] = Frame{Picture: &picture, Show: time.Duration(animation.Delay[i]) * 10 * time.Millisecond}
	}
	return frames, nil
}

// lay puts the part over what is seen, but for its transparent pixels. All frames share their colours.
func lay(seen, part *image.Paletted) {
	opaque := make([]bool, len(part.Palette))
	for i, c := range part.Palette {
		_, _, _, alpha := c.RGBA()
		opaque[i] = alpha > 0
	}
	for y := part.Rect.Min.Y; y < part.Rect.Max.Y; y++ {
		from := part.Pix[part.PixOffset(part.Rect.Min.X, y):][:part.Rect.Dx()]
		to := seen.Pix[seen.PixOffset(part.Rect.Min.X, y):]
		for x, index := range from {
			if opaque[index] {
				to[x] = index
			}
		}
	}
}

// DifferentCell returns the column and row, counted from 0, of the first cell that is not the same in two pictures of a
// screen of that size. What is outside of the cells counts to the nearest.
func (p *Painter) DifferentCell(a, b image.Image, columns, rows int) (column, row int, differ bool) {
	at, differ := Difference(a, b)
	if !differ {
		return 0, 0, false
	}
	row = (at.Y - p.margin.Y) / p.font.cell.Y
	row = min(max(row, 0), rows-1)
	first, second := flat(a), flat(b)
	for column = range columns {
		area := image.Rectangle{Max: p.font.cell}.Add(p.margin).Add(image.Pt(column*p.font.cell.X, row*p.font.cell.Y))
		if _, here := firstDifference(first, second, area); here {
			return column, row, true
		}
	}
	return min(max((at.X-p.margin.X)/p.font.cell.X, 0), columns-1), row, true
}

// Difference returns the first pixel, from the top left, that is not the same in both pictures.
func Difference(a, b image.Image) (at image.Point, differ bool) {
	if a.Bounds() != b.Bounds() {
		return image.Point{}, true
	}
	return firstDifference(flat(a), flat(b), a.Bounds())
}

func firstDifference(a, b *image.RGBA, area image.Rectangle) (at image.Point, differ bool) {
	area = area.Intersect(a.Rect)
	for y := area.Min.Y; y < area.Max.Y; y++ {
		from, to := a.PixOffset(area.Min.X, y), a.PixOffset(area.Max.X, y)
		if bytes.Equal(a.Pix[from:to], b.Pix[from:to]) {
			continue
		}
		for x := area.Min.X; x < area.Max.X; x++ {
			if a.RGBAAt(x, y) != b.RGBAAt(x, y) {
				return image.Pt(x, y), true
			}
		}
	}
	return image.Point{}, false
}

// flat gives the pixels without a palette: looking each up for a comparison would take most of its time.
func flat(picture image.Image) *image.RGBA {
	if already, ok := picture.(*image.RGBA); ok {
		return already
	}
	pixels := image.NewRGBA(picture.Bounds())
	indexed, ok := picture.(*image.Paletted)
	if !ok {
		draw.Draw(pixels, pixels.Rect, picture, pixels.Rect.Min, draw.Src)
		return pixels
	}
	var colors [256]color.RGBA
	for i, c := range indexed.Palette {
		colors[i] = color.RGBAModel.Convert(c).(color.RGBA)
	}
	for i, index := range indexed.Pix {
		c := colors[index]
		copy(pixels.Pix[4*i:], []byte{c.R, c.G, c.B, c.A})
	}
	return pixels
}
