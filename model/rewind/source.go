package rewind

import (
	"encoding/json"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// source is a Source on its way through the past.
type source struct {
	Source
	judge  func(jsonscan.Object, uint32) model.Health // nil tells none
	store  *model.Store
	packer *model.Packer
	// due has the objects of which time has a say in how they are, and when they were judged, in Unix nanoseconds by the clock of that.
	due map[model.Key]int64
	// lost are the keys of the objects whose changes do not fit together.
	lost sync.Map
	// hidden tells that it is not known which objects there are. In first are then those that were known first.
	hidden atomic.Bool
	first  []*model.Object
}

// unjudged is when those objects were judged that are to be judged in any case.
const unjudged = -1

func newSource(s Source, now func() time.Time) *source {
	made := &source{
		Source: s, store: model.NewStore(), packer: model.NewPacker(), due: map[model.Key]int64{},
	}
	made.store.SetColumns(s.Columns)
	if s.Judge != nil {
		made.judge = s.Judge(func() time.Time { return now().Add(s.Ahead) })
	}
	made.fill(s.Objects)
	made.Objects = nil
	return made
}

// fill has the Store show objects that were there before.
func (s *source) fill(objects []*model.Object) {
	for _, o := range objects {
		s.put(o, unjudged)
	}
	s.store.Retain(func(model.Key) bool { return true })
}

// put has the Store show an object, which was judged at a moment.
func (s *source) put(o *model.Object, judged int64) {
	s.store.Apply(o)
	if o.Health.Due != 0 {
		s.due[o.Key] = judged
	}
}

// hide takes all objects off: it is not known which there were. show brings them back.
func (s *source) hide() {
	s.store.Each(func(o *model.Object) bool {
		s.first = append(s.first, o)
		return true
	})
	s.hidden.Store(true)
	s.store.Forget()
}

func (s *source) show() {
	s.hidden.Store(false)
	s.fill(s.first)
	s.first = nil
}

// rejudge judges the objects anew of which time has a say in how they are, where that makes a difference since.
func (s *source) rejudge(at time.Time) {
	if s.judge == nil {
		return
	}
	now := at.Add(s.Ahead).UnixNano()
	for key, judged := range s.due {
		o, ok := s.store.Get(key)
		if !ok || o.Health.Due == 0 {
			delete(s.due, key)
			continue
		}
		due := int64(o.Health.Due) * int64(time.Second)
		if s.due[key] = now; judged != unjudged && (judged < due) == (now < due) {
			continue
		}
		if text, err := o.JSON(); err == nil && len(text) > 0 {
			s.store.Rejudge(o, s.judge(jsonscan.Object{Text: text}, o.Written))
		}
	}
}

// build makes the object that a draft is.
func (s *source) build(key model.Key, d *draft) *model.Object {
	if d.is != nil {
		return d.is
	}
	o := &model.Object{
		Key: key, UID: d.uid, ResourceVersion: d.version, Received: d.printed, Columns: s.Columns, Cells: d.cells,
	}
	if d.like != nil {
		o.Columns, o.Created, o.Labels = d.like.Columns, d.like.Created, d.like.Labels
	}
	if d.bare {
		return o
	}
	o.SetJSON(s.packer, d.text)
	readMetadata(o, d.text)
	if s.judge != nil {
		if d.printed > 0 { // what is remembered of a version does not tell it, and nearly all of those that ask are written for it
			o.Written = uint32(min(max(time.Unix(d.printed, 0).Add(s.Ahead).Unix(), 0), math.MaxUint32))
		}
		o.Health = s.judge(jsonscan.Object{Text: d.text}, o.Written)
	}
	return o
}

// readMetadata takes what an object has of its metadata.
func readMetadata(o *model.Object, text []byte) {
	read := func(name string, to any) bool {
		value := change.Find(text, []change.Step{{Member: "metadata"}, {Member: name}})
		return value != nil && json.Unmarshal(value, to) == nil
	}
	var created, deleted time.Time
	if read("creationTimestamp", &created) && !created.IsZero() {
		o.Created = created.Unix()
	}
	o.Deleting = read("deletionTimestamp", &deleted)
	var labels map[string]string
	read("labels", &labels)
	o.Labels = model.MakeLabelSet(labels)
}
