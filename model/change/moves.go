package change

import (
	"slices"
	"sort"
)

// moves notes which of the elements that both lists have were moved: the fewest without which all others stand in the order that they had. In
// Differ.order they are from pairs on in the order of the new list, each of the old list's before that of the new one which has its key.
func (p *pairing) moves(pairs int) {
	n := (len(p.Differ.order) - pairs) / 2
	old := func(i int) int { return p.Differ.order[pairs+2*i] }
	new := func(i int) int { return p.Differ.order[pairs+2*i+1] }
	i := 1
	for i < n && old(i-1) < old(i) {
		i++
	}
	if i >= n {
		return
	}
	scratch := len(p.Differ.order)
	p.Differ.order = slices.Grow(p.Differ.order, 2*n)[:scratch+2*n]
	stays, before := longestRow(n, old, p.Differ.order[scratch:scratch+n], p.Differ.order[scratch+n:])
	for i := n - 1; i >= 0; i-- {
		if i == stays {
			stays = before[i]
			continue
		}
		p.element(old(i), Change{From: p.place(old(i)), At: p.place(new(i))})
	}
}

// longestRow finds the most of n numbers that become larger from one to the next. It gives the last of them, and of each the one before, -1 of
// the first. ends and before are memory for n numbers each.
func longestRow(n int, number func(int) int, ends, before []int) (last int, row []int) {
	longest := 0 // ends[k] is where the row of k+1 numbers ends that ends with the smallest
	for i := range n {
		k := longest
		if k > 0 && number(ends[k-1]) > number(i) {
			k = sort.Search(longest, func(k int) bool { return number(ends[k]) > number(i) })
		}
		before[i] = -1
		if k > 0 {
			before[i] = ends[k-1]
		}
		ends[k] = i
		longest = max(longest, k+1)
	}
	return ends[longest-1], before
}
