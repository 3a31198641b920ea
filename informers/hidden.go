package informers

import (
	"bytes"
	"io"
	"iter"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/mask"
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
		in := within(value)
		each := func() error {
			inner, err := in.value()
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
	return append(h, copyText(value))
}

// within tells whether one of the values is in managedFields.
func (h hidden) within(managed []byte) bool {
	if len(h) == 0 {
		return false
	}
	for _, value := range h {
		if len(value) >= tellTale && bytes.Contains(managed, value) {
			return true
		}
	}
	return h.amongNames(managed)
}

// amongNames looks into the names of managedFields that say which element of a
// list is meant, v:"…" and k:{"port":…}: what stands there is JSON once more, in
// which a value may be spelled otherwise.
func (h hidden) amongNames(managed []byte) bool {
	for name := range tokens(bytes.NewReader(managed)) {
		if !strings.HasPrefix(name, "v:") && !strings.HasPrefix(name, "k:") {
			continue
		}
		for value := range tokens(strings.NewReader(name[len("v:"):])) {
			if h.shownBy(value) {
				return true
			}
		}
	}
	return false
}

// tokens are the names, strings and numbers of a JSON text, as far as it is one.
func tokens(json io.Reader) iter.Seq[string] {
	return func(yield func(string) bool) {
		in := jsontext.NewDecoder(json, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		for {
			token, err := in.ReadToken()
			if err != nil {
				return
			}
			if kind := token.Kind(); (kind == '"' || kind == '0') && !yield(token.String()) {
				return
			}
		}
	}
}

// maskCells masks the cells that show one of the values. The name stays: it
// says which object it is, and so do dates, which are not as the server printed.
// The words forget them.
func (h hidden) maskCells(o *model.Object, w *words) {
	if len(h) == 0 {
		return
	}
	for i, cell := range o.Cells {
		if c := o.Columns.List[i]; !c.IsName && c.Kind != model.Date && h.shownBy(cell) {
			w.forget(cell)
			o.Cells[i] = mask.Of(len(cell))
		}
	}
}

// shownBy tells whether a text is one of the values, or has a longer one in it.
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
