// Package versions tells the versions of one object, as far back as a timeline remembers, and makes each of them again.
//
// What the timeline has are changes. From a version that is known whole (the present one, or the last one of an object that is
// deleted) all others follow that are joined to it by changes. Where a change is missing, that is said, and nothing beyond it is
// guessed.
package versions

import (
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// Object says whose versions are asked for. It is comparable.
type Object struct {
	Cluster string
	GVR     schema.GroupVersionResource
	Key     model.Key
	// UID is that of the object that is meant first; others that had the same name come behind it. Empty is the newest.
	UID types.UID
}

// Kind says how a version came to be.
type Kind uint8

const (
	// Updated is a version that a change made of the one before.
	Updated Kind = iota + 1
	// Created is the first version of an object.
	Created
	// Deleted is the end of an object. Its JSON is that of the last version.
	Deleted
	// Found is a version of which is not known how it came to be: it was there when the watch began, or began anew.
	Found
	// Entered is an object that a watch with selectors began to see: it may be older.
	Entered
	// Left is an object that a watch with selectors no longer saw, and that was seen again.
	Left
)

// ID tells a version from all others of a timeline. It is comparable.
type ID struct {
	// Seq is that of the record that tells of the version; of a Found one, that of the record of the version after it.
	Seq  uint64
	Kind Kind
}

// Version is one version of an object. What it points to must not be changed.
type Version struct {
	ID  ID
	UID types.UID
	// At is when the change was heard of; zero where no change is known.
	At time.Time
	// Before and ResourceVersion are the object's resource versions before and after. Before is empty where there was none, or
	// none is known.
	Before, ResourceVersion string
	// By are those who own what was changed, the one that wrote last first. Of a created object it is the creator. It is empty
	// where nobody is known.
	By []change.Manager
	// Fields are what differs from the version before.
	Fields []timeline.Field
	// Telling is the index of the field that says most, where there are any: the first, unless Log.TellBy says otherwise.
	Telling int
	// Listed and Merged are as in a timeline.Record.
	Listed bool
	Merged int
	// Gap tells that it is not known what happened between the version before, which is the next in the list, and this one.
	Gap bool
	// Whole tells that the version can be made again.
	Whole bool
}

// Kind says how the version came to be.
func (v *Version) Kind() Kind { return v.ID.Kind }

// List is the versions of an object at one moment, and of others that had its name before. It is never changed after it was made,
// so it is safe for concurrent use.
type List struct {
	// Versions are the newest first; those of one object stand together.
	Versions []Version
	// Begins is since when changes are remembered; zero where none is.
	Begins time.Time
	// Complete tells that the last one in the list is the first that there was.
	Complete bool
	// Cut tells that more is remembered than is in the list.
	Cut bool
	// Reading tells that what happened before is being read. Who has the list made sets it.
	Reading bool

	links   []link
	present *model.Object
	bodies  *timeline.Timeline
}

// link says how a version hangs together with the others.
type link struct {
	record *timeline.Record // nil for a Found one
	// anchor is the place in the list of the version that is known whole and of which this one follows; -1 for none.
	anchor int
}

// Find gives the place of a version in the list, -1 if it is not there any more.
func (l *List) Find(id ID) int {
	for i := range l.Versions {
		if l.Versions[i].ID == id {
			return i
		}
	}
	return -1
}

// Before gives the place of the version that one was made of, -1 where that is not known.
func (l *List) Before(i int) int {
	if next := i + 1; next < len(l.Versions) && !l.Versions[i].Gap && l.Versions[next].UID == l.Versions[i].UID {
		return next
	}
	return -1
}
