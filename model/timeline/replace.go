package timeline

import (
	"maps"
	"slices"
	"time"

	"github.com/klauspost/compress/s2"

	"github.com/dogwatch/dogwatch/model"
)

// Kept is a record that Cut dropped, and the last version of a Deleted object, so that it can be added again.
type Kept struct {
	Record
	Last model.Packed
}

// room is how many records there may be before the first one that was added.
const room = 1 << 40

// LeaveRoom lets records be put before those that will be added first: see Prepend. It is for an empty Timeline.
func (t *Timeline) LeaveRoom() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.first = room
}

// Bytes is about what it takes.
func (k *Kept) Bytes() int64 {
	const record, field, cell = 320, 112, 64
	n := record + len(k.Key.Namespace) + len(k.Key.Name) + k.Last.Size()
	for i := range k.Fields {
		f := &k.Fields[i]
		n += field + len(f.Path) + len(f.Old) + len(f.New)
	}
	for i := range k.Cells {
		n += cell + len(k.Cells[i].Old) + len(k.Cells[i].New)
	}
	return int64(n)
}

// Cut drops all records from a Seq on, since the time that is played went back, and gives those that it dropped. Where they take more than so many
// bytes it is not ok, and none are given. The Seqs are given again, to others: it is another Era.
func (t *Timeline) Cut(from uint64, most int64) (dropped []Kept, ok bool) {
	defer t.listeners.tell()
	t.writing.Lock()
	defer t.writing.Unlock()
	_, next := t.Range()
	if from >= next {
		return nil, true
	}
	dropped, ok = t.kept(from, most)
	t.mu.Lock()
	t.cut(from)
	t.era++
	t.mu.Unlock()
	t.warmAnew()
	return dropped, ok
}

// kept gives the records from a Seq on, if they take no more than so many bytes.
func (t *Timeline) kept(from uint64, most int64) (kept []Kept, ok bool) {
	for r := range t.Forward(from, Filter{}) {
		last, _ := t.bodies.find(r.Seq) // which only who writes changes
		k := Kept{r, last}
		if most -= k.Bytes(); most < 0 {
			return nil, false
		}
		kept = append(kept, k)
	}
	return kept, true
}

// cut drops the records. The block that is cut in two is written anew, as the open one.
func (t *Timeline) cut(from uint64) {
	last := t.openBlock()
	for last.first > from && len(t.blocks) > 0 {
		n := len(t.blocks) - 1
		last = t.blocks[n]
		t.blocks[n] = nil // readers have copies
		t.blocks, t.packed = t.blocks[:n], t.packed-last.size()
	}
	t.first, t.oldest = last.first, last.oldest
	t.open.reset(len(last.text))
	last.each(&Filter{}, func(r *Record) bool {
		if r.Seq < from {
			t.open.add(r)
		}
		return r.Seq < from
	})
	t.bodies.dropFrom(t.first + uint64(t.open.count))
}

// warmAnew counts the heat of what is left.
func (t *Timeline) warmAnew() {
	t.heats.cool()
	var since time.Time
	for r := range t.Backward(Newest, Filter{}) {
		if since.IsZero() {
			since = r.At.Add(-HeatMinutes * time.Minute)
		}
		if r.At.Before(since) {
			break
		}
		t.warm(&r)
	}
}

// Prelude makes an empty Timeline for what happened before all that this one holds, with the same sources, in the memory that this one has left. Only
// Prepend may read it.
func (t *Timeline) Prelude() *Timeline {
	t.mu.RLock()
	defer t.mu.RUnlock()
	p := New(t.limit - t.bytes())
	p.sources, p.sourceIDs, p.heats.leaves = slices.Clone(t.sources), maps.Clone(t.sourceIDs), t.heats.leaves
	return p
}

// Prepend puts what a Prelude holds before the first record. Who has read all there is finds that Range begins earlier.
func (t *Timeline) Prepend(p *Timeline) {
	defer t.listeners.tell()
	t.writing.Lock()
	defer t.writing.Unlock()
	blocks := p.snapshot()
	for _, b := range blocks {
		if b.isOpen {
			b.objects, b.text, b.isOpen = p.open.index(), slices.Clip(s2.EncodeBetter(nil, b.text)), false
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	by := t.firstSeq() - uint64(p.Len()) - p.firstSeq() // which may wrap around, and does so again
	renumbered := make([]*block, 0, len(blocks)+len(t.blocks))
	for _, b := range blocks {
		moved := *b
		moved.first += by
		renumbered = append(renumbered, &moved)
		t.packed += moved.size()
	}
	t.blocks = append(renumbered, t.blocks...)
	t.bodies.prepend(&p.bodies, by)
	t.heats.prepend(&p.heats)
	t.shrink()
}
