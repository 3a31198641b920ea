package picker

import (
	"cmp"
	"slices"
	"strings"

	"github.com/sahilm/fuzzy"

	"github.com/dogwatch/dogwatch/workspace"
)

// How well a choice fits a query; less is better.
const (
	exactly = iota
	begins
	within
	fuzzily
)

// rank gives the indexes of the choices that fit a query, the best first and
// equals in their own order.
func rank(choices []workspace.TypeChoice, query string) []int {
	query = strings.ToLower(strings.TrimSpace(query))
	all := make([]int, 0, len(choices))
	if query == "" {
		for i := range choices {
			all = append(all, i)
		}
		return all
	}
	fits := make([]int, len(choices))
	for i, c := range choices {
		if fit, ok := fitOf(c, query); ok {
			fits[i] = fit
			all = append(all, i)
		}
	}
	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(fits[a], fits[b]) })
	return all
}

func fitOf(c workspace.TypeChoice, query string) (int, bool) {
	names := append([]string{c.Name, c.Arg(), strings.ToLower(c.Kind)}, c.ShortNames...)
	if slices.Contains(names, query) {
		return exactly, true
	}
	if strings.HasPrefix(c.Name, query) {
		return begins, true
	}
	words := append(append(names, c.Group), c.Categories...)
	for _, w := range words {
		if strings.Contains(w, query) {
			return within, true
		}
	}
	if len(fuzzy.Find(query, []string{c.Name, strings.ToLower(c.Kind)})) > 0 {
		return fuzzily, true
	}
	return 0, false
}
