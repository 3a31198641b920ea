package stream

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Event is something that is told: a *Change, a *Signal or a *Notice.
type Event interface {
	// Header tells what is common to all events.
	Header() Header
}

// Header is what all events have, for who passes them on without reading them.
type Header struct {
	// Schema is the name of the payload's form, "change.v1": docs/schema has a file of that name.
	Schema string
	// ID is the same for the same event, however often and by whomever it is told.
	ID string
	// Type says what happened in a word or two: "change.updated".
	Type string
	Time time.Time
	// Cluster is the name under which the cluster is known here.
	Cluster string
	// Of is the object that it is of, or the type, without a name; zero where it is neither.
	Of Object
}

// Object names an object, or with an empty Name a type.
type Object struct {
	Group     string `json:"group"`
	Version   string `json:"version"`
	Resource  string `json:"resource"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitzero"`
	Name      string `json:"name,omitzero"`
	UID       string `json:"uid,omitzero"`
}

// TypeName is the type as "pods" or "deployments.apps".
func (o Object) TypeName() string {
	if o.Group == "" {
		return o.Resource
	}
	return o.Resource + "." + o.Group
}

// String is the object as "deployments.apps/shop/web".
func (o Object) String() string {
	text := o.TypeName()
	for _, part := range []string{o.Namespace, o.Name} {
		if part != "" {
			text += "/" + part
		}
	}
	return text
}

// What happened to an object.
const (
	Added   = "added"
	Updated = "updated"
	Deleted = "deleted"
)

// changeSchema is the form of a Change.
const changeSchema = "change.v1"

// Change is one change of one object.
type Change struct {
	Schema  string    `json:"schema"`
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Cluster string    `json:"cluster"`
	// Change is Added, Updated or Deleted.
	Change string `json:"change"`
	Object Object `json:"object"`
	// OldVersion and NewVersion are the resource versions before and after; that of what was deleted is its last.
	OldVersion string `json:"oldVersion,omitzero"`
	NewVersion string `json:"newVersion,omitzero"`
	// By is who created what was added.
	By *Manager `json:"by,omitzero"`
	// Fields are what differs of what was updated, and what came with the last version of what was deleted.
	Fields []Field `json:"fields,omitzero"`
	// Noise tells that the change only says that all goes on.
	Noise bool `json:"noise,omitzero"`
	// Listed tells that a list brought the change, after a time without a watch: it happened some time before, and may be several.
	Listed bool `json:"listed,omitzero"`
	// Merged is how many changes were merged into this one because they came faster than they could be told.
	Merged int `json:"merged,omitzero"`
}

// Field is one field that changed. A value that there was not, or is not, is missing; null is one.
type Field struct {
	Path string         `json:"path"`
	Old  jsontext.Value `json:"old,omitzero"`
	New  jsontext.Value `json:"new,omitzero"`
	// Moved is told of an element that has another place in its list, without its value.
	Moved *Moved `json:"moved,omitzero"`
	// By is who owns the field since.
	By *Manager `json:"by,omitzero"`
}

// Moved is where an element of a list was among the others, and where it is now, counted from 0.
type Moved struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Manager is who wrote a field, as managedFields say.
type Manager struct {
	Name        string `json:"name"`
	Operation   string `json:"operation,omitzero"`
	Subresource string `json:"subresource,omitzero"`
	// Time is when it last wrote any field of the object, by the server's clock.
	Time time.Time `json:"time,omitzero"`
}

// Header implements Event.
func (c *Change) Header() Header {
	return Header{Schema: c.Schema, ID: c.ID, Type: "change." + c.Change, Time: c.Time, Cluster: c.Cluster, Of: c.Object}
}

// What a Notice tells.
const (
	// Watching is when each change of a type is told from now on.
	Watching = "watching"
	// Interrupted is when changes of a type may be happening that are not heard of.
	Interrupted = "interrupted"
	// Resumed is when they are heard of again. Where a list bridged the time between, Listed tells so.
	Resumed = "resumed"
	// Ended is when a type is not watched any longer.
	Ended = "ended"
	// Merged is of changes that came faster than they could be told, and were merged into later ones of the same object.
	Merged = "merged"
	// Dropped is of events that were given up: refused for good by who was to take them, unreadable on disk, or too many for one who takes none.
	Dropped = "dropped"
	// Failed is of a change that could not be read.
	Failed = "failed"
)

const (
	// noticeSchema is the form of a Notice.
	noticeSchema = "notice.v1"
	// noticeType is what the type of each begins with.
	noticeType = "notice."
)

// Notice tells how complete the stream is.
type Notice struct {
	Schema  string    `json:"schema"`
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Cluster string    `json:"cluster,omitzero"`
	Notice  string    `json:"notice"`
	// Type is what it is about, and the rest of what the watch is limited to.
	Type          *Object `json:"type,omitzero"`
	LabelSelector string  `json:"labelSelector,omitzero"`
	FieldSelector string  `json:"fieldSelector,omitzero"`
	// Objects is how many there are when they begin to be watched.
	Objects *int `json:"objects,omitzero"`
	// Since is when what it tells of began.
	Since time.Time `json:"since,omitzero"`
	// Listed tells that a list brought what had happened: of each object the last state, not each change.
	Listed bool `json:"listed,omitzero"`
	// Count is how many changes or events were lost as such.
	Count  uint64 `json:"count,omitzero"`
	Reason string `json:"reason,omitzero"`
}

// Header implements Event.
func (n *Notice) Header() Header {
	h := Header{Schema: n.Schema, ID: n.ID, Type: noticeType + n.Notice, Time: n.Time, Cluster: n.Cluster}
	if n.Type != nil {
		h.Of = *n.Type
	}
	return h
}
