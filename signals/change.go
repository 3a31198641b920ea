package signals

import (
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/timeline"
)

// Change is what an Engine is told of one object. It keeps nothing of it.
type Change struct {
	At   time.Time
	Of   relation.ID
	UID  types.UID
	Type model.DeltaType
	// Initial tells that the object was there before: nobody saw it come.
	Initial bool
	// Unknown tells, of what was deleted, that it is only not looked at any more.
	Unknown bool
	// Old and New are the JSON of the versions before and after, without managedFields. Old is nil of what was added; New of what was
	// deleted is the last that is known.
	Old, New []byte
	// Fields are what differs, of an update.
	Fields []timeline.Field
	// By is who created the object, of what was added.
	By change.Manager
	// Relinked tells, of an update, that the object may be related to others than before, and Left which those were; so it does of what was deleted. An Engine
	// that does not look at related objects needs neither.
	Relinked bool
	Left     []relation.ID
}

// Cluster is what an Engine asks about other objects.
type Cluster interface {
	// Object gives the JSON of an object, without managedFields; nil where it is not known.
	Object(relation.ID) []byte
	// Objects gives the objects of types that are known, of all for nil, in an order that is always the same.
	Objects(types []schema.GroupResource) []relation.ID
	// Kind gives the type of a kind, false where it is not known.
	Kind(schema.GroupKind) (relation.Type, bool)
	// Related gives those objects of a type that an object owns or is owned by, refers to or is referred to by. Where there are more than most it gives none, and
	// says so.
	Related(of relation.ID, to schema.GroupResource, most int) (all [][]byte, more bool)
	// Relating gives the objects of which Related gives an object, in an order that is always the same. They may not be known.
	Relating(to relation.ID) []relation.ID
	// Unwell gives those that are not well of the objects that an object owns or is owned by, refers to or is referred to by, signal.MostUnwell at
	// most.
	Unwell(of relation.ID) []Unwell
}

// manager names who made a change: who wrote last of those that own what changed.
func (c *Change) manager() change.Manager {
	by := c.By
	for i := range c.Fields {
		if who := c.Fields[i].By; who.Name != "" && (by.Name == "" || who.At > by.At) {
			by = who
		}
	}
	return by
}

// watchType is a type of change in Kubernetes' words.
func watchType(t model.DeltaType) string {
	switch t {
	case model.Added:
		return "ADDED"
	case model.Deleted:
		return "DELETED"
	default:
		return "MODIFIED"
	}
}
