package model

import "slices"

// splice is a set of items to take out of an order and to put into it.
type splice struct {
	out, in []item
}

func (s *splice) empty() bool { return len(s.out) == 0 && len(s.in) == 0 }

// move takes an item out of one place and puts it in another.
func (s *splice) move(from, to item, out, in bool) {
	if out {
		s.out = append(s.out, from)
	}
	if in {
		s.in = append(s.in, to)
	}
}

// apply makes the order that follows from base, in the room of spare. It
// copies what lies between the changes as it is, so that it costs O(n) moves
// but only O(k log n) comparisons. Without changes it gives base itself.
func (s *splice) apply(base, spare []item, o *order) []item {
	if s.empty() {
		return base
	}
	slices.SortFunc(s.out, o.compare)
	slices.SortFunc(s.in, o.compare)
	size := len(base) + len(s.in) - len(s.out)
	next := spare[:0]
	if cap(next) < size || cap(next) > 2*size+1024 {
		next = make([]item, 0, size+size/8)
	}
	out, in := s.out, s.in
	for len(out) > 0 || len(in) > 0 {
		if len(in) == 0 || (len(out) > 0 && o.compare(out[0], in[0]) <= 0) {
			at := search(base, out[0], o)
			next = append(next, base[:at]...)
			base, out = base[at+1:], out[1:]
			continue
		}
		at := search(base, in[0], o)
		next = append(append(next, base[:at]...), in[0])
		base, in = base[at:], in[1:]
	}
	return append(next, base...)
}

// search finds the first place in an order that is not before an item. It
// looks near the beginning first: successive searches are.
func search(items []item, x item, o *order) int {
	bound := 1
	for bound < len(items) && o.compare(items[bound-1], x) < 0 {
		bound *= 2
	}
	at, _ := slices.BinarySearchFunc(items[:min(bound, len(items))], x, o.compare)
	return at
}
