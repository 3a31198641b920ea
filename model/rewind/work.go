package rewind

import (
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// maxWork bounds how many bytes of JSON are held while many changes are undone, before what has come of them is packed.
const maxWork = 64 << 20

// place names an object among those of all sources.
type place struct {
	source *source
	key    model.Key
}

// work is the objects that a move has changed, before they are packed: one that changed often is packed once.
type work struct {
	drafts map[place]*draft
	size   int // bytes of JSON
}

// undo makes what was before a record of what was behind it.
func (p *Past) undo(r *timeline.Record) {
	p.next = r.Seq
	p.change(r, p.undoIn)
}

// redo makes what was behind a record of what was before it.
func (p *Past) redo(r *timeline.Record) {
	p.next = r.Seq + 1
	p.change(r, p.redoIn)
}

func (p *Past) change(r *timeline.Record, in func(*source, *draft, *timeline.Record) error) {
	if !p.shows(r) {
		return
	}
	s := p.byID[r.Source]
	if _, lost := s.lost.Load(r.Key); lost {
		return
	}
	if s.hidden.Load() {
		s.show()
	}
	d := p.draftOf(s, r.Key)
	held := len(d.text)
	if err := in(s, d, r); err != nil {
		klog.Errorf("the past of %s is not known: change %d: %v", r.Key, r.Seq, err)
		p.lose(s, r.Key)
		return
	}
	if p.work.size += len(d.text) - held; p.work.size > maxWork {
		p.pack()
	}
}

func (p *Past) undoIn(s *source, d *draft, r *timeline.Record) error {
	if r.Type == model.Deleted {
		return p.undelete(d, r)
	}
	if err := d.expect(r.UID, r.New); err != nil {
		return err
	}
	if r.Type == model.Added {
		p.added[r.Seq] = s.build(r.Key, d)
		*d = draft{}
		return nil
	}
	cells := unknownCells(len(d.cells))
	if r.Prints(d.cells, true) {
		cells = r.UndoCells(d.cells)
	}
	return d.change(r.Undo, r.Old, cells, seconds(r.Printed))
}

// undelete brings an object back: the last version, and of it the one that was there.
func (p *Past) undelete(d *draft, r *timeline.Record) error {
	if d.there {
		return fmt.Errorf("version %s is there behind its deletion", d.version)
	}
	last, kept, err := p.changes.Last(r.Seq)
	if err != nil {
		return err
	}
	*d = draft{there: true, uid: r.UID, version: r.New, bare: !kept}
	if kept {
		d.text = change.WithoutManagedFields(last)
	}
	return d.change(r.Undo, r.Old, r.UndoCells(nil), seconds(r.Printed))
}

func (p *Past) redoIn(_ *source, d *draft, r *timeline.Record) error {
	if r.Type == model.Added {
		if d.there {
			return fmt.Errorf("version %s is there before it is added", d.version)
		}
		o := p.added[r.Seq]
		if o == nil {
			return errors.New("it was not undone")
		}
		d.become(o)
		delete(p.added, r.Seq)
		return nil
	}
	if err := d.expect(r.UID, r.Old); err != nil {
		return err
	}
	if r.Type == model.Deleted {
		*d = draft{}
		return nil
	}
	cells := unknownCells(len(d.cells))
	if r.Prints(d.cells, false) {
		cells = r.RedoCells(d.cells)
	}
	return d.change(r.Redo, r.New, cells, r.At.Unix())
}

// seconds is a time as objects have it, 0 for none.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func unknownCells(n int) []string {
	cells := make([]string, n)
	for i := range cells {
		cells[i] = timeline.Unprinted
	}
	return cells
}

// lose gives up an object.
func (p *Past) lose(s *source, key model.Key) {
	s.lost.Store(key, struct{}{})
	delete(p.work.drafts, place{s, key})
	s.store.Delete(key, nil)
	p.lost.Add(1)
}

// draftOf gives an object for being changed.
func (p *Past) draftOf(s *source, key model.Key) *draft {
	at := place{s, key}
	if d := p.work.drafts[at]; d != nil {
		return d
	}
	d := &draft{}
	if o, ok := s.store.Get(key); ok {
		d.become(o)
	}
	if p.work.drafts == nil {
		p.work.drafts = map[place]*draft{}
	}
	p.work.drafts[at] = d
	return d
}

// pack has the Stores show what the drafts have become.
func (p *Past) pack() {
	for at, d := range p.work.drafts {
		if !d.there {
			at.source.store.Delete(at.key, nil)
			continue
		}
		judged := p.Now().Add(at.source.Ahead).UnixNano()
		if d.is != nil {
			judged = unjudged
		}
		at.source.put(at.source.build(at.key, d), judged)
	}
	p.work = work{}
}

// settle shows where a move has led.
func (p *Past) settle() {
	p.pack()
	now := p.Now()
	for _, s := range p.sources {
		switch known := !now.Before(s.Since); {
		case known && s.hidden.Load():
			s.show()
		case !known && !s.hidden.Load():
			s.hide()
		}
		s.rejudge(now)
	}
}

// draft is an object that is being changed.
type draft struct {
	there   bool
	uid     types.UID
	version string
	cells   []string
	printed int64 // as model.Object.Received
	// text is the JSON; nil where it has not been unpacked yet, or, bare, is not known.
	text []byte
	bare bool
	// is is the object while it is not changed; like is another of its versions.
	is, like *model.Object
}

// become makes the draft that of an object.
func (d *draft) become(o *model.Object) {
	*d = draft{
		there: true, uid: o.UID, version: o.ResourceVersion, cells: o.Cells, printed: o.Received, is: o, like: o, bare: o.Packed().Size() == 0,
	}
}

// expect tells that the draft is not the version that it should be.
func (d *draft) expect(uid types.UID, version string) error {
	if !d.there || d.uid != uid || d.version != version {
		return fmt.Errorf("there is version %q of %q, and should be %q of %q", d.version, d.uid, version, uid)
	}
	return nil
}

// change makes another version of it.
func (d *draft) change(edit func([]byte) ([]byte, error), version string, cells []string, printed int64) error {
	if err := d.unpack(); err != nil {
		return err
	}
	if !d.bare {
		text, err := edit(d.text)
		if err != nil {
			return err
		}
		d.text = text
	}
	d.version, d.cells, d.printed, d.is = version, cells, printed, nil
	return nil
}

func (d *draft) unpack() error {
	if d.bare || d.text != nil {
		return nil
	}
	text, err := d.is.AppendJSON(nil)
	d.text = change.WithoutManagedFields(text)
	return err
}
