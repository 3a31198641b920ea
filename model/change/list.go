package change

import (
	"bytes"
	"slices"

	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// element is an element of a list: where it is, and where its key is in Differ.keys.
type element struct{ from, to, key, keyEnd int }

// lists compares the lists at i and j.
func (d *Differ) lists(i, j int) (int, int) {
	begin, keys, order := len(d.elements), len(d.keys), len(d.order)
	a, b := jsonscan.Walk(d.old, i), jsonscan.Walk(d.new, j)
	same, more := d.same(&a, &b)
	if same {
		d.elements = d.elements[:begin]
		return a.At(), b.At()
	}
	if more {
		d.collect(&a)
	}
	end := a.At()
	middle := len(d.elements)
	b = jsonscan.Walk(d.new, j)
	d.collect(&b)
	endNew := b.At()
	if p := d.pairing(begin, middle); p.keyed() {
		p.byKey()
	} else {
		p.byIndex()
	}
	d.elements, d.keys, d.order = d.elements[:begin], d.keys[:keys], d.order[:order]
	return end, endNew
}

// same takes the old list's elements up to the first that is not the new one's. It tells whether there is none, and
// else whether the old list has more elements.
func (d *Differ) same(a, b *jsonscan.Walker) (same, more bool) {
	for {
		more, moreNew := a.Next(), b.Next()
		if !more {
			return !moreNew, false
		}
		if d.take(a); !moreNew || !b.Same(d.old[d.elements[len(d.elements)-1].from:a.At()]) {
			return false, true
		}
	}
}

// collect takes what is left of a list.
func (d *Differ) collect(w *jsonscan.Walker) {
	for w.Next() {
		d.take(w)
	}
}

func (d *Differ) take(w *jsonscan.Walker) {
	e := element{from: w.At()}
	w.Value()
	e.to = w.At()
	d.elements = append(d.elements, e)
}

// pairing finds out which elements of two lists belong together. The old list's are those from begin
// to middle in Differ.elements, the new one's those from middle to end.
type pairing struct {
	*Differ
	begin, middle, end int
	// Those of the old and of the new elements, ordered by their keys, are in Differ.order.
	order, orderNew int
	// aligned tells that both lists have the same keys in the same order.
	aligned bool
	// isSet tells that elements are their own keys, by which no path can lead: they have the place that they have, or had.
	isSet bool
}

func (d *Differ) pairing(begin, middle int) *pairing {
	return &pairing{Differ: d, begin: begin, middle: middle, end: len(d.elements)}
}

func (p *pairing) text(i int) []byte {
	e := p.elements[i]
	if i < p.middle {
		return p.old[e.from:e.to]
	}
	return p.new[e.from:e.to]
}

// place is the place of an element in its list.
func (p *pairing) place(i int) int {
	if i < p.middle {
		return i - p.begin
	}
	return i - p.middle
}

// byIndex compares what lies between the elements that both lists begin and end with, one by one.
func (p *pairing) byIndex() {
	i, middle, j, end := p.begin, p.middle, p.middle, p.end
	for i < middle && j < end && bytes.Equal(p.text(i), p.text(j)) {
		i, j = i+1, j+1
	}
	for i < middle && j < end && bytes.Equal(p.text(middle-1), p.text(end-1)) {
		middle, end = middle-1, end-1
	}
	path := len(p.path)
	for ; i < middle || j < end; i, j = i+1, j+1 {
		place := p.place(min(i, p.middle-1))
		if i >= middle {
			place = p.place(j)
		}
		p.path = appendIndex(p.path, place)
		p.compare(i, middle, j, end, place)
		p.path = p.path[:path]
	}
}

// compare compares two elements, of which one may be beyond the last that counts.
func (p *pairing) compare(i, last, j, lastNew, place int) {
	switch {
	case i >= last:
		p.add(Change{New: p.text(j), At: place})
	case j >= lastNew:
		p.add(Change{Old: p.text(i), At: place})
	default:
		p.value(p.elements[i].from, p.elements[j].from)
	}
}

// byKey compares the elements that have the same key.
func (p *pairing) byKey() {
	if p.aligned {
		for i, j := p.begin, p.middle; i < p.middle; i, j = i+1, j+1 {
			p.pair(i, j)
		}
		return
	}
	pairs := len(p.Differ.order)
	for j := p.middle; j < p.end; j++ {
		i := p.find(p.order, p.middle-p.begin, p.key(j))
		if i < 0 {
			p.element(j, Change{New: p.text(j), At: p.place(j)})
			continue
		}
		p.pair(i, j)
		p.Differ.order = append(p.Differ.order, i, j)
	}
	for i := p.begin; i < p.middle; i++ {
		if p.find(p.orderNew, p.end-p.middle, p.key(i)) < 0 {
			p.element(i, Change{Old: p.text(i), At: p.place(i)})
		}
	}
	p.moves(pairs)
}

// element notes a change of an element by its key.
func (p *pairing) element(i int, c Change) {
	path := len(p.path)
	if p.isSet {
		p.path = appendIndex(p.path, c.At)
	} else {
		p.path = appendKey(p.path, p.key(i))
	}
	p.add(c)
	p.path = p.path[:path]
}

// pair compares an element of the old list with the one of the same key.
func (p *pairing) pair(i, j int) {
	if bytes.Equal(p.text(i), p.text(j)) {
		return
	}
	path := len(p.path)
	p.path = appendKey(p.path, p.key(i))
	p.value(p.elements[i].from, p.elements[j].from)
	p.path = p.path[:path]
}

// find gives that one of n elements which has a key, by their order from there.
func (p *pairing) find(order, n int, key []byte) int {
	ordered := p.Differ.order[order : order+n]
	at, found := slices.BinarySearchFunc(ordered, key, func(i int, key []byte) int { return bytes.Compare(p.key(i), key) })
	if !found {
		return -1
	}
	return ordered[at]
}

func (p *pairing) key(i int) []byte { return p.keys[p.elements[i].key:p.elements[i].keyEnd] }
