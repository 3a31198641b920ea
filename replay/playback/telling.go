package playback

import (
	"cmp"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/recording"
)

// Spot is a place in a recording that is exact where several changes are of one instant: in a part, behind so many of its changes.
type Spot struct{ Part, Changes int }

// Compare is below 0 where s is before other, and above it where it is behind.
func (s Spot) Compare(other Spot) int {
	return cmp.Or(cmp.Compare(s.Part, other.Part), cmp.Compare(s.Changes, other.Changes))
}

// Part is a part of a recording, which begins with all that is there.
type Part struct {
	Begin time.Time
	// Continues tells that nothing lies between the part before and this one.
	Continues bool
}

// Scope is which objects of a type a watch asks for, as kubectl spells it.
type Scope struct {
	Resource                                schema.GroupVersionResource
	Namespace, LabelSelector, FieldSelector string
}

// Verb is what is told of an object, or of a type.
type Verb uint8

// Verbs.
const (
	// Present is an object of the state that a part begins with; Stated says that there are no others.
	Present Verb = iota + 1
	Stated
	// Became is an object that came, or changed.
	Became
	// Went is one that was deleted, as it last was; Left is one that is not in the scope any more, as it is now.
	Went
	Left
	// Unserved says that the type is not served any more.
	Unserved
)

// Told is what a recording tells of a scope.
type Told struct {
	// Spot is behind the change, At when the recorder learned of it.
	Spot Spot
	At   time.Time
	// Scope is which of those that were asked for.
	Scope int
	Verb  Verb
	// Type is the type as it was served then; nil where it is not.
	Type *recording.Type
	// Cells and Object are the object, if it is about one. They are good until the next is told.
	Cells, Object []byte
}
