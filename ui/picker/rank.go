package picker

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/workspace"
)

// entry is a choice, ready to be searched.
type entry struct {
	workspace.TypeChoice
	arg    string   // what names it
	exact  []string // names that mean it and nothing else, in lower case
	within []string // what else it may be found by
}

func newEntry(c workspace.TypeChoice) entry {
	e := entry{TypeChoice: c, arg: c.Arg()}
	for _, name := range append([]string{c.Name, e.arg, c.Kind}, c.ShortNames...) {
		e.exact = append(e.exact, strings.ToLower(name))
	}
	for _, word := range append([]string{c.Group, c.Version}, c.Categories...) {
		e.within = append(e.within, strings.ToLower(word))
	}
	return e
}

// How well an entry fits a query; less is better.
const (
	exactly = iota
	begins
	beginsName // a short name or a kind
	contains
	related // by group or category
	scattered
	not
)

func (e *entry) fit(query string) int {
	has := func(words []string, match func(s, query string) bool) bool {
		return slices.ContainsFunc(words, func(w string) bool { return match(w, query) })
	}
	switch {
	case slices.Contains(e.exact, query):
		return exactly
	case strings.HasPrefix(e.exact[0], query):
		return begins
	case has(e.exact, strings.HasPrefix):
		return beginsName
	case has(e.exact, strings.Contains):
		return contains
	case has(e.within, strings.Contains):
		return related
	case scatter(e.exact[0], query) != nil:
		return scattered
	default:
		return not
	}
}

// rank gives the indexes of the entries that fit a query, the best first;
// shorter names win among equals. Without a query what is watched comes first.
func rank(entries []entry, query string) []int {
	query = strings.ToLower(strings.TrimSpace(query))
	type hit struct{ index, fit, length int }
	hits := make([]hit, 0, len(entries))
	for i := range entries {
		e := &entries[i]
		switch {
		case query != "":
			if fit := e.fit(query); fit != not {
				hits = append(hits, hit{i, fit, len(e.Name)})
			}
		case e.Watched:
			hits = append(hits, hit{i, 0, 0})
		default:
			hits = append(hits, hit{i, 1, 0})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.fit, b.fit), cmp.Compare(a.length, b.length))
	})
	found := make([]int, len(hits))
	for i, h := range hits {
		found[i] = h.index
	}
	return found
}

// spans gives the byte ranges of name that a query matches, to be marked.
func spans(name, query string) [][2]int {
	query = strings.ToLower(strings.TrimSpace(query))
	if query == "" {
		return nil
	}
	if i := strings.Index(name, query); i >= 0 {
		return [][2]int{{i, i + len(query)}}
	}
	return scatter(name, query)
}

// scatter finds the letters of query in name, the first at its start, the rest
// in their order but not together; nil where one is missing. Two letters are too
// few: they are in most names.
func scatter(name, query string) [][2]int {
	if len(query) < 3 || name == "" || name[0] != query[0] {
		return nil
	}
	var at [][2]int
	from := 0
	for i := range len(query) {
		found := strings.IndexByte(name[from:], query[i])
		if found < 0 {
			return nil
		}
		from += found + 1
		at = append(at, [2]int{from - 1, from})
	}
	return at
}
