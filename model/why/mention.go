package why

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dogwatch/dogwatch/model/relation"
)

// mention says how surely a text speaks of an object.
type mention uint8

const (
	not    mention = iota
	byKind         // of one of its kind
	byName
)

// mentions tells whether a text speaks of an object.
func mentions(words string, it *relation.Item) mention {
	switch {
	case isWord(words, it.ID.Name):
		return byName
	case begins(strings.ToLower(words), strings.ToLower(it.Of.Kind)):
		return byKind
	}
	return not
}

// isWord tells whether a text has a name that is no part of a longer one.
func isWord(words, name string) bool {
	for at := range places(words, name) {
		after, _ := utf8.DecodeRuneInString(words[at+len(name):])
		if !inName(after) {
			return true
		}
	}
	return false
}

// begins tells whether a word of a text begins so, as "nodes" does with "node".
func begins(words, start string) bool {
	for range places(words, start) {
		return true
	}
	return false
}

// places are where a text has another, not behind a part of a name.
func places(words, part string) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		if part == "" {
			return
		}
		for from := 0; ; {
			i := strings.Index(words[from:], part)
			if i < 0 {
				return
			}
			at := from + i
			before, _ := utf8.DecodeLastRuneInString(words[:at])
			if !inName(before) && !yield(at) {
				return
			}
			from = at + len(part)
		}
	}
}

// inName tells whether a rune may stand beside another in a name; a point may also end a sentence.
func inName(r rune) bool {
	return r != utf8.RuneError && (r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r))
}
