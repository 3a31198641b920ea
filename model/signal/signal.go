// Package signal is what rules tell of a cluster, as plain values: the form in which programs hand signals to each other, and the list of
// them that a screen shows. What finds them is the package signals, which a program that only shows them does without.
package signal

import (
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/relation"
)

// Severity says how much a signal matters.
type Severity string

const (
	// Info is worth knowing.
	Info Severity = "info"
	// Warning may need somebody.
	Warning Severity = "warning"
	// Critical needs somebody now.
	Critical Severity = "critical"
)

// Subject is the object that a signal is of.
type Subject struct {
	relation.ID
	UID types.UID
}

// MostUnwell is how many related objects a signal names.
const MostUnwell = 5

// Unwell is an object that is not well, and why in a word.
type Unwell struct {
	relation.ID
	Reason string
}

// Edit is one field that changed. Its values are JSON, nil where there was or is none.
type Edit struct {
	Of       relation.ID
	Path     change.Path
	Old, New []byte
	By       change.Manager
	At       time.Time
}

// Signal is something that a rule has found. It opens once and is resolved once; what happens in a moment is resolved as it opens. All text in it
// may come from the cluster.
type Signal struct {
	// Fingerprint is the same whenever the same rule finds the same of the same object.
	Fingerprint string
	Rule        string
	// Policy tells that the rule says how objects have to be.
	Policy   bool
	Type     string
	Severity Severity
	Title    string
	Message  string
	// Fields are as the rule says: what JSON can hold.
	Fields  map[string]any
	Subject Subject
	// Workload is what the subject belongs to: its topmost owner that is known, itself where it has none.
	Workload relation.ID
	// Change is the field whose change made it so, nil where the object was like this when it was first seen.
	Change *Edit
	// Edit is what was last changed of the workload's specification before, nil where nothing was seen.
	Edit *Edit
	// Unwell are objects that the subject is related to and that were not well when it opened, MostUnwell at most.
	Unwell []Unwell
	// Moment tells that it is of something that happened, not of something that lasts.
	Moment bool
	// Opened is when the rule began to tell it, Since when what it tells of began.
	Opened, Since time.Time
	// Resolved is when it ended, zero as long as it goes on.
	Resolved time.Time
	// Unknown tells that it ended since it is not judged any more: its subject is not looked at, its rule is gone or another, or cannot be applied. What became
	// of the trouble is not known.
	Unknown bool
	// Suppressed is how often the same happened since the last time and was not told, since it may repeat only so often.
	Suppressed int
}

// IsOpen tells whether what the signal tells of goes on.
func (s *Signal) IsOpen() bool { return s.Resolved.IsZero() }
