package informers

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dogwatch/dogwatch/model"
)

// tellTale is the length in bytes from which a hidden value is looked for
// inside of other text. Shorter ones ("1", "80") are in everything.
const tellTale = 4

// hidden are the texts of values that were masked in one object. They are
// wiped once their copies are found.
type hidden [][]byte

// with adds a value: its characters, or those of all that is in it.
func (h hidden) with(value jsontext.Value) hidden {
	switch value.Kind() {
	case '{', '[':
		in := text(bytes.NewReader(value))
		each := func() error {
			inner, err := in.ReadValue()
			h = h.with(inner)
			return err
		}
		if value.Kind() == '[' {
			_ = elements(in, each) // it was read once already
		} else {
			_ = members(in, func([]byte) error { return each() })
		}
		return h
	case '"':
		if len(value) == len(`""`) {
			return h
		}
	}
	return append(h, appendText(nil, value))
}

// within tells whether one of the values is somewhere in a text.
func (h hidden) within(text []byte) bool {
	for _, value := range h {
		if len(value) >= tellTale && bytes.Contains(text, value) {
			return true
		}
	}
	return false
}

// maskCells masks the cells that show one of the values. The name stays: it
// says which object it is, and so do dates, which are not as the server printed.
func (h hidden) maskCells(o *model.Object) {
	if len(h) == 0 {
		return
	}
	for i, cell := range o.Cells {
		if c := o.Columns.List[i]; !c.IsName && c.Kind != model.Date && h.shownBy(cell) {
			o.Cells[i] = maskOf(len(cell))
		}
	}
}

func (h hidden) shownBy(cell string) bool {
	for _, value := range h {
		if cell == string(value) || len(value) >= tellTale && strings.Contains(cell, string(value)) {
			return true
		}
	}
	return false
}

func (h hidden) wipe() {
	for _, value := range h {
		clear(value)
	}
}
