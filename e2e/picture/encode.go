package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"io"
	"time"
)

// WritePNG writes one picture.
func WritePNG(w io.Writer, picture *image.Paletted) error {
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(w, picture); err != nil {
		return fmt.Errorf("writing a PNG: %w", err)
	}
	return nil
}

// Frame is one picture of an animation and how long it is shown, to the hundredth of a second.
type Frame struct {
	Picture *image.Paletted
	Show    time.Duration
}

// WriteGIF writes an animation that begins again for ever. The pictures are of one size and share their colours, as
// [Painter.DrawAll] makes them.
func WriteGIF(w io.Writer, frames []Frame) error {
	animation := &gif.GIF{}
	var shown *image.Paletted
	for _, frame := range frames {
		animation.Image = append(animation.Image, difference(shown, frame.Picture))
		animation.Delay = append(animation.Delay, int(frame.Show/(10*time.Millisecond)))
		animation.Disposal = append(animation.Disposal, gif.DisposalNone)
		shown = frame.Picture
	}
	if len(frames) > 0 {
		first := animation.Image[0]
		animation.Config = image.Config{ColorModel: first.Palette, Width: first.Rect.Dx(), Height: first.Rect.Dy()}
	}
	if err := gif.EncodeAll(w, animation); err != nil {
		return fmt.Errorf("writing a GIF: %w", err)
	}
	return nil
}

// difference is the part of next that is not as in shown, with what is the same in between transparent: long runs of
// one index are what the format packs well.
func difference(shown, next *image.Paletted) *image.Paletted {
	palette := append(append(color.Palette{}, next.Palette...), color.RGBA{})
	same := uint8(len(next.Palette))
	if shown == nil {
		return &image.Paletted{Pix: next.Pix, Stride: next.Stride, Rect: next.Rect, Palette: palette}
	}
	changed := changedArea(shown, next)
	if changed.Empty() {
		changed = image.Rect(0, 0, 1, 1) // a frame has at least one pixel
	}
	part := image.NewPaletted(changed, palette)
	for y := changed.Min.Y; y < changed.Max.Y; y++ {
		for x := changed.Min.X; x < changed.Max.X; x++ {
			if index := next.ColorIndexAt(x, y); index != shown.ColorIndexAt(x, y) {
				part.SetColorIndex(x, y, index)
			} else {
				part.SetColorIndex(x, y, same)
			}
		}
	}
	return part
}

// changedArea is the smallest rectangle around the pixels that differ.
func changedArea(a, b *image.Paletted) image.Rectangle {
	var area image.Rectangle
	for y := b.Rect.Min.Y; y < b.Rect.Max.Y; y++ {
		at := b.PixOffset(b.Rect.Min.X, y)
		if bytes.Equal(a.Pix[at:at+b.Rect.Dx()], b.Pix[at:at+b.Rect.Dx()]) {
			continue
		}
		for x := b.Rect.Min.X; x < b.Rect.Max.X; x++ {
			if a.ColorIndexAt(x, y) != b.ColorIndexAt(x, y) {
				area = area.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return area
}
