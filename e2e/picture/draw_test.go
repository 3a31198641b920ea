package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"slices"
	"testing"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// rows makes cells of text in one style.
func rows(style uv.Style, lines ...string) [][]uv.Cell {
	cells := make([][]uv.Cell, len(lines))
	for y, line := range lines {
		for _, r := range line {
			cells[y] = append(cells[y], uv.Cell{Content: string(r), Width: 1, Style: style})
		}
	}
	return cells
}

func painter(t *testing.T) *Painter {
	t.Helper()
	p, err := New(17)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// cellOf is the area of a cell in a picture.
func (p *Painter) cellOf(column, row int) image.Rectangle {
	at := image.Pt(column*p.font.cell.X, row*p.font.cell.Y).Add(p.margin)
	return image.Rectangle{Min: at, Max: at.Add(p.font.cell)}
}

// inked counts the pixels of an area that are not of the ground.
func inked(picture image.Image, area image.Rectangle, ground color.Color) (n int) {
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			if picture.At(x, y) != ground {
				n++
			}
		}
	}
	return n
}

func TestLinesJoinOverTheEdgesOfCells(t *testing.T) {
	p, ground := painter(t), Dark().Background
	picture := p.Draw(rows(uv.Style{}, "┌─┬┐", "│█▌│", "├─┼┤", "└─┴┘"), Dark())
	for _, row := range []int{0, 2, 3} {
		for column := range 3 {
			left, right := p.cellOf(column, row), p.cellOf(column+1, row)
			a := image.Rect(left.Max.X-1, left.Min.Y, left.Max.X, left.Max.Y)
			b := image.Rect(right.Min.X, right.Min.Y, right.Min.X+1, right.Max.Y)
			if inked(picture, a, ground) != p.stroke || inked(picture, b, ground) != p.stroke {
				t.Errorf("columns %d and %d of row %d do not join", column, column+1, row)
			}
		}
	}
	for row := range 3 {
		upper, lower := p.cellOf(0, row), p.cellOf(0, row+1)
		a := image.Rect(upper.Min.X, upper.Max.Y-1, upper.Max.X, upper.Max.Y)
		b := image.Rect(lower.Min.X, lower.Min.Y, lower.Max.X, lower.Min.Y+1)
		if inked(picture, a, ground) != p.stroke || inked(picture, b, ground) != p.stroke {
			t.Errorf("rows %d and %d do not join", row, row+1)
		}
	}
}

func TestCornersAreClosed(t *testing.T) {
	p := painter(t)
	middle := image.Pt(p.font.cell.X/2, p.font.cell.Y/2).Sub(image.Pt(p.stroke/2, p.stroke/2))
	for _, r := range "┌┐└┘├┤┬┴┼╭╮╰╯" {
		picture := p.Draw(rows(uv.Style{}, string(r)), Dark())
		at := p.cellOf(0, 0).Min.Add(middle)
		corner := image.Rectangle{Min: at, Max: at.Add(image.Pt(p.stroke, p.stroke))}
		if got := inked(picture, corner, Dark().Background); got != p.stroke*p.stroke {
			t.Errorf("%q has %d of %d pixels in its middle", r, got, p.stroke*p.stroke)
		}
	}
}

func TestBlocksCoverTheirShare(t *testing.T) {
	p := painter(t)
	size := p.font.cell
	for r, want := range map[rune]int{
		'█': size.X * size.Y, '▌': eighths(size.X, 4) * size.Y, '▁': size.X * (size.Y - eighths(size.Y, 7)),
		'▀': size.X * eighths(size.Y, 4), '▏': eighths(size.X, 1) * size.Y, '▓': size.X * size.Y,
		'▚': eighths(size.X, 4)*eighths(size.Y, 4) + (size.X-eighths(size.X, 4))*(size.Y-eighths(size.Y, 4)),
	} {
		picture := p.Draw(rows(uv.Style{}, string(r)), Dark())
		if got := inked(picture, p.cellOf(0, 0), Dark().Background); got != want {
			t.Errorf("%q covers %d pixels, want %d", r, got, want)
		}
	}
}

func TestLettersStayInTheirCell(t *testing.T) {
	p := painter(t)
	picture := p.Draw(rows(uv.Style{Attrs: uv.AttrBold}, "   ", " W ", "   "), Light())
	all := inked(picture, picture.Rect.Inset(p.stroke), Light().Background)
	if got := inked(picture, p.cellOf(1, 1), Light().Background); got != all || got == 0 {
		t.Errorf("%d of %d inked pixels are in the letter's cell", got, all)
	}
}

func TestColoursAreThoseOfTheTerminal(t *testing.T) {
	dark := Dark()
	for name, test := range map[string]struct {
		style        uv.Style
		text, ground color.RGBA
	}{
		"plain":       {uv.Style{}, dark.Foreground, dark.Background},
		"reverse":     {uv.Style{Attrs: uv.AttrReverse}, dark.Background, dark.Foreground},
		"named":       {uv.Style{Fg: ansi.BrightRed, Bg: ansi.Blue}, dark.Basic[9], dark.Basic[4]},
		"low index":   {uv.Style{Fg: ansi.IndexedColor(2)}, dark.Basic[2], dark.Background},
		"high index":  {uv.Style{Fg: ansi.IndexedColor(231)}, rgb(0xffffff), dark.Background},
		"true colour": {uv.Style{Fg: rgb(0x123456)}, rgb(0x123456), dark.Background},
		"faint":       {uv.Style{Attrs: uv.AttrFaint, Fg: rgb(0xffffff), Bg: rgb(0)}, rgb(0x8c8c8c), rgb(0)},
	} {
		if text, ground := dark.colors(test.style); text != test.text || ground != test.ground {
			t.Errorf("%s: %v on %v, want %v on %v", name, text, ground, test.text, test.ground)
		}
	}
}

func TestRulesAreDrawn(t *testing.T) {
	p := painter(t)
	blank := p.Draw(rows(uv.Style{}, " "), Dark())
	for name, style := range map[string]uv.Style{
		"underline": {Underline: uv.UnderlineSingle}, "strike": {Attrs: uv.AttrStrikethrough},
	} {
		picture := p.Draw(rows(style, " "), Dark())
		got := inked(picture, p.cellOf(0, 0), Dark().Background)
		if want := p.stroke * p.font.cell.X; got != want || slices.Equal(picture.Pix, blank.Pix) {
			t.Errorf("%s inks %d pixels, want %d", name, got, want)
		}
	}
}

func TestManyColoursStillMakeAPalette(t *testing.T) {
	p := painter(t)
	row := make([]uv.Cell, 120)
	for i := range row {
		row[i] = uv.Cell{Content: "g", Width: 1, Style: uv.Style{Fg: rgb(uint32(i) * 0x020105)}}
	}
	picture := p.Draw([][]uv.Cell{row}, Dark())
	if n := len(picture.Palette); n > mostColors {
		t.Errorf("%d colours", n)
	}
	if got := inked(picture, p.cellOf(119, 0), Dark().Background); got == 0 {
		t.Error("the last letter is not drawn")
	}
}

func TestFilesHoldWhatWasDrawn(t *testing.T) {
	p := painter(t)
	screens := [][][]uv.Cell{
		rows(uv.Style{}, "one", "two"), rows(uv.Style{}, "one", "too"), rows(uv.Style{}, "one", "too"), rows(uv.Style{Fg: ansi.Red}, "one", "too"),
	}
	pictures := p.DrawAll(screens, Light())
	var still, moving, again bytes.Buffer
	if err := WritePNG(&still, pictures[0]); err != nil {
		t.Fatal(err)
	}
	decoded, err := png.Decode(&still)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(decoded.(*image.Paletted).Pix, pictures[0].Pix) {
		t.Error("the PNG has other pixels")
	}
	var frames []Frame
	for _, picture := range pictures {
		frames = append(frames, Frame{picture, 120 * time.Millisecond})
	}
	if err := WriteGIF(&moving, frames); err != nil {
		t.Fatal(err)
	}
	if err := WriteGIF(&again, frames); err != nil || !bytes.Equal(moving.Bytes(), again.Bytes()) {
		t.Errorf("the same frames give other bytes (%v)", err)
	}
	shown, err := ReadGIF(&moving)
	if err != nil {
		t.Fatal(err)
	}
	for i, frame := range shown {
		if frame.Show != frames[i].Show {
			t.Errorf("frame %d is shown %v", i, frame.Show)
		}
		if at, differ := Difference(frame.Picture, pictures[i]); differ {
			t.Errorf("frame %d differs at %v", i, at)
		}
	}
}

func TestDifferenceIsTheFirst(t *testing.T) {
	a := image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{rgb(0), rgb(1)})
	b := image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{rgb(1), rgb(0)})
	for i := range b.Pix {
		b.Pix[i] = 1
	}
	if at, differ := Difference(a, b); differ {
		t.Errorf("same colours at other indexes differ at %v", at)
	}
	b.SetColorIndex(3, 1, 0)
	b.SetColorIndex(0, 2, 0)
	if at, differ := Difference(a, b); !differ || at != image.Pt(3, 1) {
		t.Errorf("the difference is at %v: %v", at, differ)
	}
	if _, differ := Difference(a, image.NewPaletted(image.Rect(0, 0, 4, 5), a.Palette)); !differ {
		t.Error("another size is no difference")
	}
}
