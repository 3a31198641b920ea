package yamldoc

import (
	"context"
	"regexp"
	"strings"
	"unicode"
)

// Query is a text that is looked for. Upper case counts only where the query
// has some. The zero Query finds nothing.
type Query struct {
	text    string
	pattern *regexp.Regexp
}

// NewQuery makes a query of what the user typed.
func NewQuery(text string) Query {
	if text == "" {
		return Query{}
	}
	pattern := regexp.QuoteMeta(strings.ToValidUTF8(text, "\ufffd"))
	if !strings.ContainsFunc(text, unicode.IsUpper) {
		pattern = "(?i)" + pattern
	}
	return Query{text: text, pattern: regexp.MustCompile(pattern)}
}

// Empty reports whether nothing is looked for.
func (q Query) Empty() bool { return q.pattern == nil }

// String is the query as the user typed it.
func (q Query) String() string { return q.text }

// Spans gives the byte ranges of s that match.
func (q Query) Spans(s string) [][]int {
	if q.Empty() {
		return nil
	}
	return q.pattern.FindAllStringIndex(s, -1)
}

// Search gives the indexes of the lines that match, in their order. The cost
// grows with the document; it ends early when ctx does.
func (d *Document) Search(ctx context.Context, q Query) []int {
	if q.Empty() {
		return nil
	}
	var hits []int
	for i := range d.Lines {
		if ctx.Err() != nil {
			return nil
		}
		l := &d.Lines[i]
		if q.pattern.MatchString(l.Key + l.Colon() + l.Scalar) {
			hits = append(hits, i)
		}
	}
	return hits
}
