// Package problems keeps one list of all that is unhealthy, over all types that are watched: each object once, though several
// watches may hold it, and what matters most first. It also sees to it that what time makes unhealthy is judged again in time.
package problems

import (
	"cmp"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// ID tells an object from all others, whichever watch holds it and in whichever version of its type.
type ID struct {
	Cluster string
	Type    schema.GroupResource
	model.Key
}

// Problem is one unhealthy object. It is never changed.
type Problem struct {
	ID
	UID  types.UID
	Kind string
	// Reason is a word or a few, Message the cause in a line; it may be empty. Both are the cluster's own text.
	Reason, Message string
	// Since is when the trouble began: by the object's own word, in the server's time, or, where it said nothing and Seen is true,
	// when it was seen first, by the clock of Options.Now. While the trouble lasts it may become earlier, never later, Options.Moments aside.
	Since time.Time
	Seen  bool
	// Weight is that of health.Finding.
	Weight int

	labels model.LabelSet
	// caused tells what may be the cause; nil where it is its own.
	caused *health.Cause
	// says is the message without the cause.
	says string
}

// Compare orders what is worse first, then what is newer.
func Compare(a, b *Problem) int {
	return cmp.Or(
		cmp.Compare(b.Weight, a.Weight),
		b.Since.Compare(a.Since),
		strings.Compare(a.Cluster, b.Cluster),
		strings.Compare(a.Type.Resource, b.Type.Resource),
		strings.Compare(a.Type.Group, b.Type.Group),
		strings.Compare(a.Namespace, b.Namespace),
		strings.Compare(a.Name, b.Name),
	)
}

// Source is a watch whose objects are judged.
type Source struct {
	Store   *model.Store
	Cluster string
	Type    schema.GroupResource
	Kind    string
	// Judge judges an object anew, Explain says more of one that is unhealthy. Both must be safe for concurrent use.
	// The number is model.Object.Written.
	Judge   func(jsonscan.Object, uint32) model.Health
	Explain func(jsonscan.Object, uint32) health.Finding
}

// has tells whether an object may be among those of the watch.
func (s *Source) has(id ID) bool { return s.Cluster == id.Cluster && s.Type == id.Type }
