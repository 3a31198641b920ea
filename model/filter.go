package model

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"k8s.io/apimachinery/pkg/labels"
)

// Filter chooses rows by what the user typed:
//
//	text        contains it; whatever the case, unless it has capitals
//	a.*b$       matches the regular expression
//	!text       does not contain or match it
//	-f text     contains its letters in this order
//	-l app=web  has labels that the selector chooses
//
// Texts are looked for in namespace, name and cells. The zero Filter takes
// all. A Filter is never changed and safe for concurrent use.
type Filter struct {
	text    string
	matcher matcher         // nil takes all
	labels  labels.Selector // nil takes all
	inverse bool
	err     error
}

// matcher looks for a pattern in one text.
type matcher interface {
	match(s string) bool
	// spans gives the byte ranges that the pattern covers, in order and apart.
	spans(s string) [][2]int
}

// ParseFilter reads what the user typed. It never fails: what cannot be read
// takes all, or is looked for as it is, and Err says why.
func ParseFilter(text string) Filter {
	f := Filter{text: text}
	text = strings.TrimLeft(text, " ")
	if rest, ok := cutFlag(text, "-l"); ok {
		f.labels, f.err = parseSelector(rest)
		return f
	}
	if rest, ok := cutFlag(text, "-f"); ok {
		f.matcher = newFuzzy(strings.TrimSpace(rest))
		return f
	}
	text, f.inverse = strings.CutPrefix(text, "!")
	f.matcher, f.err = newMatcher(text)
	return f
}

// cutFlag cuts a flag and the space after it.
func cutFlag(text, flag string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(text, flag)
	return strings.TrimLeft(rest, " "), ok && (rest == "" || rest[0] == ' ')
}

func parseSelector(text string) (labels.Selector, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	s, err := labels.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read label selector: %w", err)
	}
	return s, nil
}

// newMatcher makes the matcher of a text: a regular expression where it looks
// like one and is one.
func newMatcher(text string) (matcher, error) {
	if text == "" {
		return nil, nil
	}
	exact := strings.ContainsFunc(text, unicode.IsUpper)
	if !strings.ContainsAny(text, `\*+?()|[]{}^$`) {
		return newLiteral(text, exact), nil
	}
	pattern := text
	if !exact {
		pattern = "(?i)" + text
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return newLiteral(text, exact), fmt.Errorf("read regular expression: %w", err)
	}
	return expression{re}, nil
}

// Match tells whether the filter takes an object. more is text that is shown
// in the object's row beside namespace, name and cells.
func (f Filter) Match(o *Object, more ...string) bool {
	if f.labels != nil {
		return f.labels.Matches(o.Labels)
	}
	if f.matcher == nil {
		return true
	}
	return f.finds(o, more) != f.inverse
}

func (f Filter) finds(o *Object, more []string) bool {
	if f.matcher.match(o.Name) || (o.Namespace != "" && f.matcher.match(o.Namespace)) {
		return true
	}
	for i, cell := range o.Cells {
		if o.Columns.isText(i) && f.matcher.match(cell) {
			return true
		}
	}
	for _, s := range more {
		if f.matcher.match(s) {
			return true
		}
	}
	return false
}

// Spans gives the byte ranges of a shown text that the filter looks for, in
// order and apart. There are none for an inverse filter or for labels.
func (f Filter) Spans(s string) [][2]int {
	if f.matcher == nil || f.inverse {
		return nil
	}
	return f.matcher.spans(s)
}

// String gives the text as it was typed.
func (f Filter) String() string { return f.text }

// Empty tells whether the filter takes all.
func (f Filter) Empty() bool { return f.matcher == nil && f.labels == nil }

// Err says what is wrong with the text, nil where nothing is.
func (f Filter) Err() error { return f.err }

// narrows tells whether all that f takes is also taken by the filter before
// it, as while a word is being typed.
func (f Filter) narrows(before Filter) bool {
	if before.Empty() {
		return true
	}
	now, ok := f.matcher.(literal)
	was, wasOK := before.matcher.(literal)
	return ok && wasOK && !f.inverse && !before.inverse && !was.exact && was.within(now.text)
}
