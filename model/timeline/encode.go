package timeline

import (
	"encoding/binary"
	"hash/fnv"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
)

// The text of a block is a row of entries. Each begins with its kind. What records have in common is defined once in a block, and
// called by its number after that: blocks are read without one another, so that the oldest can be dropped.
const (
	defineObject = iota + 1
	definePath
	defineManager
	entryRecord
)

// What a record has, beside its type in the lowest two bits.
const (
	typeBits      = 3
	hasListed     = 1 << 2
	hasMerged     = 1 << 3
	hasBy         = 1 << 4
	hasVersioned  = 1 << 5
	hasOddVersion = 1 << 6 // resource versions are no numbers
	hasCells      = 1 << 7
)

// What a field has.
const (
	hasOld = 1 << iota
	hasNew
	hasManager
	hasPlace
	hasFrom
)

// object is what a record is of.
type object struct {
	source SourceID
	key    model.Key
	uid    types.UID
}

// encoder writes the text of one block after the other.
type encoder struct {
	text     []byte
	record   []byte // the one that is being written
	count    int
	at       int64  // of the record before, in Unix microseconds
	version  uint64 // of the record before
	objects  map[object]uint64
	paths    map[change.Path]uint64
	managers map[change.Manager]uint64 // without their times
	hashes   []uint32                  // of objects' keys
}

// reset begins another block, with room for so many bytes. The text of the last one is its readers' now.
func (e *encoder) reset(room int) {
	if e.objects == nil {
		e.objects, e.paths, e.managers = map[object]uint64{}, map[change.Path]uint64{}, map[change.Manager]uint64{}
	}
	clear(e.objects)
	clear(e.paths)
	clear(e.managers)
	*e = encoder{text: make([]byte, 0, room), record: e.record, objects: e.objects, paths: e.paths, managers: e.managers, hashes: e.hashes[:0]}
}

// footprint is about how many bytes the encoder takes beside its text.
func (e *encoder) footprint() int {
	const perObject, perPath, perManager = 120, 96, 96
	return cap(e.record) + 4*cap(e.hashes) + perObject*len(e.objects) + perPath*len(e.paths) + perManager*len(e.managers)
}

// add writes a record.
func (e *encoder) add(r *Record) {
	flags := byte(r.Type)
	set := func(is bool, flag byte) {
		if is {
			flags |= flag
		}
	}
	old, okOld := number(r.Old)
	new, okNew := number(r.New)
	set(r.Listed, hasListed)
	set(r.Merged > 0, hasMerged)
	set(r.By != change.Manager{}, hasBy)
	set(r.versioned, hasVersioned)
	set(!okOld || !okNew, hasOddVersion)
	set(len(r.Cells) > 0, hasCells)
	at := r.At.UnixMicro()
	b := append(e.record[:0], flags)
	b = binary.AppendUvarint(b, e.object(object{r.Source, r.Key, r.UID}))
	b = binary.AppendVarint(b, at-e.at)
	e.at = at
	if flags&hasOddVersion != 0 {
		b = appendText(appendText(b, r.Old), r.New)
	} else {
		b = binary.AppendVarint(b, int64(new-e.version))
		b = binary.AppendVarint(b, int64(new-old))
		e.version = new
	}
	if r.Merged > 0 {
		b = binary.AppendUvarint(b, uint64(r.Merged))
	}
	if flags&hasBy != 0 {
		b = e.appendManager(b, r.By, at)
	}
	if r.Type != model.Added {
		b = appendPrinted(b, r)
	}
	if flags&hasCells != 0 {
		b = appendCells(b, r.Cells)
	}
	b = binary.AppendUvarint(b, uint64(len(r.Fields)))
	for i := range r.Fields {
		b = e.appendField(b, &r.Fields[i], at)
	}
	e.record = b
	e.text = append(e.text, entryRecord)
	e.text = append(binary.AppendUvarint(e.text, uint64(len(b))), b...)
	e.count++
}

func (e *encoder) appendField(b []byte, f *Field, at int64) []byte {
	flags := byte(0)
	if f.Old != nil {
		flags |= hasOld
	}
	if f.New != nil {
		flags |= hasNew
	}
	if f.By != (change.Manager{}) {
		flags |= hasManager
	}
	if f.At != 0 {
		flags |= hasPlace
	}
	if f.From != 0 {
		flags |= hasFrom
	}
	b = append(b, flags)
	b = binary.AppendUvarint(b, e.path(f.Path))
	if f.Old != nil {
		b = appendText(b, f.Old)
	}
	if f.New != nil {
		b = appendText(b, f.New)
	}
	if f.At != 0 {
		b = binary.AppendUvarint(b, uint64(f.At))
	}
	if f.From != 0 {
		b = binary.AppendUvarint(b, uint64(f.From))
	}
	if flags&hasManager != 0 {
		b = e.appendManager(b, f.By, at)
	}
	return b
}

// appendManager writes who it is, and when relative to the record: servers' clocks are not far off.
func (e *encoder) appendManager(b []byte, m change.Manager, at int64) []byte {
	who := m
	who.At = 0
	number, ok := e.managers[who]
	if !ok {
		number = uint64(len(e.managers))
		e.managers[who] = number
		e.text = append(e.text, defineManager)
		for _, s := range []string{m.Name, m.Operation, m.Subresource} {
			e.text = appendText(e.text, s)
		}
	}
	b = binary.AppendUvarint(b, number)
	if m.At == 0 {
		return append(b, 0)
	}
	// From 1 on: 0 is no time.
	return binary.AppendUvarint(b, zigzag(m.At-at/1e6)+1)
}

func zigzag(n int64) uint64 { return uint64(n)<<1 ^ uint64(n>>63) }

func unzigzag(n uint64) int64 { return int64(n>>1) ^ -int64(n&1) }

func (e *encoder) object(o object) uint64 {
	number, ok := e.objects[o]
	if !ok {
		number = uint64(len(e.objects))
		e.objects[o] = number
		e.hashes = append(e.hashes, hashOf(o.key))
		e.text = binary.AppendUvarint(append(e.text, defineObject), uint64(o.source))
		e.text = appendText(appendText(e.text, o.key.Namespace), o.key.Name)
		e.text = appendUID(e.text, o.uid)
	}
	return number
}

func (e *encoder) path(p change.Path) uint64 {
	number, ok := e.paths[p]
	if !ok {
		number = uint64(len(e.paths))
		e.paths[p] = number
		e.text = appendText(append(e.text, definePath), p)
	}
	return number
}

// index gives the hashes of the objects' keys, sorted, each once, in memory of its own.
func (e *encoder) index() []uint32 {
	slices.Sort(e.hashes)
	return slices.Clone(slices.Compact(e.hashes))
}

func hashOf(k model.Key) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(k.Namespace)) // never fails
	_, _ = h.Write([]byte{'/'})
	_, _ = h.Write([]byte(k.Name))
	return h.Sum32()
}

func appendText[T ~string | ~[]byte](b []byte, text T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}
