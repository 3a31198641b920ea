package model

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// How long marks last, from Row.MarkedAt.
const (
	// NewFor is how long a row is marked as new.
	NewFor = 3 * time.Second
	// FlashFor is how long changed cells ask for attention.
	FlashFor = 1500 * time.Millisecond
	// ChangedFor is how long changed cells are known as such.
	ChangedFor = 4500 * time.Millisecond
	// DeletedFor is how long the row of a deleted object stays.
	DeletedFor = 3 * time.Second
)

// Mark says what happened to a row a moment ago.
type Mark uint8

const (
	// Unmarked is a row to which nothing happened lately.
	Unmarked Mark = iota
	// New is a row that was added, other than by the first list.
	New
	// Changed is a row of which cells or health changed.
	Changed
	// Gone is a row whose object was deleted; it leaves after DeletedFor.
	Gone
)

// RowID names a row of a View as long as its object lives.
type RowID struct {
	Source int
	Key    Key
	// UID is that of the object; empty means any object of that key.
	UID types.UID
}

// Row is one row of a View, as it was when it was read.
type Row struct {
	Object *Object
	// Source is the index of the Source that the row came from.
	Source int
	Mark   Mark
	// MarkedAt is when Mark was set, by the local clock.
	MarkedAt time.Time
	// ChangedCells has a bit for each of the first 64 cells that changed,
	// while Mark is Changed.
	ChangedCells uint64
	// Recovered tells that the object became healthy with the change that
	// Mark speaks of.
	Recovered bool
	// Changed is when the object last changed since it was first seen here;
	// zero where it never did.
	Changed time.Time
}

// ID names the row.
func (r Row) ID() RowID {
	return RowID{Source: r.Source, Key: r.Object.Key, UID: r.Object.UID}
}

// Window is a part of a View and what is known of the whole at that moment.
type Window struct {
	Rows []Row
	// From is the index of the first of Rows.
	From int
	// Len is the number of rows in the View: those that match, and those of
	// deleted objects that have not left yet.
	Len int
	// Matched is the number of objects that match the filter.
	Matched int
	// Total is the number of objects in the sources.
	Total int
	// Unhealthy is the number of objects in the sources that are Unhealthy.
	Unhealthy int
	// Version grows each time the View changes.
	Version uint64
	// Changes counts adds, updates and deletes since the View was made,
	// without what was there before.
	Changes uint64
	// Rebuilding tells that a new Spec has been set and does not show yet.
	Rebuilding bool
}
