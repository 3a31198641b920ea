package informers

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// members reads an object and calls f with each member's name, as a JSON
// string that is good until f reads; f must read the value. A null is an
// object without members.
func members(in *input, f func(name []byte) error) error {
	if empty, err := open(in, '{', "an object"); empty || err != nil {
		return err
	}
	for first := true; !in.take('}'); first = false {
		if !first && !in.take(',') {
			return in.unexpected("a comma or }")
		}
		name, err := memberName(in)
		if err != nil {
			return err
		}
		if err := f(name); err != nil {
			return err
		}
	}
	in.depth--
	return nil
}

// memberName reads a member's name and the colon behind it.
func memberName(in *input) ([]byte, error) {
	if in.kind() != '"' {
		return nil, in.unexpected("a name")
	}
	name, err := in.value()
	if err != nil {
		return nil, err
	}
	if bytes.IndexByte(name, '\\') >= 0 {
		name = plainName(name)
	}
	if in.at < len(in.text) && in.text[in.at] == ':' {
		in.at++
		return name, nil
	}
	name = bytes.Clone(name) // looking for the colon may read on
	if !in.take(':') {
		return nil, in.unexpected(":")
	}
	return name, nil
}

// elements reads an array and calls f for each element, which f must read. A
// null is an empty array.
func elements(in *input, f func() error) error {
	if empty, err := open(in, '[', "a list"); empty || err != nil {
		return err
	}
	for first := true; !in.take(']'); first = false {
		if !first && !in.take(',') {
			return in.unexpected("a comma or ]")
		}
		if err := f(); err != nil {
			return err
		}
	}
	in.depth--
	return nil
}

func open(in *input, bracket byte, what string) (empty bool, err error) {
	if in.take(bracket) {
		if in.depth++; in.depth > deepest {
			return false, in.located(errDeep)
		}
		return false, nil
	}
	if in.kind() != 'n' {
		return false, in.unexpected(what)
	}
	return true, in.skip()
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
