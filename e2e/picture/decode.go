package picture

import (
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"io"
	"time"
)

// ReadGIF returns the frames of an animation as they are seen.
func ReadGIF(r io.Reader) ([]Moment, error) {
	animation, err := gif.DecodeAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading a GIF: %w", err)
	}
	seen := image.NewRGBA(image.Rect(0, 0, animation.Config.Width, animation.Config.Height))
	moments := make([]Moment, len(animation.Image))
	for i, part := range animation.Image {
		draw.Draw(seen, part.Rect, part, part.Rect.Min, draw.Over)
		picture := image.NewRGBA(seen.Rect)
		copy(picture.Pix, seen.Pix)
		moments[i] = Moment{Picture: picture, Show: time.Duration(animation.Delay[i]) * 10 * time.Millisecond}
	}
	return moments, nil
}

// Moment is what an animation shows for a while.
type Moment struct {
	Picture image.Image
	Show    time.Duration
}

// Difference returns the first pixel, from the top left, that is not the same in both pictures.
func Difference(a, b image.Image) (at image.Point, differ bool) {
	if a.Bounds() != b.Bounds() {
		return image.Point{}, true
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			r0, g0, b0, a0 := a.At(x, y).RGBA()
			r1, g1, b1, a1 := b.At(x, y).RGBA()
			if r0 != r1 || g0 != g1 || b0 != b1 || a0 != a1 {
				return image.Pt(x, y), true
			}
		}
	}
	return image.Point{}, false
}
