package gallery

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	uv "github.com/charmbracelet/ultraviolet"

	"github.com/dogwatch/dogwatch/e2e/picture"
)

// Make takes a picture and returns what its file holds.
func (c *Camera) Make(ctx context.Context, p *Picture, theme string) ([]byte, error) {
	shots, err := c.Take(ctx, p, theme)
	if err != nil {
		return nil, err
	}
	frames, err := Develop(p, theme, shots)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if p.Animated() {
		err = picture.WriteGIF(&file, frames)
	} else {
		err = picture.WritePNG(&file, frames[0].Picture)
	}
	if err != nil {
		return nil, fmt.Errorf("making %s: %w", p.File(theme), err)
	}
	return file.Bytes(), nil
}

// Develop draws the shots of a picture.
func Develop(p *Picture, theme string, shots []Shot) ([]picture.Frame, error) {
	palette, paletteErr := paletteOf(theme)
	painter, err := picture.New(p.CellWidth)
	if err := errors.Join(paletteErr, err); err != nil {
		return nil, fmt.Errorf("drawing %s: %w", p.File(theme), err)
	}
	screens := make([][][]uv.Cell, len(shots))
	for i, shot := range shots {
		if missing := painter.Missing(shot.Cells); len(missing) > 0 {
			return nil, fmt.Errorf("drawing %s: the font lacks %q", p.File(theme), string(missing))
		}
		screens[i] = shot.Cells
	}
	frames := make([]picture.Frame, len(shots))
	for i, image := range painter.DrawAll(screens, palette) {
		frames[i] = picture.Frame{Picture: image, Show: shots[i].Show}
	}
	return frames, nil
}
