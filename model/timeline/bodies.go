package timeline

import (
	"sort"

	"github.com/dogwatch/dogwatch/model"
)

// bodies are the last versions of deleted objects, by the Seq of the record that says so. They are as a Store had them: to keep one
// costs nothing but its memory. They are dropped with their records, so that what is deleted can be read as long as its history is.
type bodies struct {
	list []body
	size int64
	// dictionaries counts the users of what texts are packed with: it is in memory as long as there is one.
	dictionaries map[model.Dictionary]int
}

type body struct {
	seq    uint64
	packed model.Packed
}

// bodyOverhead is what a body takes beside its text.
const bodyOverhead = 56

func (b *bodies) add(seq uint64, p model.Packed) {
	b.list = append(b.list, body{seq, p})
	b.size += int64(p.Size()) + bodyOverhead
	d := p.Dictionary()
	if b.dictionaries == nil {
		b.dictionaries = map[model.Dictionary]int{}
	}
	if b.dictionaries[d]++; b.dictionaries[d] == 1 {
		b.size += int64(d.Size())
	}
}

// dropBefore drops those of records that are gone.
func (b *bodies) dropBefore(seq uint64) {
	for len(b.list) > 0 && b.list[0].seq < seq {
		b.drop()
	}
}

// dropFrom drops those of records that did not happen yet.
func (b *bodies) dropFrom(seq uint64) {
	for n := len(b.list) - 1; n >= 0 && b.list[n].seq >= seq; n-- {
		p := b.list[n].packed
		b.list[n] = body{}
		b.list = b.list[:n]
		b.without(p)
	}
}

// prepend puts others before the first, with their numbers moved.
func (b *bodies) prepend(others *bodies, by uint64) {
	all := bodies{list: make([]body, 0, len(others.list)+len(b.list))}
	for _, o := range others.list {
		all.add(o.seq+by, o.packed)
	}
	for _, o := range b.list {
		all.add(o.seq, o.packed)
	}
	*b = all
}

func (b *bodies) drop() {
	p := b.list[0].packed
	b.list[0] = body{}
	b.list = b.list[1:]
	b.without(p)
}

// without takes a text out of what is counted.
func (b *bodies) without(p model.Packed) {
	b.size -= int64(p.Size()) + bodyOverhead
	d := p.Dictionary()
	if b.dictionaries[d]--; b.dictionaries[d] == 0 {
		delete(b.dictionaries, d)
		b.size -= int64(d.Size())
	}
}

func (b *bodies) find(seq uint64) (model.Packed, bool) {
	i := sort.Search(len(b.list), func(i int) bool { return b.list[i].seq >= seq })
	if i == len(b.list) || b.list[i].seq != seq {
		return model.Packed{}, false
	}
	return b.list[i].packed, true
}
