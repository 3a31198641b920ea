package timeline

import (
	"encoding/binary"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
)

// errBlock says that a block is not what an encoder writes: memory was damaged, or there is a bug.
var errBlock = errors.New("a block of the timeline cannot be read")

// decoder reads the text of one block.
type decoder struct {
	text     []byte
	seq      uint64 // of the next record
	at       int64
	version  uint64
	objects  []object
	paths    []change.Path
	managers []change.Manager
	printed  bool // the record that is being read has cells
	failed   bool
}

// each gives the records that are wanted, from the first to the last, as long as yield wants more.
func (d *decoder) each(f *Filter, yield func(*Record) bool) error {
	for len(d.text) > 0 && !d.failed {
		kind := d.text[0]
		d.text = d.text[1:]
		switch kind {
		case defineObject:
			d.objects = append(d.objects, d.object())
		case definePath:
			d.paths = append(d.paths, change.Path(d.bytes()))
		case defineManager:
			d.managers = append(d.managers, change.Manager{Name: string(d.bytes()), Operation: string(d.bytes()), Subresource: string(d.bytes())})
		case entryRecord:
			record := &decoder{text: d.bytes(), seq: d.seq, at: d.at, version: d.version, objects: d.objects, paths: d.paths, managers: d.managers}
			r := record.head()
			d.seq, d.at, d.version = d.seq+1, record.at, record.version
			if f.wants(&r) {
				record.rest(&r)
				if !record.failed && !yield(&r) {
					return nil
				}
			}
			d.failed = d.failed || record.failed
		default:
			d.failed = true
		}
	}
	if d.failed {
		return errBlock
	}
	return nil
}

func (f *Filter) wants(r *Record) bool {
	switch {
	case f.Source != 0 && f.Source != r.Source,
		f.Key != (model.Key{}) && f.Key != r.Key,
		f.UID != "" && f.UID != r.UID,
		!f.From.IsZero() && r.At.Before(f.From),
		!f.To.IsZero() && r.At.After(f.To):
		return false
	}
	return true
}

// head reads what comes before the fields.
func (d *decoder) head() Record {
	flags := d.byte()
	o := at(d, d.objects)
	d.at += d.varint()
	r := Record{
		Seq: d.seq, At: time.UnixMicro(d.at), Source: o.source, Key: o.key, UID: o.uid, Type: model.DeltaType(flags & typeBits),
		Listed: flags&hasListed != 0, versioned: flags&hasVersioned != 0,
	}
	if flags&hasOddVersion != 0 {
		r.Old, r.New = string(d.bytes()), string(d.bytes())
	} else {
		d.version += uint64(d.varint())
		r.Old, r.New = version(d.version-uint64(d.varint())), version(d.version)
	}
	if flags&hasMerged != 0 {
		r.Merged = int(d.uvarint())
	}
	if flags&hasBy != 0 {
		r.By = d.manager()
	}
	d.printed = flags&hasCells != 0
	return r
}

// rest reads the cells and the fields.
func (d *decoder) rest(r *Record) {
	if r.Type != model.Added {
		r.Printed = d.printedAt(r.At)
	}
	if d.printed {
		r.Cells = d.cells()
	}
	n := d.uvarint()
	if n == 0 || n > uint64(len(d.text)) {
		d.failed = d.failed || n > 0
		return
	}
	r.Fields = make([]Field, n)
	for i := range r.Fields {
		d.field(&r.Fields[i])
	}
}

func (d *decoder) field(f *Field) {
	flags := d.byte()
	f.Path = at(d, d.paths)
	if flags&hasOld != 0 {
		f.Old = d.bytes()
	}
	if flags&hasNew != 0 {
		f.New = d.bytes()
	}
	if flags&hasPlace != 0 {
		f.At = int(d.uvarint())
	}
	if flags&hasFrom != 0 {
		f.From = int(d.uvarint())
	}
	if flags&hasManager != 0 {
		f.By = d.manager()
	}
}

func (d *decoder) manager() change.Manager {
	m := at(d, d.managers)
	if when := d.uvarint(); when > 0 {
		m.At = d.at/1e6 + unzigzag(when-1)
	}
	return m
}

func (d *decoder) object() object {
	o := object{source: SourceID(d.uvarint())}
	o.key = model.Key{Namespace: string(d.bytes()), Name: string(d.bytes())}
	switch d.byte() {
	case 0:
		if len(d.text) < binarySize {
			d.failed = true
			return o
		}
		o.uid = uidOf(d.text[:binarySize])
		d.text = d.text[binarySize:]
	default:
		o.uid = types.UID(d.bytes())
	}
	return o
}

// at gives what a number stands for.
func at[T any](d *decoder, defined []T) (none T) {
	n := d.uvarint()
	if n >= uint64(len(defined)) {
		d.failed = true
		return none
	}
	return defined[n]
}

func (d *decoder) byte() byte {
	if len(d.text) == 0 {
		d.failed = true
		return 0
	}
	b := d.text[0]
	d.text = d.text[1:]
	return b
}

func (d *decoder) uvarint() uint64 {
	n, size := binary.Uvarint(d.text)
	if size <= 0 {
		d.failed = true
		return 0
	}
	d.text = d.text[size:]
	return n
}

func (d *decoder) varint() int64 { return unzigzag(d.uvarint()) }

// bytes gives a part of the text, to which nothing can be appended in place.
func (d *decoder) bytes() []byte {
	n := d.uvarint()
	if n > uint64(len(d.text)) {
		d.failed = true
		return nil
	}
	b := d.text[:n:n]
	d.text = d.text[n:]
	return b
}
