package versions

import (
	"bytes"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// mostVersions is how many changes of one object are kept in a Log, beside the timeline.
const mostVersions = 1000

// Log follows the versions of one object. It is for one goroutine at a time.
type Log struct {
	of       Object
	timeline *timeline.Timeline
	present  func() *model.Object
	// records are those of all objects of the name, oldest first. They are its own: what the timeline gives is a part of much more.
	records []timeline.Record
	next    uint64 // Seq from which on nothing was read
	reach   timeline.Reach
	cut     bool
	judge   *noise.Judge // nil for none
}

// NewLog makes a Log. present gives the object of that name that is there now, nil for none; it is called by Read.
func NewLog(of Object, t *timeline.Timeline, present func() *model.Object) *Log {
	return &Log{of: of, timeline: t, present: present}
}

// TellBy has a Judge find out which field of a version says most. It is the Log's from then on.
func (l *Log) TellBy(judge *noise.Judge) { l.judge = judge }

// Read gives the versions that there are now. It reads what was added to the timeline since the last Read; the first reads all.
func (l *Log) Read() *List {
	l.forget()
	for r := range l.timeline.Forward(l.next, timeline.Filter{Key: l.of.Key}) {
		l.next = r.Seq + 1
		if source, ok := l.timeline.Source(r.Source); ok && source.Cluster == l.of.Cluster && source.GVR == l.of.GVR {
			l.records = append(l.records, own(r))
		}
	}
	if over := len(l.records) - mostVersions; over > 0 {
		l.records, l.cut = slices.Clone(l.records[over:]), true
	}
	present := l.present() // behind the records: an object that is newer than all of them is told as such
	list := &List{Begins: l.timeline.Oldest(), Cut: l.cut, present: present, bodies: l.timeline}
	for _, uid := range l.uids(present) {
		l.append(list, uid)
	}
	list.finish()
	return list
}

// forget drops what the timeline has dropped. One that was cleared has other records from then on.
func (l *Log) forget() {
	if undone, earlier := l.reach.Follow(l.timeline); undone || earlier {
		l.records, l.next, l.cut = nil, 0, false
		return
	}
	for first := range l.timeline.Forward(0, timeline.Filter{}) {
		kept := len(l.records)
		l.records = slices.DeleteFunc(l.records, func(r timeline.Record) bool { return r.Seq < first.Seq })
		l.cut = l.cut && len(l.records) == kept
		return
	}
	l.records, l.cut = nil, false
}

// own is a record that keeps nothing of the block that it was read from.
func own(r timeline.Record) timeline.Record {
	r.Cells = nil
	for i := range r.Fields {
		f := &r.Fields[i]
		f.Old, f.New = bytes.Clone(f.Old), bytes.Clone(f.New)
	}
	return r
}

// uids are those of the objects that had the name: the one that is meant first, then the newest.
func (l *Log) uids(present *model.Object) []types.UID {
	var uids []types.UID
	add := func(uid types.UID) {
		if uid != "" && !slices.Contains(uids, uid) {
			uids = append(uids, uid)
		}
	}
	add(l.of.UID)
	if present != nil {
		add(present.UID)
	}
	for _, r := range slices.Backward(l.records) {
		add(r.UID)
	}
	return uids
}

// append adds the versions of one object.
func (l *Log) append(list *List, uid types.UID) {
	c := chain{log: l, list: list}
	for i := len(l.records) - 1; i >= 0; i-- {
		if l.records[i].UID == uid {
			c.records = append(c.records, &l.records[i])
		}
	}
	if list.present != nil && list.present.UID == uid {
		c.present = list.present
	}
	c.run(uid)
}
