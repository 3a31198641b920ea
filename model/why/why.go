// Package why finds out why an object is not well: from it down to the deepest cause that is known, what the server says of that, and what changed
// before it and by whom.
//
// It knows no kind. It goes by who owns and names whom (model/relation), by how objects are (model/health), and by whether what an object or its
// Events say speaks of another. What is not known is told as such.
package why

import (
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/relation"
)

// Presence says what is known of an object that is not there.
type Presence uint8

const (
	// Unread is one of which nothing is known yet.
	Unread Presence = iota
	// Missing is one that does not exist.
	Missing
	// Hidden is one that may not be read.
	Hidden
	// Unwatched is one of which nothing was known at the moment that is asked for, which is past. Nor will it be.
	Unwatched
)

// World is what is known. Its functions are called by Find alone.
type World struct {
	// Graph is about the object that is asked for.
	Graph *relation.Graph
	// Explain says how an object of a type is.
	Explain func(relation.Type, *model.Object) health.Finding
	// Absent says what is known of an object that is not in the Graph.
	Absent func(relation.ID) Presence
	// Warnings gives the warnings among the Events of an object, the newest first; nil is that nothing is known of any.
	Warnings func(relation.Item) []Event
	// Changes gives what changed of an object, the newest last, as a Log tells it, and since when all of that is remembered: zero where nothing is.
	// It is nil where nothing is remembered of any.
	Changes func(relation.Item) (changes []Change, since time.Time)
	// Ahead is how far the server's clock is ahead of that by which changes are dated.
	Ahead time.Duration
}

// Event is a warning of the server. Its texts come from the cluster.
type Event struct {
	Reason, Message, Source string
	// Count is how often it happened, last at Last by the server's clock.
	Count int
	Last  time.Time
}

// Step is an object on the way to the cause.
type Step struct {
	relation.Item
	// Presence says what is known of it where it has no Object.
	Presence Presence
	// Finding says how it is, where it has one.
	Finding health.Finding
	// Others is how many others, which relate to the step before as it does, are not well either.
	Others int
	// blame is what the step before says of it, where that tells that it is the cause.
	blame string
}

// Change is one change of an object that may have led to the trouble.
type Change struct {
	Item relation.Item
	Seq  uint64
	At   time.Time
	Type model.DeltaType
	By   change.Manager
	// UID is that of the object that changed.
	UID types.UID
	// Path is the field that says most of those that changed, Old and New its values as JSON; More is how many others changed that mean something.
	Path     change.Path
	Old, New []byte
	// Moved says from where to where the field was moved in its list, if that is all; it has no values then.
	Moved string
	More  int
	// ByTeller tells that who made it also tells how the object is, in its status.
	ByTeller bool
}

// Answer says why an object is as it is.
type Answer struct {
	// Steps lead from the object to the cause. There is at least the object itself.
	Steps []Step
	// Event is what the server says of the step EventOf; nil where it says nothing that the step does not say itself.
	Event   *Event
	EventOf int
	// Also are others that are named by the steps and not well, though nothing says that they matter.
	Also []Step
	// Changes are those before the trouble began, or the last one of an object that is well, the newest first.
	Changes []Change
	// Since is since when changes of the object, its owners and the steps are remembered, but for those of Forgotten; zero where none are. Remembers
	// is false where none are of any object.
	Since     time.Time
	Remembers bool
	// Began is when the trouble did, by the clock of changes; zero where nothing says so.
	Began time.Time
	// Reading tells that changes of the time before are being read. Who asks sets it.
	Reading bool
	// Forgotten are the types on the way whose changes are not remembered.
	Forgotten []relation.Type
	// Wanted are objects of which it is to be known whether they are there. Until then the answer may change.
	Wanted []relation.Item
	// Needed are types of which a message speaks, and of which nothing is known yet.
	Needed []relation.Type
	// Hidden are objects on the way that may not be read, Unwatched those of which nothing was known at a past moment.
	Hidden, Unwatched []relation.Item
	// Below are types of what the steps may own or select, or speak of, of which nothing was known at a past moment.
	Below []relation.Type
	// HasEvents tells that it is known what Events say. IsPast tells that the answer is of a past moment.
	HasEvents, IsPast bool
}

// IsWell tells that nothing is known to be wrong with the object.
func (a *Answer) IsWell() bool { return len(a.Steps) == 1 && trouble(&a.Steps[0]) == fine }

// Cause is the last step.
func (a *Answer) Cause() *Step { return &a.Steps[len(a.Steps)-1] }

// grade is how bad it is with an object.
type grade uint8

const (
	fine    grade = iota
	onWay         // on its way
	failed        // unhealthy
	missing       // not there, and needed
)

// trouble grades a step.
func trouble(s *Step) grade {
	switch {
	case s.Object == nil && s.Presence == Missing && !s.Optional:
		return missing
	case s.Object == nil:
		return fine
	}
	return gradeOf(s.Finding.Level)
}

func gradeOf(level model.Level) grade {
	switch level {
	case model.Unhealthy:
		return failed
	case model.Progressing:
		return onWay
	}
	return fine
}
