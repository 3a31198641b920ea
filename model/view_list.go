package model

import (
	"iter"
	"slices"
	"sort"
)

// chunkSize is how many items a chunk of a list has at most: few enough that
// copying one costs little, many enough that a million rows are few chunks.
const chunkSize = 512

// item is a row in an order, with the beginning of its sort key, which decides
// most comparisons without a look at the row.
type item struct {
	*row
	prefix uint64
}

// list is items in order, in chunks. It is never changed once it can be read:
// another list is made beside it, which shares the chunks that are the same.
type list struct {
	chunks [][]item // none is empty
	starts []int    // the index of the first item of each chunk
	len    int
}

// add puts chunks at the end of a list that nobody else knows yet.
func (l *list) add(chunks ...[]item) {
	for _, c := range chunks {
		l.chunks, l.starts = append(l.chunks, c), append(l.starts, l.len)
		l.len += len(c)
	}
}

// addSplit adds items as chunks of about the same size, and keeps none of them.
func (l *list) addSplit(items []item) {
	for n := (len(items) + chunkSize - 1) / chunkSize; n > 0; n-- {
		size := (len(items) + n - 1) / n
		l.add(slices.Clone(items[:size]))
		items = items[size:]
	}
}

// from gives the items from an index on.
func (l *list) from(index int) iter.Seq[item] {
	return func(yield func(item) bool) {
		for c := max(0, sort.SearchInts(l.starts, index+1)-1); c < len(l.chunks); c++ {
			for _, it := range l.chunks[c][index-l.starts[c]:] {
				if !yield(it) {
					return
				}
				index++
			}
		}
	}
}

// find gives the index at which a spot is or would be, and whether its row is
// there.
func (l *list) find(x *spot, k *keyer) (index int, ok bool) {
	if l.len == 0 {
		return 0, false
	}
	c := l.chunkOf(x, 0, k)
	i := search(l.chunks[c], x, k)
	return l.starts[c] + i, i < len(l.chunks[c]) && l.chunks[c][i].row == x.row
}

// chunkOf gives the last chunk that begins at or before a spot, or the first of
// those looked at.
func (l *list) chunkOf(x *spot, from int, k *keyer) int {
	n := sort.Search(len(l.chunks)-from, func(i int) bool { return k.compare(l.chunks[from+i][0], x) > 0 })
	return from + max(0, n-1)
}

// search finds the first place in an order that is not before a spot. It looks
// near the beginning first: successive searches are.
func search(items []item, x *spot, k *keyer) int {
	bound := 1
	for bound < len(items) && k.compare(items[bound-1], x) < 0 {
		bound *= 2
	}
	return sort.Search(min(bound, len(items)), func(i int) bool { return k.compare(items[i], x) >= 0 })
}

// splice is what is to be taken out of a list and put into it.
type splice struct{ out, in []*spot }

// move takes a row out of one place and puts it in another.
func (s *splice) move(from, to *spot, out, in bool) {
	if out {
		s.out = append(s.out, from)
	}
	if in {
		s.in = append(s.in, to)
	}
}

// next is the first spot at which something is left to do, nil for none.
func (s *splice) next() *spot {
	switch {
	case len(s.out) == 0 && len(s.in) == 0:
		return nil
	case len(s.in) == 0 || (len(s.out) > 0 && s.out[0].compare(s.in[0]) <= 0):
		return s.out[0]
	default:
		return s.in[0]
	}
}

// apply makes the list that follows from l. Only the chunks in which something
// changes are copied. All that is to be taken out must be there.
func (l list) apply(s splice, k *keyer) list {
	first := s.sort()
	if first == nil {
		return l
	}
	if l.len == 0 {
		l.chunks = [][]item{nil}
	}
	next := list{chunks: make([][]item, 0, len(l.chunks)+8), starts: make([]int, 0, len(l.chunks)+8)}
	done := 0
	var merged []item
	for x := first; x != nil; x = s.next() {
		c := done
		if l.len > 0 {
			c = l.chunkOf(x, done, k)
		}
		next.add(l.chunks[done:c]...)
		done = c + 1
		merged = s.merge(merged[:0], l.chunks[c], l.chunks[done:], k)
		next.addSplit(merged)
	}
	next.add(l.chunks[done:]...)
	return next
}

func (s *splice) sort() (first *spot) {
	slices.SortFunc(s.out, (*spot).compare)
	slices.SortFunc(s.in, (*spot).compare)
	return s.next()
}

// merge appends a chunk to dst with all changes that come before the chunks
// behind it. What lies between the changes is copied as it is.
func (s *splice) merge(dst, chunk []item, behind [][]item, k *keyer) []item {
	for x := s.next(); x != nil; x = s.next() {
		if len(behind) > 0 && k.compare(behind[0][0], x) <= 0 {
			break
		}
		at := search(chunk, x, k)
		dst, chunk = append(dst, chunk[:at]...), chunk[at:]
		if len(s.out) > 0 && x == s.out[0] {
			chunk, s.out = chunk[1:], s.out[1:]
		} else {
			dst, s.in = append(dst, x.item), s.in[1:]
		}
	}
	return append(dst, chunk...)
}
