package stream

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
)

// Format is how events are written.
type Format struct {
	Name string
	// Encode writes one event, as one line without its end.
	Encode func(Event) ([]byte, error)
	// Begins tells whether a text that begins so, which may be cut off anywhere, can be of this format.
	Begins func(text []byte) bool
	// One and Batch are the media types of one event, and of several put together by Join.
	One, Batch string
	// begin, between and end are what stands around several events.
	begin, between, end string
}

// JSON writes each event as a JSON object.
func JSON() *Format {
	return &Format{
		Name: "json", Encode: encodeJSON, Begins: beginsLike(`{"schema":"`), One: "application/json", Batch: "application/x-ndjson", between: "\n", end: "\n",
	}
}

// Text is a format of lines for people, all of which begin as one does, but for its digits.
func Text(line func(Event) string, like string) *Format {
	const media = "text/plain; charset=utf-8"
	encode := func(e Event) ([]byte, error) { return []byte(line(e)), nil }
	return &Format{Name: "text", Encode: encode, Begins: beginsLike(like), One: media, Batch: media, between: "\n", end: "\n"}
}

// beginsLike makes a Begins of how one text begins, in which other digits may stand for its digits.
func beginsLike(one string) func(text []byte) bool {
	isDigit := func(c byte) bool { return c >= '0' && c <= '9' }
	return func(text []byte) bool {
		for i, c := range text[:min(len(text), len(one))] {
			if c != one[i] && (!isDigit(c) || !isDigit(one[i])) {
				return false
			}
		}
		return true
	}
}

// Join puts messages together to one text of the type Batch.
func (f *Format) Join(batch []Message) []byte {
	size := len(f.begin) + len(f.end)
	for i := range batch {
		size += len(f.between) + len(batch[i].Body)
	}
	out := append(make([]byte, 0, size), f.begin...)
	for i := range batch {
		if i > 0 {
			out = append(out, f.between...)
		}
		out = append(out, batch[i].Body...)
	}
	return append(out, f.end...)
}

func encodeJSON(e Event) ([]byte, error) {
	text, err := json.Marshal(e, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("writing event %s: %w", e.Header().ID, err)
	}
	return escapeHidden(text), nil
}

// escapeHidden escapes what cannot be seen in JSON, which means the same: the stream may be shown on a terminal, that would obey.
func escapeHidden(json []byte) []byte {
	first := bytes.IndexFunc(json, isHidden)
	if first < 0 {
		return json
	}
	out := append(make([]byte, 0, len(json)+64), json[:first]...)
	for rest := json[first:]; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case !isHidden(r):
			out = append(out, rest[:size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		rest = rest[size:]
	}
	return out
}

// isHidden tells whether a rune of JSON has no picture of its own. Control characters that are ASCII are escaped already.
func isHidden(r rune) bool {
	return r >= '\x7f' && !unicode.IsGraphic(r)
}
