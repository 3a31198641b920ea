package model

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/s2"
)

const (
	// dictionarySamples and sampleSize bound a dictionary, to the largest that s2 takes: eight siblings
	// hold nearly all that objects of one type have in common, and what
	// follows the first kilobytes of a large object is its own.
	dictionarySamples = 8
	sampleSize        = s2.MaxDictSize / dictionarySamples
	// packMinimum is the size under which packing saves less than it costs.
	packMinimum = 128
	// maxScratch is how much memory is kept for the next text.
	maxScratch = 128 << 10
)

// Packer packs the JSON of one watch's objects, each against a dictionary made
// of the first few of them: siblings differ in little, so a pod takes 0.4 KB
// instead of 4.4. It is safe for concurrent use. An unused Packer holds
// nothing; later it holds one dictionary of at most 64 KiB and 32 KiB to find
// something in it.
//
// The format is S2's: zstd's would take a sixth less, but six times as
// long to pack and to unpack, and each change of an object does both.
type Packer struct {
	dict atomic.Pointer[dictionary]

	mu      sync.Mutex
	samples int
	sample  []byte // the dictionary in the making; nil once it is made
}

// NewPacker makes a Packer for the objects of one watch.
func NewPacker() *Packer { return &Packer{} }

// Packed is a packed JSON text. It is usable without its Packer, never
// changed, and safe for concurrent use. The zero Packed is an empty text.
type Packed struct {
	data []byte
	dict *dictionary // nil where data is the text itself
}

// Pack packs a JSON text, which is not kept. The first texts stay as they are:
// they become the dictionary of those that follow.
func (p *Packer) Pack(json []byte) Packed {
	if len(json) < packMinimum {
		return Packed{data: bytes.Clone(json)}
	}
	d := p.dict.Load()
	if d == nil {
		p.learn(json)
		return Packed{data: bytes.Clone(json)}
	}
	packed := d.pack(json)
	if len(packed) >= len(json) {
		return Packed{data: bytes.Clone(json)}
	}
	return Packed{data: packed, dict: d}
}

// learn takes a text into the dictionary, which is made once it has enough.
func (p *Packer) learn(json []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.samples == dictionarySamples {
		return
	}
	p.sample = append(p.sample, json[:min(len(json), sampleSize)]...)
	if p.samples++; p.samples == dictionarySamples {
		p.dict.Store(newDictionary(p.sample))
		p.sample = nil
	}
}

// JSON unpacks the text. The caller must not change it. An error means that
// memory was damaged or that there is a bug: what was packed unpacks.
func (p Packed) JSON() ([]byte, error) {
	if p.dict == nil {
		return p.data, nil
	}
	return p.dict.unpack(nil, p.data)
}

// AppendJSON is JSON that goes into the caller's memory, behind what is in dst.
func (p Packed) AppendJSON(dst []byte) ([]byte, error) {
	if p.dict == nil {
		return append(dst, p.data...), nil
	}
	return p.dict.unpack(dst, p.data)
}

// Size is the number of bytes that the packed text holds.
func (p Packed) Size() int { return len(p.data) }

// Dictionary is what packed texts are read with, and shared by those that one Packer packed. It is comparable; the zero Dictionary
// is of texts that need none.
type Dictionary struct{ of *dictionary }

// Dictionary gives what the text is read with: it stays in memory as long as the text does.
func (p Packed) Dictionary() Dictionary { return Dictionary{p.dict} }

// Size is about how many bytes the dictionary takes.
func (d Dictionary) Size() int {
	if d.of == nil {
		return 0
	}
	return d.of.size
}

// dictionary is what a packed text is read with.
type dictionary struct {
	s2   *s2.Dict
	size int
	// scratch holds room for packed texts before it is known how long they are.
	scratch sync.Pool
}

func newDictionary(content []byte) *dictionary {
	const slack = 16        // that s2 wants behind it
	const tables = 32 << 10 // to find something in it
	d := &dictionary{
		s2:   s2.MakeDictManual(append(make([]byte, 0, len(content)+slack), content...), 0),
		size: len(content) + slack + tables,
	}
	if d.s2 == nil {
		panic("a dictionary of that length cannot be") // it is bounded by the constants above
	}
	return d
}

func (d *dictionary) pack(json []byte) []byte {
	buf, ok := d.scratch.Get().(*[]byte)
	if !ok {
		buf = new([]byte)
	}
	*buf = d.s2.Encode(slices.Grow((*buf)[:0], s2.MaxEncodedLen(len(json)))[:s2.MaxEncodedLen(len(json))], json)
	packed := bytes.Clone(*buf)
	if cap(*buf) <= maxScratch {
		d.scratch.Put(buf)
	}
	return packed
}

// unpack appends the text to dst.
func (d *dictionary) unpack(dst, packed []byte) ([]byte, error) {
	size, err := s2.DecodedLen(packed)
	if err != nil {
		return nil, fmt.Errorf("unpack JSON: %w", err)
	}
	dst = slices.Grow(dst, size)
	end := len(dst) + size
	if _, err := d.s2.Decode(dst[len(dst):end:end], packed); err != nil {
		return nil, fmt.Errorf("unpack JSON: %w", err)
	}
	return dst[:end], nil
}
