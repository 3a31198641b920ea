package model

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"

	"k8s.io/apimachinery/pkg/labels"
)

// Filter chooses rows by what the user typed. Words stand apart by blanks, and a
// row is taken that has them all, each in whichever of its texts:
//
//	text        contains it; whatever the case, unless it has capitals
//	a.*b$       matches the regular expression, in which \s is a blank
//	ns/name     contains it in NAMESPACE/NAME
//	!text       does not contain or match it
//	-f text     contains its letters in this order
//	-l app=web  has labels that the selector chooses
//
// A text is a regular expression where it has one of \*+?()|[]{}^$ in it. Texts
// are looked for in namespace, name and cells. The zero Filter takes all. A
// Filter is never changed and safe for concurrent use.
type Filter struct {
	text   string
	terms  []term
	labels labels.Selector // nil takes all
	needed signature       // of an object's texts
	err    error
}

// term is one word of a filter.
type term struct {
	matcher
	word    string // as typed, without "!"
	inverse bool
	fuzzy   bool
	path    bool // it may span namespace and name
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
	text, fuzzy := cutFlag(text, "-f")
	inverse := false
	for word := range strings.FieldsSeq(text) {
		if !fuzzy {
			var not bool
			word, not = strings.CutPrefix(word, "!")
			inverse = inverse || not
		}
		if word == "" {
			continue // a lone "!" is the next word's
		}
		t, err := newTerm(word, inverse, fuzzy)
		f.terms, f.err = append(f.terms, t), cmp.Or(f.err, err)
		f.needed = f.needed.with(&t)
		inverse = false
	}
	return f
}

func newTerm(word string, inverse, fuzzy bool) (term, error) {
	t := term{word: word, inverse: inverse, fuzzy: fuzzy, path: strings.Contains(word, "/")}
	var err error
	if fuzzy {
		t.matcher = newFuzzy(word)
	} else {
		t.matcher, err = newMatcher(word)
	}
	return t, err
}

// cutFlag cuts a flag and the space after it; without the flag it leaves the
// text as it is.
func cutFlag(text, flag string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(text, flag)
	if !ok || (rest != "" && rest[0] != ' ') {
		return text, false
	}
	return strings.TrimLeft(rest, " "), true
}

func parseSelector(text string) (labels.Selector, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	s, err := labels.Parse(text)
	if err != nil {
		return nil, errors.New("labels: " + strings.TrimPrefix(err.Error(), "unable to parse requirement: "))
	}
	return s, nil
}

// newMatcher makes the matcher of a word: a regular expression where it looks
// like one and is one.
func newMatcher(word string) (matcher, error) {
	exact := strings.ContainsFunc(word, unicode.IsUpper)
	if !strings.ContainsAny(word, `\*+?()|[]{}^$`) {
		return newLiteral(word, exact), nil
	}
	pattern := word
	if !exact {
		pattern = "(?i)" + word
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return newLiteral(word, exact), fmt.Errorf("regexp %s: %s", word, reason(err))
	}
	return expression{re}, nil
}

// reason says what is wrong with a regular expression in as few words as there
// is room for beside it.
func reason(err error) string {
	if bad := (*syntax.Error)(nil); errors.As(err, &bad) {
		return bad.Code.String()
	}
	return err.Error()
}

// Match tells whether the filter takes an object. more is text that is shown
// in the object's row beside namespace, name and cells.
func (f Filter) Match(o *Object, more ...string) bool {
	if f.labels != nil {
		return f.labels.Matches(o.Labels)
	}
	for i := range f.terms {
		if t := &f.terms[i]; t.in(o, more) == t.inverse {
			return false
		}
	}
	return true
}

// with adds what an object's texts must have for a term to take it.
func (s signature) with(t *term) signature {
	if t.inverse {
		return s
	}
	switch m := t.matcher.(type) {
	case literal:
		s.addNeeded(t.word, true)
	case fuzzy:
		s.addNeeded(t.word, false)
	case expression:
		s.addExpression(m.String())
	}
	return s
}

// in tells whether a text of the object has what the term looks for.
func (t *term) in(o *Object, more []string) bool {
	if t.match(o.Name) || (o.Namespace != "" && t.match(o.Namespace)) {
		return true
	}
	if t.path && o.Namespace != "" && t.match(o.String()) {
		return true
	}
	for i, cell := range o.Cells {
		if o.Columns.isText(i) && t.match(cell) {
			return true
		}
	}
	return slices.ContainsFunc(more, t.match)
}

// Spans gives the byte ranges of a shown text that the filter looks for, in
// order and apart: those that touch are one. There are none for inverse words or for labels.
func (f Filter) Spans(s string) [][2]int {
	var spans [][2]int
	for i := range f.terms {
		if t := &f.terms[i]; !t.inverse {
			spans = append(spans, t.spans(s)...)
		}
	}
	return joined(spans)
}

// joined puts spans in order, and makes one of those that overlap or touch.
func joined(spans [][2]int) [][2]int {
	slices.SortFunc(spans, func(a, b [2]int) int { return cmp.Compare(a[0], b[0]) })
	apart := spans[:0]
	for _, s := range spans {
		if n := len(apart); n > 0 && s[0] <= apart[n-1][1] {
			apart[n-1][1] = max(apart[n-1][1], s[1])
			continue
		}
		apart = append(apart, s)
	}
	return apart
}

// KeySpans is Spans for a namespace and a name that are shown side by side: a
// word such as "shop/api" covers a part of each.
func (f Filter) KeySpans(k Key) (namespace, name [][2]int) {
	namespace, name = f.Spans(k.Namespace), f.Spans(k.Name)
	slash := len(k.Namespace)
	for i := range f.terms {
		t := &f.terms[i]
		if !t.path || t.inverse || k.Namespace == "" {
			continue
		}
		for _, s := range t.spans(k.String()) {
			if s[0] < slash {
				namespace = append(namespace, [2]int{s[0], min(s[1], slash)})
			}
			if s[1] > slash+1 {
				name = append(name, [2]int{max(s[0]-slash-1, 0), s[1] - slash - 1})
			}
		}
	}
	return joined(namespace), joined(name)
}

// String gives the text as it was typed.
func (f Filter) String() string { return f.text }

// Empty tells whether the filter takes all.
func (f Filter) Empty() bool { return len(f.terms) == 0 && f.labels == nil }

// Err says what is wrong with the text, nil where nothing is.
func (f Filter) Err() error { return f.err }

// narrows tells whether all that f takes is also taken by the filter before
// it, as while a word is being typed.
func (f Filter) narrows(before Filter) bool {
	if before.labels != nil {
		return false
	}
	for i := range before.terms {
		was := &before.terms[i]
		if !slices.ContainsFunc(f.terms, func(now term) bool { return now.narrows(was) }) {
			return false
		}
	}
	return true
}

// narrows tells whether what has t has the term before it.
func (t term) narrows(before *term) bool {
	if t.inverse != before.inverse || t.fuzzy != before.fuzzy {
		return false
	}
	if t.word == before.word {
		return true
	}
	now, ok := t.matcher.(literal)
	was, wasOK := before.matcher.(literal)
	return ok && wasOK && !t.inverse && !was.exact && was.within(now.text)
}
