package cluster

import (
	"cmp"
	"slices"
	"strings"
)

// Nearest returns at most n of names that somebody who typed arg may have
// meant, best first: those that begin with it, then those that are few edits
// away or contain it. Case does not count.
func Nearest(arg string, names []string, n int) []string {
	type candidate struct {
		name string
		cost int
	}
	arg = strings.ToLower(arg)
	var found []candidate
	for _, name := range names {
		if cost, ok := likeness(arg, strings.ToLower(name)); ok {
			found = append(found, candidate{name, cost})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(len(a.name), len(b.name)), cmp.Compare(a.name, b.name))
	})
	var best []string
	for _, c := range found {
		if len(best) < n && !slices.Contains(best, c.name) {
			best = append(best, c.name)
		}
	}
	return best
}

// mostEdits is how many edits away a name may be at most. So it is cheap to see that one of another length is not near, however long it is.
const mostEdits = 3

// likeness is how far name is from arg, and whether it is near at all.
func likeness(arg, name string) (cost int, near bool) {
	distance := max(len(arg)-len(name), len(name)-len(arg)) // at least
	if distance <= mostEdits {
		distance = editDistance(arg, name)
	}
	switch {
	case arg == "":
		return 0, false
	case distance <= 1:
		return distance, true
	case len(arg) > 1 && strings.HasPrefix(name, arg):
		return 1, true
	case distance <= max(1, min(len(arg)/3, mostEdits)):
		return distance, true
	case len(arg) > 2 && strings.Contains(name, arg):
		return len(arg), true
	}
	return 0, false
}

// editDistance counts the insertions, deletions, replacements and swaps of
// neighbours (optimal string alignment) that turn a into b, in bytes: names
// of types and contexts are ASCII as a rule, and others only sort a little off.
func editDistance(a, b string) int {
	before, previous, current := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			replace := previous[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			current[j] = min(previous[j]+1, current[j-1]+1, replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
