package informers

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// members reads an object and calls f with each member's name, as a JSON
// string that is good until f reads; f must read the value. A null is an
// object without members.
func members(in *jsontext.Decoder, f func(name []byte) error) error {
	if empty, err := open(in, '{'); empty || err != nil {
		return err
	}
	for in.PeekKind() != '}' {
		raw, err := in.ReadValue()
		if err != nil {
			return err
		}
		if bytes.IndexByte(raw, '\\') >= 0 {
			raw = plainName(raw)
		}
		if err := f(raw); err != nil {
			return err
		}
	}
	_, err := in.ReadToken()
	return err
}

// elements reads an array and calls f for each element, which f must read. A
// null is an empty array.
func elements(in *jsontext.Decoder, f func() error) error {
	if empty, err := open(in, '['); empty || err != nil {
		return err
	}
	for in.PeekKind() != ']' {
		if err := f(); err != nil {
			return err
		}
	}
	_, err := in.ReadToken()
	return err
}

func open(in *jsontext.Decoder, kind jsontext.Kind) (empty bool, err error) {
	token, err := in.ReadToken()
	if err != nil {
		return false, err
	}
	switch token.Kind() {
	case kind:
		return false, nil
	case 'n':
		return true, nil
	}
	return false, fmt.Errorf("JSON: found %s where %s was expected at %q", token.Kind(), kind, in.StackPointer())
}

// plainName spells a name without needless escapes, so that no spelling of it
// goes unnoticed.
func plainName(raw []byte) []byte {
	name, _ := jsontext.AppendUnquote(nil, raw)
	quoted, err := jsontext.AppendQuote(nil, name)
	if err != nil {
		return raw
	}
	return quoted
}

// appendText appends a JSON string's characters; what is not valid UTF-8
// becomes U+FFFD. Any other value is appended as it is written.
func appendText(dst []byte, value jsontext.Value) []byte {
	if value.Kind() != '"' {
		return append(dst, value...)
	}
	dst, _ = jsontext.AppendUnquote(dst, value)
	return dst
}

// copyText gives a JSON string's characters in memory of their own, of which no
// part is left elsewhere.
func copyText(value jsontext.Value) []byte {
	return appendText(make([]byte, 0, len(value)), value)
}

// find gives the value at a path of member names, nil where there is none. The
// JSON must have been read before.
func find(json []byte, path []string) jsontext.Value {
	for _, step := range path {
		if json = member(json, step); json == nil {
			return nil
		}
	}
	return json
}

func member(json []byte, name string) []byte {
	for w := jsonscan.Walk(json, 0); w.Next(); w.Value() {
		if jsonscan.Is(w.Name(), name) {
			return w.Value()
		}
	}
	return nil
}

// validUTF8 gives the text as it is when it is valid, which costs little to
// know.
func validUTF8(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	return bytes.ToValidUTF8(text, []byte("\uFFFD"))
}
