package stream

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// newChange makes an event of a record. It keeps nothing that the record's reader uses again.
func newChange(of *Source, r *timeline.Record, judge *noise.Judge) *Change {
	id := of.Watch.Identity()
	c := &Change{
		Schema: changeSchema, Time: r.At.UTC(), Cluster: of.Cluster, OldVersion: r.Old, NewVersion: r.New, Listed: r.Listed, Merged: r.Merged,
		Noise: judge.IsNoise(id.GVR.GroupResource(), r), By: manager(r.By), Object: of.object(),
	}
	c.Object.Namespace, c.Object.Name, c.Object.UID = r.Key.Namespace, r.Key.Name, string(r.UID)
	switch r.Type {
	case model.Added:
		c.Change = Added
	case model.Deleted:
		c.Change = Deleted
	default:
		c.Change = Updated
	}
	c.ID = changeID(c)
	for i := range r.Fields {
		f := &r.Fields[i]
		field := Field{Path: string(f.Path), Old: value(f.Old), New: value(f.New), By: manager(f.By)}
		if f.IsMove() {
			field.Moved = &Moved{From: f.From, To: f.At}
		}
		c.Fields = append(c.Fields, field)
	}
	return c
}

// changeID names a change: who sees it a second time, or from another place, gives it the same name. What was merged of several is named as such.
func changeID(c *Change) string {
	return c.Object.UID + "/" + c.OldVersion + "-" + c.NewVersion + "/" + c.Change
}

func value(json []byte) jsontext.Value {
	if json == nil {
		return nil
	}
	return jsontext.Value(json).Clone()
}

func manager(m change.Manager) *Manager {
	if m == (change.Manager{}) {
		return nil
	}
	told := &Manager{Name: m.Name, Operation: m.Operation, Subresource: m.Subresource}
	if m.At != 0 {
		told.Time = time.Unix(m.At, 0).UTC()
	}
	return told
}
