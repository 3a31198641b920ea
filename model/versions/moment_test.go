package versions_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
)

// An object that is deleted and made anew has at each moment the version that was the last one then, or none.
func TestTheVersionOfAMoment(t *testing.T) {
	begin := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	history := timeline.New(1 << 20)
	source := history.SourceID(timeline.Source{Cluster: "prod", GVR: gvr})
	for i, r := range []timeline.Record{
		{UID: "a", Type: model.Updated, Old: "1", New: "2"}, // it was there before
		{UID: "a", Type: model.Updated, Old: "2", New: "3"},
		{UID: "a", Type: model.Deleted, Old: "3", New: "4"},
		{UID: "b", Type: model.Added, New: "5"},
		{UID: "b", Type: model.Updated, Old: "5", New: "6"},
	} {
		r.At, r.Source, r.Key = begin.Add(time.Duration(i)*time.Minute), source, key
		history.Add(&r, model.Packed{})
	}
	for _, present := range []string{"6", "9"} { // the records lead to what is there now, or don't
		list := versions.NewLog(versions.Object{Cluster: "prod", GVR: gvr, Key: key}, history, func() *model.Object {
			return &model.Object{Key: key, UID: "b", ResourceVersion: present}
		}).Read()
		for after, want := range map[time.Duration]string{
			-time.Second: "1", 0: "2", time.Minute: "3", time.Minute + time.Second: "3", 2 * time.Minute: "", 3*time.Minute - 1: "", 3 * time.Minute: "5",
			4 * time.Minute: "6", time.Hour: "6",
		} {
			got := ""
			if i, ok := list.At(begin.Add(after)); ok {
				got = list.Versions[i].ResourceVersion
			}
			if got != want {
				t.Errorf("present %s, after %s it is %q, want %q: %s", present, after, got, want, fmt.Sprint(list.Versions))
			}
		}
	}
}
