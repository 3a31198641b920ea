package model

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
)

const (
	// dictionarySamples and sampleSize bound a dictionary: eight siblings
	// hold nearly all that objects of one type have in common, and what
	// follows the first kilobytes of a large object is its own.
	dictionarySamples = 8
	sampleSize        = 8 << 10
	// packWindow reaches from the end of a block back over the dictionary.
	packWindow = 128 << 10
	// packMinimum is the size under which packing saves less than it costs.
	packMinimum  = 128
	dictionaryID = 1
)

// Packer packs the JSON of one watch's objects, each against a dictionary made
// of the first few of them: siblings differ in little, so a pod takes 0.4 KB
// instead of 4.4. It is safe for concurrent use. An unused Packer holds
// nothing; later it holds one dictionary of at most 64 KiB, and encoders
// and decoders only while they are in use or recently were.
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
		p.dict.Store(&dictionary{content: slices.Clip(p.sample)})
		p.sample = nil
	}
}

// JSON unpacks the text. The caller must not change it. An error means that
// memory was damaged or that there is a bug: what was packed unpacks.
func (p Packed) JSON() ([]byte, error) {
	if p.dict == nil {
		return p.data, nil
	}
	return p.dict.unpack(p.data)
}

// Size is the number of bytes that the packed text holds.
func (p Packed) Size() int { return len(p.data) }

// dictionary is what a packed text is read with. Its encoders (0.6 MB each)
// and decoders come and go with their use: of 300 watches few are busy.
type dictionary struct {
	content  []byte
	encoders sync.Pool
	decoders sync.Pool
}

func (d *dictionary) pack(json []byte) []byte {
	enc, ok := d.encoders.Get().(*encoder)
	if !ok {
		enc = d.newEncoder()
	}
	enc.buf = enc.zstd.EncodeAll(json, enc.buf[:0])
	packed := bytes.Clone(enc.buf)
	if cap(enc.buf) <= packWindow {
		d.encoders.Put(enc)
	}
	return packed
}

func (d *dictionary) unpack(packed []byte) ([]byte, error) {
	dec, ok := d.decoders.Get().(*zstd.Decoder)
	if !ok {
		var err error
		if dec, err = d.newDecoder(); err != nil {
			return nil, fmt.Errorf("make a decoder for packed JSON: %w", err)
		}
	}
	defer d.decoders.Put(dec)
	json, err := dec.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack JSON: %w", err)
	}
	return json, nil
}

// encoder is a zstd encoder and the room for its output.
type encoder struct {
	zstd *zstd.Encoder
	buf  []byte
}

func (d *dictionary) newEncoder() *encoder {
	enc, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithEncoderDictRaw(dictionaryID, d.content),
		zstd.WithWindowSize(packWindow),
		zstd.WithEncoderConcurrency(1),
		zstd.WithLowerEncoderMem(true),
		zstd.WithEncoderCRC(false),
	)
	if err != nil {
		panic(err) // the options are constants and the content is bounded
	}
	return &encoder{zstd: enc}
}

func (d *dictionary) newDecoder() (*zstd.Decoder, error) {
	return zstd.NewReader(nil,
		zstd.WithDecoderDictRaw(dictionaryID, d.content),
		zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true),
	)
}
