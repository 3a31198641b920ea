package activity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Filter says which changes are wanted. The zero Filter wants all; it is never changed.
type Filter struct {
	text  string
	terms []term
}

// term is one word of a filter. One of its alternatives has to fit.
type term struct {
	not  bool
	part part
	any  []string // in lower case
}

// part is what a term is about.
type part uint8

const (
	anything part = iota
	ofType
	ofNamespace
	ofObject
	ofManager
	ofPath
)

// prefixes name the parts in a filter.
func prefixes() map[string]part {
	return map[string]part{"type": ofType, "ns": ofNamespace, "obj": ofObject, "by": ofManager, "path": ofPath}
}

// ParseFilter reads words, all of which have to fit: "type:po,deploy ns:shop obj:api by:kubelet path:image". A word without a prefix may be
// in any part of a change, one behind "!" must not fit. aliases has the resources that short names and kinds stand for, in lower case. The
// error says what is missing.
func ParseFilter(text string, aliases map[string]string) (Filter, error) {
	f := Filter{text: strings.TrimSpace(text)}
	for word := range strings.FieldsSeq(text) {
		t := term{}
		rest, not := strings.CutPrefix(word, "!")
		if t.not = not; rest == "" {
			return Filter{}, errors.New("expected a word behind the exclamation mark")
		}
		t.any = []string{strings.ToLower(rest)}
		if prefix, values, ok := strings.Cut(rest, ":"); ok {
			if p, known := prefixes()[strings.ToLower(prefix)]; known {
				t.part = p
				t.any = strings.FieldsFunc(strings.ToLower(values), func(r rune) bool { return r == ',' })
				if len(t.any) == 0 {
					return Filter{}, fmt.Errorf("expected something behind %q", prefix+":")
				}
			}
		}
		if t.part == ofType {
			for i, name := range t.any {
				if resource, ok := aliases[name]; ok {
					t.any[i] = resource + "."
				}
			}
		}
		f.terms = append(f.terms, t)
	}
	return f, nil
}

// String is the filter as it was typed.
func (f Filter) String() string { return f.text }

// IsZero tells whether all is wanted.
func (f Filter) IsZero() bool { return len(f.terms) == 0 }

// hasFold tells whether text has a word, which is in lower case, in any case of its letters.
func hasFold[T ~string | ~[]byte](text T, word string) bool {
	return hasFoldASCII(text, word) || !isASCII(word) && !isASCII(text) && strings.Contains(strings.ToLower(string(text)), word)
}

func isASCII[T ~string | ~[]byte](text T) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// hasFoldASCII is hasFold for the case of ASCII letters, which is what nearly all is about.
func hasFoldASCII[T ~string | ~[]byte](text T, word string) bool {
	last := len(text) - len(word)
	if word == "" {
		return true
	}
	for i := 0; i <= last; i++ {
		if lower(text[i]) != word[0] {
			continue
		}
		n := 1
		for n < len(word) && lower(text[i+n]) == word[n] {
			n++
		}
		if n == len(word) {
			return true
		}
	}
	return false
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// fitsAny tells whether one of the alternatives fits.
func (t *term) fitsAny(fits func(word string) bool) bool { return slices.ContainsFunc(t.any, fits) }
