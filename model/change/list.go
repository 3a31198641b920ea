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
		p.add(nil, p.text(j), place)
	case j >= lastNew:
		p.add(p.text(i), nil, place)
	default:
		p.value(p.elements[i].from, p.elements[j].from)
	}
}

// byKey compares the elements that have the same key. Where they stand in another order, the list has
// changed as a whole.
func (p *pairing) byKey() {
	if !p.aligned && p.isReordered() {
		p.add(p.whole(p.old, p.begin, p.middle), p.whole(p.new, p.middle, p.end), 0)
		return
	}
	path := len(p.path)
	for i, j := p.begin, p.middle; i < p.middle || j < p.end; p.path = p.path[:path] {
		switch {
		case i < p.middle && j < p.end && bytes.Equal(p.key(i), p.key(j)):
			if !bytes.Equal(p.text(i), p.text(j)) {
				p.path = appendKey(p.path, p.key(i))
				p.value(p.elements[i].from, p.elements[j].from)
			}
			i, j = i+1, j+1
		case i < p.middle && !p.has(p.orderNew, p.end-p.middle, p.key(i)):
			p.path = appendKey(p.path, p.key(i))
			p.add(p.text(i), nil, p.place(i))
			i++
		default:
			p.path = appendKey(p.path, p.key(j))
			p.add(nil, p.text(j), p.place(j))
			j++
		}
	}
}

// isReordered tells whether elements that both lists have stand in another order.
func (p *pairing) isReordered() bool {
	j := p.middle
	for i := p.begin; i < p.middle; i++ {
		if !p.has(p.orderNew, p.end-p.middle, p.key(i)) {
			continue
		}
		for j < p.end && !p.has(p.order, p.middle-p.begin, p.key(j)) {
			j++
		}
		if j == p.end || !bytes.Equal(p.key(i), p.key(j)) {
			return true
		}
		j++
	}
	return false
}

// whole is the text of a list with at least one element, from its bracket to its bracket.
func (p *pairing) whole(text []byte, begin, end int) []byte {
	from := bytes.LastIndexByte(text[:p.elements[begin].from], '[')
	to := p.elements[end-1].to
	return text[from : to+bytes.IndexByte(text[to:], ']')+1]
}

// has tells whether one of n elements has a key, by their order from there.
func (p *pairing) has(order, n int, key []byte) bool {
	_, found := slices.BinarySearchFunc(p.Differ.order[order:order+n], key, func(i int, key []byte) int { return bytes.Compare(p.key(i), key) })
	return found
}

func (p *pairing) key(i int) []byte { return p.keys[p.elements[i].key:p.elements[i].keyEnd] }
