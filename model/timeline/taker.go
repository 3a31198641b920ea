package timeline

import (
	"fmt"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// Taker adds what a Store's subscribers hear to a Timeline: it finds out which fields changed and who changed them, in memory that it uses
// again. It is for one goroutine at a time, the one that adds to the Timeline.
type Taker struct {
	timeline *Timeline
	differ   change.Differ
	managers change.Managers
	record   Record
	old, new []byte
}

// maxScratch is how much memory is kept for the next object, and maxFields for how many fields of the next record.
const (
	maxScratch = 1 << 20
	maxFields  = 4096
)

// NewTaker makes a Taker for a Timeline, nil where records are only read.
func NewTaker(t *Timeline) *Taker { return &Taker{timeline: t} }

// Take adds what a delta tells of, if it is a change. An error is of an object that cannot be unpacked.
func (t *Taker) Take(source SourceID, d model.Delta) error {
	r, err := t.Record(source, d)
	if err != nil || r == nil {
		return err
	}
	last := model.Packed{}
	if d.Type == model.Deleted {
		last = d.Old.Packed()
	}
	t.timeline.Add(r, last)
	t.trim()
	return nil
}

// Record gives what a delta tells of, nil if it is no change: objects that were there before are none, nor are those that are only
// printed otherwise. It is good until the next call.
func (t *Taker) Record(source SourceID, d model.Delta) (*Record, error) {
	t.trim()
	if d.Initial {
		return nil, nil
	}
	o := d.New
	if d.Type == model.Deleted {
		o = d.Old
	}
	t.record = Record{
		At: d.At, Source: source, Key: o.Key, UID: o.UID, Type: d.Type, New: o.ResourceVersion,
		Listed: d.Listed, Merged: d.Merged, Fields: t.record.Fields, Cells: t.record.Cells[:0],
	}
	was := d.Old
	switch d.Type {
	case model.Added:
		was = nil
	case model.Deleted:
		was = d.Held
	}
	if was != nil {
		t.record.Old = was.ResourceVersion
		if was.Received != 0 {
			t.record.Printed = time.Unix(was.Received, 0)
		}
	}
	if err := t.compare(was, o, &d); err != nil {
		return nil, fmt.Errorf("comparing versions %s and %s of %s: %w", t.record.Old, t.record.New, o.Key, err)
	}
	if d.Type == model.Updated && len(t.record.Fields) == 0 && t.record.Old == t.record.New {
		return nil, nil
	}
	t.record.Cells = appendDifferent(t.record.Cells, was, d.New)
	return &t.record, nil
}

// compare sets what differs between two versions, of which the old one is nil for an object that was added.
func (t *Taker) compare(was, is *model.Object, d *model.Delta) error {
	t.record.SetFields(nil, nil)
	if was == is {
		return nil
	}
	managed, ends := d.ManagedFields, d.Ends
	var err error
	if was != nil || is.Whole {
		if t.new, err = is.AppendJSON(t.new[:0]); err != nil {
			return err
		}
	}
	if is.Whole {
		var own []byte
		if t.new, own = withoutManaged(t.new); own != nil {
			managed, ends = own, nil
		}
	}
	if was == nil {
		t.record.By = t.managers.Creator(managed)
		return nil
	}
	if t.old, err = was.AppendJSON(t.old[:0]); err != nil {
		return err
	}
	if was.Whole {
		t.old, _ = withoutManaged(t.old)
	}
	t.record.SetFields(t.differ.DiffManaged(jsonscan.Object{Text: t.old}, jsonscan.Object{Text: t.new, Ends: ends}, managed, &t.managers))
	return nil
}

// withoutManaged cuts managedFields out of an object's JSON, in place, and gives both.
func withoutManaged(text []byte) (rest, managed []byte) {
	path := []change.Step{{Member: "metadata"}, {Member: "managedFields"}}
	managed = append(managed, change.Find(text, path)...)
	if managed == nil {
		return text, nil
	}
	return change.Remove(text, path), managed
}

// trim lets go of memory that one large object took.
func (t *Taker) trim() {
	if cap(t.old) > maxScratch {
		t.old = nil
	}
	if cap(t.new) > maxScratch {
		t.new = nil
	}
	if cap(t.record.Fields) > maxFields {
		t.record.Fields = nil
	}
}
