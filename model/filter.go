package model

import "strings"

// Filter chooses rows by what the user typed. The zero Filter matches all. It
// is a value, never changed, and safe for concurrent use.
type Filter struct {
	text string
}

// ParseFilter reads what the user typed; it never fails.
func ParseFilter(text string) Filter { return Filter{text: text} }

// Match tells whether the filter chooses an object.
func (f Filter) Match(o *Object, more ...string) bool {
	return strings.Contains(o.Name, f.text)
}

// Spans gives the byte ranges of s that the filter matches.
func (f Filter) Spans(s string) [][2]int { return nil }

// String gives the text as it was typed.
func (f Filter) String() string { return f.text }

// Empty tells whether the filter matches all for want of a text.
func (f Filter) Empty() bool { return f.text == "" }

// Err says what is wrong with the text, nil where nothing is.
func (f Filter) Err() error { return nil }
