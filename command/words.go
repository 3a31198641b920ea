package command

import (
	"errors"
	"strings"
)

// word is one word of a line: its text without quotes, and where it stands in
// the line in bytes.
type word struct {
	text       string
	start, end int
}

var (
	errQuote = errors.New("a quote is not closed")
	errParen = errors.New("a parenthesis is not closed")
)

// split cuts a line into words at blanks that are neither quoted nor within
// parentheses ("app in (a, b)" is three words). Where a quote or parenthesis is
// not closed the words are good for completion all the same.
func split(line string) ([]word, error) {
	var (
		words  []word
		text   strings.Builder
		start  = -1
		quote  rune
		parens int
	)
	finish := func(end int) {
		if start >= 0 {
			words = append(words, word{text.String(), start, end})
			text.Reset()
			start = -1
		}
	}
	for i, r := range line {
		if isBlank(r) && quote == 0 && parens == 0 {
			finish(i)
			continue
		}
		if start < 0 {
			start = i
		}
		switch {
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
			continue
		case quote != 0 && r == quote:
			quote = 0
			continue
		case quote == 0 && r == '(':
			parens++
		case quote == 0 && r == ')' && parens > 0:
			parens--
		}
		text.WriteRune(r)
	}
	finish(len(line))
	if quote != 0 {
		return words, errQuote
	}
	if parens > 0 {
		return words, errParen
	}
	return words, nil
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }

func texts(words []word) []string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = w.text
	}
	return list
}

// joinLists puts together what a blank after a comma took apart: "po, svc".
func joinLists(words []string) []string {
	var joined []string
	for _, w := range words {
		if n := len(joined); n > 0 && strings.HasSuffix(joined[n-1], ",") {
			joined[n-1] += w
			continue
		}
		joined = append(joined, w)
	}
	return joined
}
