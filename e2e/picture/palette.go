package picture

import (
	"image/color"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// Palette is how a terminal colours what programs leave to it.
type Palette struct {
	Foreground, Background color.RGBA
	// Frame is the thin line around the picture.
	Frame color.RGBA
	// Basic are the sixteen colours that have names: eight, and their bright ones.
	Basic [16]color.RGBA
}

// Dark is the palette of a dark terminal.
func Dark() Palette {
	return Palette{
		Foreground: rgb(0xc9ced6), Background: rgb(0x14171c), Frame: rgb(0x2a303a),
		Basic: [16]color.RGBA{
			rgb(0x20252d), rgb(0xd8605f), rgb(0x86c06c), rgb(0xdcb35c), rgb(0x6c9fdc), rgb(0xc08fd8), rgb(0x5fb3c8), rgb(0xb6bec9),
			rgb(0x5b6472), rgb(0xec6a6a), rgb(0x9fd486), rgb(0xeac878), rgb(0x8ab6ea), rgb(0xd0a9e4), rgb(0x7fcadc), rgb(0xf0f2f5),
		},
	}
}

// Light is the palette of a light terminal.
func Light() Palette {
	return Palette{
		Foreground: rgb(0x242a33), Background: rgb(0xfdfdfc), Frame: rgb(0xd3d7dd),
		Basic: [16]color.RGBA{
			rgb(0x242a33), rgb(0xb92a22), rgb(0x2f7a2c), rgb(0x8c5d00), rgb(0x2458a8), rgb(0x7b3fa0), rgb(0x0b6e85), rgb(0xc9ced6),
			rgb(0x6a7280), rgb(0xd03c33), rgb(0x3c9138), rgb(0xa87200), rgb(0x2f6cc8), rgb(0x9350bc), rgb(0x0f88a4), rgb(0xfdfdfc),
		},
	}
}

func rgb(v uint32) color.RGBA {
	return color.RGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}

// Shares of the foreground, in 255ths.
const (
	full      = 255
	faintness = 140 // what a faint text keeps of its colour
)

// colors returns what a cell's text and ground are painted with.
func (p Palette) colors(style uv.Style) (text, ground color.RGBA) {
	text, ground = p.color(style.Fg, p.Foreground), p.color(style.Bg, p.Background)
	if style.Attrs&uv.AttrReverse != 0 {
		text, ground = ground, text
	}
	if style.Attrs&uv.AttrFaint != 0 {
		text = blend(ground, text, faintness)
	}
	return text, ground
}

// color looks up what the program said; nil is the terminal's own.
func (p Palette) color(c color.Color, own color.RGBA) color.RGBA {
	switch c := c.(type) {
	case nil:
		return own
	case ansi.BasicColor:
		return p.Basic[c&15]
	case ansi.IndexedColor:
		if int(c) < len(p.Basic) {
			return p.Basic[c]
		}
	}
	r, g, b, _ := c.RGBA()
	return color.RGBA{R: uint8(r >> 8), G: uint8(g >> 8), B: uint8(b >> 8), A: 0xff}
}

// blend lays share 255ths of one colour over another.
func blend(under, over color.RGBA, share int) color.RGBA {
	mix := func(a, b uint8) uint8 { return uint8((int(a)*(full-share) + int(b)*share + full/2) / full) }
	return color.RGBA{R: mix(under.R, over.R), G: mix(under.G, over.G), B: mix(under.B, over.B), A: 0xff}
}
