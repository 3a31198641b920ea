package stream

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/signal"
)

// What is told of a signal.
const (
	Opened   = "opened"
	Resolved = "resolved"
	Happened = "happened"
	// Unknown is of what was open and is not judged any longer: whether it is over nobody knows.
	Unknown = "unknown"
)

// signalSchema is the form of a Signal.
const signalSchema = "signal.v1"

// Signal is what a rule has found: it is told when it opens, and again when it is over, or is not judged any longer. What happens in a moment is told once.
type Signal struct {
	Schema  string    `json:"schema"`
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Cluster string    `json:"cluster"`
	// Signal is Opened, Resolved, Unknown or Happened.
	Signal string `json:"signal"`
	// Fingerprint is the same whenever the same rule finds the same of the same object.
	Fingerprint string         `json:"fingerprint"`
	Rule        string         `json:"rule"`
	Policy      bool           `json:"policy,omitzero"`
	Type        string         `json:"type"`
	Severity    string         `json:"severity"`
	Title       string         `json:"title"`
	Message     string         `json:"message,omitzero"`
	Fields      map[string]any `json:"fields,omitempty"`
	Subject     Ref            `json:"subject"`
	// Workload is what the subject belongs to: its topmost owner that is known, itself where it has none.
	Workload Ref `json:"workload"`
	// Change is the field whose change made it so, and Edit what was last changed of the workload's specification before.
	Change *Edit `json:"change,omitzero"`
	Edit   *Edit `json:"edit,omitzero"`
	// Unwell are objects that the subject is related to and that were not well when it opened.
	Unwell []Unwell `json:"unwell,omitempty"`
	// Opened is when it began to be told, Since when what it tells of began, Resolved when that was over; of what is Unknown it is missing.
	Opened   time.Time `json:"opened"`
	Since    time.Time `json:"since"`
	Resolved time.Time `json:"resolved,omitzero"`
	// Suppressed is how often the same happened since the last time and was not told.
	Suppressed int `json:"suppressed,omitzero"`
}

// Ref names an object by its type.
type Ref struct {
	Group     string `json:"group"`
	Resource  string `json:"resource"`
	Namespace string `json:"namespace,omitzero"`
	Name      string `json:"name"`
	UID       string `json:"uid,omitzero"`
}

// Unwell is an object that is not well, and why in a word.
type Unwell struct {
	Ref
	Reason string `json:"reason"`
}

// Edit is a field that changed, of an object.
type Edit struct {
	Of   Ref            `json:"of"`
	Time time.Time      `json:"time"`
	Path string         `json:"path"`
	Old  jsontext.Value `json:"old,omitzero"`
	New  jsontext.Value `json:"new,omitzero"`
	By   *Manager       `json:"by,omitzero"`
}

// Header implements Event.
func (s *Signal) Header() Header {
	of := s.Subject
	return Header{
		Schema: s.Schema, ID: s.ID, Type: "signal." + s.Signal, Time: s.Time, Cluster: s.Cluster,
		Of: Object{Group: of.Group, Resource: of.Resource, Namespace: of.Namespace, Name: of.Name, UID: of.UID},
	}
}

// NewSignal makes an event of what a rule tells of a cluster.
func NewSignal(of *signal.Signal, cluster string) *Signal {
	s := &Signal{
		Schema: signalSchema, Time: of.Opened.UTC(), Cluster: cluster, Signal: Opened, Fingerprint: of.Fingerprint, Rule: of.Rule, Policy: of.Policy,
		Type: of.Type, Severity: string(of.Severity), Title: of.Title, Message: of.Message, Fields: of.Fields,
		Subject: ref(of.Subject.ID), Workload: ref(of.Workload), Change: edit(of.Change), Edit: edit(of.Edit),
		Opened: of.Opened.UTC(), Since: of.Since.UTC(), Suppressed: of.Suppressed,
	}
	s.Subject.UID = string(of.Subject.UID)
	for _, u := range of.Unwell {
		s.Unwell = append(s.Unwell, Unwell{ref(u.ID), u.Reason})
	}
	switch {
	case of.Moment:
		s.Signal = Happened
	case of.Unknown:
		s.Signal, s.Time = Unknown, of.Resolved.UTC()
	case !of.IsOpen():
		s.Signal, s.Time, s.Resolved = Resolved, of.Resolved.UTC(), of.Resolved.UTC()
	}
	// Who watches the same from another place sees it at another moment, and does not give it the same name.
	s.ID = s.Fingerprint + "/" + strconv.FormatInt(of.Opened.UnixNano(), 10) + "/" + s.Signal
	return s
}

func ref(of relation.ID) Ref {
	return Ref{Group: of.Type.Group, Resource: of.Type.Resource, Namespace: of.Namespace, Name: of.Name}
}

func edit(of *signal.Edit) *Edit {
	if of == nil {
		return nil
	}
	return &Edit{Of: ref(of.Of), Time: of.At.UTC(), Path: string(of.Path), Old: value(of.Old), New: value(of.New), By: manager(of.By)}
}
