package model

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// literal looks for a text as it is, or whatever its case.
type literal struct {
	text  string
	exact bool
}

// newLiteral makes a literal; without exact the text must have no capitals.
func newLiteral(text string, exact bool) literal { return literal{text: text, exact: exact} }

func (l literal) match(s string) bool { return l.within(s) }

func (l literal) within(s string) bool {
	if l.exact {
		return strings.Contains(s, l.text)
	}
	from, _ := indexFold(s, l.text)
	return from >= 0
}

func (l literal) spans(s string) [][2]int {
	var spans [][2]int
	for at := 0; at < len(s); {
		from, size := strings.Index(s[at:], l.text), len(l.text)
		if !l.exact {
			from, size = indexFold(s[at:], l.text)
		}
		if from < 0 {
			break
		}
		spans = append(spans, [2]int{at + from, at + from + size})
		at += from + size
	}
	return spans
}

// indexFold finds a non-empty text without capitals in s, whatever the case
// there, and how many bytes of s it covers; -1 where it is not there.
func indexFold(s, text string) (from, size int) {
	first := text[0]
	for i := range len(s) {
		if c := s[i]; c < utf8.RuneSelf && first < utf8.RuneSelf && lower(c) != first {
			continue
		}
		if n := prefixFold(s[i:], text); n > 0 {
			return i, n
		}
	}
	return -1, 0
}

// prefixFold gives how many bytes of s a text without capitals covers at its
// beginning, 0 where it is not there.
func prefixFold(s, text string) int {
	at := 0
	for text != "" {
		if at == len(s) {
			return 0
		}
		a, na := foldRune(s[at:])
		b, nb := foldRune(text)
		if a != b {
			return 0
		}
		at += na
		text = text[nb:]
	}
	return at
}

// foldRune gives the first rune as a small letter, and its size. Bytes that
// are no UTF-8 stand for themselves, outside the range of runes.
func foldRune(s string) (rune, int) {
	if c := s[0]; c < utf8.RuneSelf {
		return rune(lower(c)), 1
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		return -rune(s[0]), 1
	}
	return unicode.ToLower(r), n
}

// expression looks for a regular expression.
type expression struct{ *regexp.Regexp }

func (e expression) match(s string) bool { return e.MatchString(s) }

func (e expression) spans(s string) [][2]int {
	var spans [][2]int
	for _, at := range e.FindAllStringIndex(s, -1) {
		if at[0] < at[1] {
			spans = append(spans, [2]int{at[0], at[1]})
		}
	}
	return spans
}

// fuzzy looks for letters in their order, whatever lies between.
type fuzzy struct{ letters []rune }

func newFuzzy(text string) fuzzy {
	var letters []rune
	for text != "" {
		r, n := foldRune(text)
		letters = append(letters, r)
		text = text[n:]
	}
	return fuzzy{letters}
}

func (f fuzzy) match(s string) bool {
	left := f.letters
	for s != "" && len(left) > 0 {
		r, n := foldRune(s)
		if r == left[0] {
			left = left[1:]
		}
		s = s[n:]
	}
	return len(left) == 0
}

// spans marks the first occurrence as far to the right as it will go, where
// its letters are closest together.
func (f fuzzy) spans(s string) [][2]int {
	var places [][2]int // of each rune up to the last letter
	var runes []rune
	next := 0
	for at := 0; at < len(s) && next < len(f.letters); {
		r, n := foldRune(s[at:])
		if r == f.letters[next] {
			next++
		}
		runes, places = append(runes, r), append(places, [2]int{at, at + n})
		at += n
	}
	if next < len(f.letters) {
		return nil
	}
	var spans [][2]int
	for i := len(runes) - 1; next > 0; i-- {
		if runes[i] != f.letters[next-1] {
			continue
		}
		next--
		if n := len(spans); n > 0 && spans[n-1][0] == places[i][1] {
			spans[n-1][0] = places[i][0]
		} else {
			spans = append(spans, places[i])
		}
	}
	slices.Reverse(spans)
	return spans
}
