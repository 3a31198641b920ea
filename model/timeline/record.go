package timeline

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
)

// ErrNoVersion says that there is no version of the object to make: none before it was added, none after it was deleted, and
// what it was when it was added is known by undoing later changes only.
var ErrNoVersion = errors.New("there is no such version of the object")

// Source is what a change was seen by: a watch of one type in one scope.
type Source struct {
	Cluster string
	GVR     schema.GroupVersionResource
	// Namespace is empty for all of them.
	Namespace     string
	LabelSelector string
	FieldSelector string
}

// SourceID stands for a Source in one Timeline. The zero SourceID is none.
type SourceID uint32

// Record is one change of one object.
type Record struct {
	// Seq is the place of the record in its Timeline: each record's is one more than that of the one before.
	Seq uint64
	// At is when the change was heard of, to the microsecond.
	At     time.Time
	Source SourceID
	Key    model.Key
	UID    types.UID
	Type   model.DeltaType
	// Old and New are the resource versions before and after. Old is empty where the object was added; New of a deletion is
	// that of the last version known.
	Old, New string
	// Listed and Merged are as in a model.Delta.
	Listed bool
	Merged int
	// By is who created the object, for an Added one: the zero Manager where that is not known.
	By change.Manager
	// Fields are what differs between the two versions, without managedFields and the resource version. Those of a
	// Deleted object came with its last version.
	Fields []Field
	// Cells are those that are printed otherwise since; all that were printed, of a Deleted object.
	Cells []Cell
	// Printed is when the cells before the change came from the server, to the second; zero where there are none, or that is not known.
	Printed time.Time

	// versioned tells that the object's JSON has its resource version.
	versioned bool
}

// Field is one field that changed, and who owns it since. What it points to must not be changed.
type Field struct {
	change.Change
	By change.Manager
}

// ManagerOf is who changed the field at an index: who owns it since. Nobody owns what was taken out; that was done by who owns all else that changed,
// where that is one manager and the record is of one write. It is the zero Manager where that is not known.
func (r *Record) ManagerOf(field int) change.Manager {
	by := r.Fields[field].By
	if by != (change.Manager{}) || r.Fields[field].New != nil || r.Merged > 0 {
		return by
	}
	for i := range r.Fields {
		switch other := r.Fields[i].By; {
		case other == (change.Manager{}):
		case by == (change.Manager{}):
			by = other
		case by != other:
			return change.Manager{}
		}
	}
	return by
}

// versionPath is where an object has its resource version.
const versionPath = change.Path("metadata.resourceVersion")

// SetFields sets Fields from what change.Differ and change.Managers said of the two versions; by may be nil. Old and New must
// be set before. It keeps nothing of the slices but what they point to.
func (r *Record) SetFields(changes []change.Change, by []change.Manager) {
	r.Fields = r.Fields[:0]
	r.versioned = false
	for i, c := range changes {
		if c.Path == versionPath && isQuoted(c.Old, r.Old) && isQuoted(c.New, r.New) {
			r.versioned = true
			continue
		}
		f := Field{Change: c}
		if by != nil {
			f.By = by[i]
		}
		r.Fields = append(r.Fields, f)
	}
}

func isQuoted(json []byte, text string) bool {
	return len(json) == len(text)+2 && string(json[1:len(json)-1]) == text
}

// changes are all that differ between the two versions.
func (r *Record) changes() []change.Change {
	all := make([]change.Change, 0, len(r.Fields)+1)
	for _, f := range r.Fields {
		all = append(all, f.Change)
	}
	if r.versioned {
		all = append(all, change.Change{Path: versionPath, Old: quoted(r.Old), New: quoted(r.New)})
	}
	return all
}

func quoted(text string) []byte {
	json, _ := jsontext.AppendQuote(nil, text) // an error is of invalid UTF-8, which it replaces
	return json
}

// Undo makes, of the object's JSON behind the change, that before it. For a Deleted object that is the last version, which
// Timeline.Last has. managedFields stay as they are.
func (r *Record) Undo(object []byte) ([]byte, error) {
	if r.Type == model.Added {
		return nil, fmt.Errorf("%s before it was added: %w", r.Key, ErrNoVersion)
	}
	before, err := change.Undo(object, r.changes())
	if err != nil {
		return nil, fmt.Errorf("version %s of %s: %w", r.Old, r.Key, err)
	}
	return before, nil
}

// Redo makes, of the object's JSON before the change, that behind it; for a Deleted object that is the last version.
func (r *Record) Redo(object []byte) ([]byte, error) {
	if r.Type == model.Added {
		return nil, fmt.Errorf("%s as it was added: %w", r.Key, ErrNoVersion)
	}
	after, err := change.Apply(object, r.changes())
	if err != nil {
		return nil, fmt.Errorf("version %s of %s: %w", r.New, r.Key, err)
	}
	return after, nil
}

// Filter says which records are wanted. The zero Filter wants all.
type Filter struct {
	// Source, unless zero, is the only one wanted.
	Source SourceID
	// Key, unless empty, is that of the only object wanted: what is known of few objects is found without reading all.
	Key model.Key
	// UID, unless empty, tells that object from others of the same key.
	UID types.UID
	// From and To, unless zero, are the times between which, or at which, records are wanted.
	From, To time.Time
}

// number reads a resource version that is a number and spelled as one.
func number(version string) (uint64, bool) {
	if version == "" {
		return 0, true
	}
	n, err := strconv.ParseUint(version, 10, 64)
	return n, err == nil && n > 0 && version[0] != '0' && version[0] != '+'
}

// version spells what number read.
func version(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}
