package playback

import (
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/recording"
)

// Speeds that a past is played at; 1 is as it was.
const (
	MinSpeed = 0.25
	MaxSpeed = 64
)

// State is where a player is. Its slices are shared and never written to.
type State struct {
	// Begin and End are the recording's first and last moment. End may grow until the recording's last part has been read.
	Begin, End time.Time
	// Now is the place in the recording, as time goes by there.
	Now time.Time
	// Speed is between MinSpeed and MaxSpeed; it holds while Paused too.
	Speed  float64
	Paused bool
	// Density counts the changes in equal parts of the time from Begin to End. It is empty until the first are counted.
	Density []uint32
	// Counted is how far Density is complete; End when all is counted.
	Counted time.Time
	// Gaps are the times of which the recording knows nothing, in order.
	Gaps []Gap
	// Problems say in words what is wrong with the recording, such as a part that cannot be read.
	Problems []string
}

// Gap is a time of which a recording does not know everything.
type Gap struct {
	From, To time.Time
	// Type is the one that was not watched, as pods.v1; empty for all.
	Type string
	// Reason is why, in words.
	Reason string
}

// Gap is the gap that Now lies in, if it lies in one; one of all types before one of a single type. What is served then is
// the last state that is known.
func (s State) Gap() (Gap, bool) {
	var in Gap
	found := false
	for _, g := range s.Gaps {
		if s.Now.Before(g.From) || !s.Now.Before(g.To) || found && g.Type != "" {
			continue
		}
		if in, found = g, true; g.Type == "" {
			break
		}
	}
	return in, found
}

// GapOf is the gap of a type, or of all, that Now lies in, if it lies in one.
func (s State) GapOf(gvr schema.GroupVersionResource) (Gap, bool) {
	name := string(recording.NameOf(gvr))
	for _, g := range s.Gaps {
		if (g.Type == "" || g.Type == name) && !s.Now.Before(g.From) && s.Now.Before(g.To) {
			return g, true
		}
	}
	return Gap{}, false
}

// Direction is where to look for a moment.
type Direction int8

// Directions.
const (
	Back    Direction = -1
	Forward Direction = 1
)

// Object names an object of the recording.
type Object struct {
	Resource        schema.GroupVersionResource
	Namespace, Name string
}
