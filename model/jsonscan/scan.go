// Package jsonscan finds its way through JSON text that is known to be valid,
// several times as fast as a reader that checks it again, and without copying:
// what it gives are parts of the text. What comes from a server is read by
// a Checker first; the rest of this package is for the second look at it.
//
// Of text that is not valid it gives something arbitrary, but always ends
// and never panics. Nothing here is changed or kept, so all of it is safe for
// concurrent use.
package jsonscan

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// Skip gives the index behind the value that begins at i, where there is no white space.
func Skip(text []byte, i int) int {
	if i >= len(text) {
		return len(text)
	}
	switch text[i] {
	case '"':
		return skipString(text, i+1)
	case '{', '[':
		return skipCompound(text, i)
	}
	for i < len(text) && !ends(text[i]) {
		i++
	}
	return i
}

// ends tells whether a number or a word cannot go on with this character.
func ends(c byte) bool {
	switch c {
	case ',', '}', ']', ' ', '\n', '\r', '\t', ':':
		return true
	}
	return false
}

// skipString gives the index behind the string of which i is in the middle.
func skipString(text []byte, i int) int {
	for {
		if i = quoted(text, i); i >= len(text) {
			return len(text)
		}
		if text[i] == '"' {
			return i + 1
		}
		i += 2
	}
}

// skipCompound gives the index behind the object or list that begins at i.
func skipCompound(text []byte, i int) int {
	const brace = '{' ^ '[' // the bit in which braces and brackets differ
	depth := 0
	for i < len(text) {
		c := text[i]
		i++
		if c == '"' {
			i = skipString(text, i)
			continue
		}
		if c |= brace; c == '{' {
			depth++
		} else if c == '}' {
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

// SkipSpace gives the index of the first character from i on that is no white space.
func SkipSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t') {
		i++
	}
	return i
}

// Object is the text of a JSON object, for those who look at it one after the
// other.
type Object struct {
	Text []byte
	// Ends are where the values of its members end, in their order; nil where
	// that is not known. Who knows saves others from looking for it.
	Ends []int
}

// Walk steps through the members of the object.
func (o Object) Walk() Walker {
	w := Walk(o.Text, 0)
	w.ends = o.Ends
	return w
}

// Walker steps through the members of an object, or the elements of a list:
//
//	for w := jsonscan.Walk(text, 0); w.Next(); {
//		name, value := w.Name(), w.Value()
//	}
//
// After each Next the value must be read: by Value, by Same or, where it was
// read by others, by To.
type Walker struct {
	text   []byte
	name   []byte
	at     int
	object bool
	ends   []int // of the values that come, where they are known
	end    int   // of this value, 0 if it is not known
}

// Walk begins at the object or list at index i of a text. Anything else, a null too, is one
// without members.
func Walk(text []byte, i int) Walker {
	i = SkipSpace(text, i)
	w := Walker{text: text, at: i}
	if i < len(text) && (text[i] == '{' || text[i] == '[') {
		w.object = text[i] == '{'
		w.at++
		return w
	}
	w.at = len(text)
	return w
}

// Next goes on to the next member or element. It is false at the end, when At is behind the object or list.
func (w *Walker) Next() bool {
	text, i := w.text, w.at
	if i = SkipSpace(text, i); i < len(text) && text[i] == ',' {
		i = SkipSpace(text, i+1)
	}
	if i >= len(text) || text[i] == '}' || text[i] == ']' {
		w.at = min(i+1, len(text))
		return false
	}
	if w.object {
		end := Skip(text, i)
		w.name = text[i:end]
		if i = SkipSpace(text, end); i < len(text) && text[i] == ':' {
			i = SkipSpace(text, i+1)
		}
		if i == w.at {
			i = len(text) // not valid: nothing here was a name
		}
	}
	w.at = i
	if len(w.ends) > 0 {
		w.end, w.ends = w.ends[0], w.ends[1:]
	}
	return true
}

// IsKnown tells whether Value need not look for the end.
func (w *Walker) IsKnown() bool { return w.end > w.at }

// Name is the member's name as it is spelled, with its quotes. Of an element it is nil.
func (w *Walker) Name() []byte { return w.name }

// Kind is the first character of the value that comes, 0 where there is none.
func (w *Walker) Kind() byte {
	if w.at < len(w.text) {
		return w.text[w.at]
	}
	return 0
}

// At is the index in the text at which the value that comes begins.
func (w *Walker) At() int { return w.at }

// Value reads the value.
func (w *Walker) Value() []byte {
	begin := w.at
	if w.end > begin {
		w.at = w.end
		return w.text[begin:w.at]
	}
	w.at = Skip(w.text, begin)
	if w.at == begin && begin < len(w.text) {
		w.at++ // not valid: go on all the same
	}
	return w.text[begin:w.at]
}

// Same reads the value if it is spelled just so, and tells whether it was.
func (w *Walker) Same(value []byte) bool {
	end := w.at + len(value)
	if end > len(w.text) || len(value) == 0 || !bytes.Equal(w.text[w.at:end], value) {
		return false
	}
	if c := value[0]; c != '"' && c != '{' && c != '[' && end < len(w.text) && !ends(w.text[end]) {
		return false // 1 is no 10
	}
	w.at = end
	return true
}

// To goes on behind a value that was read in another way, to the index of its end.
func (w *Walker) To(end int) { w.at = max(w.at, min(end, len(w.text))) }

// Is tells whether a name or a string, as it is spelled in JSON, has these characters.
func Is(spelled []byte, characters string) bool {
	if bytes.IndexByte(spelled, '\\') >= 0 {
		return string(Text(spelled)) == characters
	}
	return len(spelled) == len(characters)+2 && string(spelled[1:len(spelled)-1]) == characters
}

// Text gives the characters of a name or a string, as it is spelled in JSON; what is no string is given as it is. It copies
// where it must, for escapes.
func Text(spelled []byte) []byte {
	if len(spelled) < 2 || spelled[0] != '"' {
		return spelled
	}
	if bytes.IndexByte(spelled, '\\') < 0 {
		return spelled[1 : len(spelled)-1]
	}
	text, _ := jsontext.AppendUnquote(nil, spelled)
	return text
}
