// Package timeline remembers what changed, and who changed it, as far back as its limit of memory lets it.
//
// Changes are appended to a block, which is packed when it is full; over the limit the oldest blocks are dropped. A block is
// read without any other, and is never changed, so that readers only copy pointers to blocks while the writer waits.
package timeline

import (
	"iter"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/s2"

	"github.com/dogwatch/dogwatch/model"
)

const (
	// blockSize is the length of a block's text. Longer ones pack better, and cost more to read a part of.
	blockSize = 128 << 10
	// leastBlocks is into how many blocks a small limit is divided at least: one of them is dropped at a time.
	leastBlocks = 16
	// blockOverhead is what a block takes beside its text and index.
	blockOverhead = 160
	// sourceSize is about what a Source takes.
	sourceSize = 256
)

// Timeline holds changes in the order in which they were added. All methods are safe for concurrent use.
type Timeline struct {
	// writing is held by who adds or drops: Add packs a full block while readers go on.
	writing sync.Mutex

	mu     sync.RWMutex
	limit  int64
	blocks []*block // those that are full, oldest first
	packed int64    // bytes that they take
	open   encoder
	first  uint64 // Seq of the first record in open
	oldest int64  // and its time, in Unix microseconds
	bodies bodies
	era    uint64

	sources   []Source
	sourceIDs map[Source]SourceID

	listeners listeners
	heats     heats
}

// block is a row of records. It is never changed.
type block struct {
	text    []byte
	isOpen  bool // text is not packed
	first   uint64
	count   int
	oldest  int64    // the time of the first record, in Unix microseconds
	objects []uint32 // hashes of the objects' keys, sorted; nil where they are not known
}

// New makes an empty Timeline that takes up to limit bytes; 0 keeps nothing.
func New(limit int64) *Timeline {
	return &Timeline{limit: max(limit, 0), sourceIDs: map[Source]SourceID{}}
}

// SourceID gives the number of a source, which it gets when it is asked for first.
func (t *Timeline) SourceID(s Source) SourceID {
	t.mu.Lock()
	defer t.mu.Unlock()
	id, ok := t.sourceIDs[s]
	if !ok {
		t.sources = append(t.sources, s)
		id = SourceID(len(t.sources))
		t.sourceIDs[s] = id
	}
	return id
}

// Source gives what a SourceID stands for.
func (t *Timeline) Source(id SourceID) (Source, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if id == 0 || int(id) > len(t.sources) {
		return Source{}, false
	}
	return t.sources[id-1], true
}

// Sources are those that have numbers, in the order of these: that of the first is 1.
func (t *Timeline) Sources() []Source {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.sources[:len(t.sources):len(t.sources)] // which only grows
}

// Add appends a record, whose Seq is ignored, and drops the oldest ones where it must. last is the last version of a Deleted object, which
// is kept as it is packed; the zero Packed where there is none. Nothing else of the record is kept.
func (t *Timeline) Add(r *Record, last model.Packed) {
	defer t.listeners.tell()
	t.warm(r)
	t.writing.Lock()
	defer t.writing.Unlock()
	t.mu.Lock()
	if t.limit == 0 {
		t.first++
		t.mu.Unlock()
		return
	}
	if t.open.objects == nil {
		t.open.reset(0)
	}
	if t.open.count == 0 {
		t.oldest = r.At.UnixMicro()
	}
	seq := t.first + uint64(t.open.count)
	t.open.add(r)
	if last.Size() > 0 {
		t.bodies.add(seq, last)
	}
	full := int64(len(t.open.text)) >= min(blockSize, t.limit/leastBlocks)
	if !full {
		if t.bodies.size > 0 {
			t.shrink()
		}
		t.mu.Unlock()
		return
	}
	b := t.openBlock()
	t.mu.Unlock()
	b.objects = t.open.index() // only who writes looks there
	b.text = s2.EncodeBetter(nil, b.text)
	b.text, b.isOpen = slices.Clip(slices.Clone(b.text)), false
	t.mu.Lock()
	defer t.mu.Unlock()
	t.blocks = append(t.blocks, b)
	t.packed += b.size()
	t.first += uint64(b.count)
	t.open.reset(len(t.open.text) + len(t.open.text)/leastBlocks) // the next is about as long
	t.shrink()
}

// openBlock is what the open block holds now.
func (t *Timeline) openBlock() *block {
	n := len(t.open.text)
	return &block{text: t.open.text[:n:n], isOpen: true, first: t.first, count: t.open.count, oldest: t.oldest}
}

func (b *block) size() int64 {
	return int64(cap(b.text)+4*cap(b.objects)) + blockOverhead
}

// shrink drops what is over the limit.
func (t *Timeline) shrink() {
	for len(t.blocks) > 0 && t.bytes() > t.limit {
		t.packed -= t.blocks[0].size()
		t.blocks[0] = nil // readers have copies
		t.blocks = t.blocks[1:]
		t.bodies.dropBefore(t.firstSeq())
	}
	if t.bytes() > t.limit {
		t.dropOpen()
	}
}

func (t *Timeline) dropOpen() {
	t.first += uint64(t.open.count)
	t.open = encoder{}
	t.bodies.dropBefore(t.first)
}

// SetLimit changes how many bytes the Timeline takes at most; what is over is dropped at once.
func (t *Timeline) SetLimit(limit int64) {
	t.writing.Lock()
	defer t.writing.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.limit = max(limit, 0)
	t.shrink()
}

// Clear drops all records.
func (t *Timeline) Clear() {
	defer t.listeners.tell()
	t.heats.cool()
	t.writing.Lock()
	defer t.writing.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dropOpen()
	t.blocks, t.packed = nil, 0
	t.era++
}

// Era counts how often all was dropped by Clear.
func (t *Timeline) Era() uint64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.era
}

// Limit is how many bytes the Timeline takes at most.
func (t *Timeline) Limit() int64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.limit
}

// Bytes is about how much memory the Timeline takes.
func (t *Timeline) Bytes() int64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.bytes()
}

func (t *Timeline) bytes() int64 {
	const pointer = 8
	return t.packed + int64(pointer*cap(t.blocks)+cap(t.open.text)+t.open.footprint()+sourceSize*len(t.sources)) + t.bodies.size
}

// Len is the number of records.
func (t *Timeline) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return int(t.first - t.firstSeq() + uint64(t.open.count))
}

func (t *Timeline) firstSeq() uint64 {
	if len(t.blocks) > 0 {
		return t.blocks[0].first
	}
	return t.first
}

// Oldest is the time of the first record: of what was before, nothing is known. It is zero while there is none.
func (t *Timeline) Oldest() time.Time {
	t.mu.RLock()
	defer t.mu.RUnlock()
	switch {
	case len(t.blocks) > 0:
		return time.UnixMicro(t.blocks[0].oldest)
	case t.open.count > 0:
		return time.UnixMicro(t.oldest)
	}
	return time.Time{}
}

// Last gives the JSON of the last version of the object that a record says is deleted. It is false where that is not kept any
// more. An error is of what model.Packed tells.
func (t *Timeline) Last(seq uint64) (json []byte, ok bool, err error) {
	t.mu.RLock()
	p, ok := t.bodies.find(seq)
	t.mu.RUnlock()
	if !ok {
		return nil, false, nil
	}
	json, err = p.JSON()
	return json, err == nil, err
}

// Forward gives the records that are wanted from Seq on, as they are when it begins: what is added meanwhile is not among them,
// what is dropped still is.
func (t *Timeline) Forward(from uint64, f Filter) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		more := true
		for _, b := range t.snapshot() {
			if b.first+uint64(b.count) <= from || !b.mayHave(&f) {
				continue
			}
			b.each(&f, func(r *Record) bool {
				more = r.Seq < from || yield(*r)
				return more
			})
			if !more {
				return
			}
		}
	}
}

// Newest is where Backward begins with the newest record.
const Newest = math.MaxUint64

// Backward gives the records that are wanted with a Seq below before, the newest first, as Forward does the other way.
func (t *Timeline) Backward(before uint64, f Filter) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		for _, b := range slices.Backward(t.snapshot()) {
			if b.first >= before || !b.mayHave(&f) {
				continue
			}
			var found []Record
			b.each(&f, func(r *Record) bool {
				if r.Seq >= before {
					return false
				}
				found = append(found, *r)
				return true
			})
			for _, r := range slices.Backward(found) {
				if !yield(r) {
					return
				}
			}
		}
	}
}

func (t *Timeline) snapshot() []*block {
	t.mu.RLock()
	defer t.mu.RUnlock()
	blocks := slices.Clone(t.blocks)
	if t.open.count > 0 {
		blocks = append(blocks, t.openBlock())
	}
	return blocks
}

// mayHave tells whether a record that is wanted may be in the block.
func (b *block) mayHave(f *Filter) bool {
	if b.objects == nil || f.Key == (model.Key{}) {
		return true
	}
	_, found := slices.BinarySearch(b.objects, hashOf(f.Key))
	return found
}

// each reads the block. What was written can be read, so what fails is no error that anybody could mend.
func (b *block) each(f *Filter, yield func(*Record) bool) {
	text := b.text
	if !b.isOpen {
		var err error
		if text, err = s2.Decode(nil, text); err != nil {
			panic(err)
		}
	}
	d := decoder{text: text, seq: b.first}
	if err := d.each(f, yield); err != nil {
		panic(err)
	}
}
