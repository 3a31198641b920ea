package signal

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/change"
	"github.com/dogwatch/dogwatch/model/relation"
)

// MaxMessage is the length in bytes that no Message exceeds: a signal holds values of a few fields, and an object has 3 MiB at most.
const MaxMessage = 16 << 20

// Message is a line that one program tells another: JSON, of which one member is set.
type Message struct {
	// Signal is told when it opens, and again when it is resolved.
	Signal *Signal
	// Ready tells that all is judged that was there at the beginning.
	Ready bool
	// Judged answers a line of BeatEvent: all that came before it is judged, and what that brought about is told.
	Judged bool
	// Fault tells of a rule that cannot be applied to an object; the last of a rule counts.
	Fault *Fault
	// Wanted tells which types the rules are about, first of all and when these are others.
	Wanted *Wanted
}

// RulesEvent is the event of a line that brings the Rules of the configuration, between those of the recording to which rules are applied. No recording that is kept
// has any.
const RulesEvent = "RULES"

// BeatEvent is the event of a line that asks for a Message of Judged, between those of the recording to which rules are applied. No recording that is kept has any.
const BeatEvent = "BEAT"

// Rules are the files of rules that a configuration names now, in place of those that it named before.
type Rules struct {
	Files []RulesFile `json:"files"`
}

// RulesFile is one of them: its name, for what is said of it, and what it holds.
type RulesFile struct {
	Name    string `json:"name"`
	Content []byte `json:"content"`
}

// Wanted are types that rules are about, as RESOURCE or RESOURCE.GROUP.
type Wanted struct {
	// Own are those of the user's rules, Policies those of the cluster's policies, Builtin those of the rules that dogwatch comes with.
	Own      []string `json:"own"`
	Policies []string `json:"policies,omitempty"`
	Builtin  []string `json:"builtin"`
}

// Types are those to watch: of all rules, or without those of the rules that dogwatch comes with. One may be there more than once.
func (w Wanted) Types(all bool) []string {
	types := slices.Concat(w.Own, w.Policies)
	if all {
		types = append(types, w.Builtin...)
	}
	return types
}

// Equal compares.
func (w Wanted) Equal(other Wanted) bool {
	return slices.Equal(w.Own, other.Own) && slices.Equal(w.Policies, other.Policies) && slices.Equal(w.Builtin, other.Builtin)
}

// Fault is of a rule that cannot be applied to objects, or of one that is wrong and left out.
type Fault struct {
	// Rule is its name, empty where it is left out: then Error says which it is.
	Rule  string `json:"rule"`
	Count int    `json:"count"`
	// Object is the last one, and Error what was wrong.
	Object string `json:"object"`
	Error  string `json:"error"`
}

// String says in words what is wrong.
func (f *Fault) String() string {
	switch {
	case f.Rule == "":
		return "a rule is left out: " + f.Error
	case f.Object == "":
		return fmt.Sprintf("rule %s cannot be applied: %s", f.Rule, f.Error)
	}
	return fmt.Sprintf("rule %s cannot be applied, as to %s: %s", f.Rule, f.Object, f.Error)
}

// wireMessage is a Message as JSON has it.
type wireMessage struct {
	Signal *wireSignal `json:"signal,omitempty"`
	Ready  bool        `json:"ready,omitempty"`
	Judged bool        `json:"judged,omitempty"`
	Fault  *Fault      `json:"fault,omitempty"`
	Wanted *Wanted     `json:"wanted,omitempty"`
}

type wireSignal struct {
	Fingerprint string         `json:"fingerprint"`
	Rule        string         `json:"rule"`
	Policy      bool           `json:"policy,omitempty"`
	Type        string         `json:"type"`
	Severity    Severity       `json:"severity"`
	Title       string         `json:"title"`
	Message     string         `json:"message,omitempty"`
	Fields      map[string]any `json:"fields,omitempty"`
	Subject     wireObject     `json:"subject"`
	Workload    *wireObject    `json:"workload,omitempty"`
	Change      *wireEdit      `json:"change,omitempty"`
	Edit        *wireEdit      `json:"edit,omitempty"`
	Unwell      []wireUnwell   `json:"unwell,omitempty"`
	Moment      bool           `json:"moment,omitempty"`
	Since       time.Time      `json:"since,omitzero"`
	Opened      time.Time      `json:"opened"`
	Resolved    time.Time      `json:"resolved,omitzero"`
	Unknown     bool           `json:"unknown,omitempty"`
	Suppressed  int            `json:"suppressed,omitempty"`
}

type wireObject struct {
	Group     string `json:"group"`
	Resource  string `json:"resource"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	UID       string `json:"uid,omitempty"`
}

type wireUnwell struct {
	wireObject
	Reason string `json:"reason,omitempty"`
}

type wireEdit struct {
	Object wireObject     `json:"object"`
	Path   change.Path    `json:"path,omitempty"`
	Old    jsontext.Value `json:"old,omitzero"`
	New    jsontext.Value `json:"new,omitzero"`
	By     *wireManager   `json:"by,omitempty"`
	Time   time.Time      `json:"time"`
}

type wireManager struct {
	Name        string    `json:"name"`
	Operation   string    `json:"operation,omitempty"`
	Subresource string    `json:"subresource,omitempty"`
	Time        time.Time `json:"time,omitzero"`
}

// MarshalJSON implements json.Marshaler.
func (m Message) MarshalJSON() ([]byte, error) {
	w := wireMessage{Ready: m.Ready, Judged: m.Judged, Fault: m.Fault, Wanted: m.Wanted}
	if m.Signal != nil {
		w.Signal = toWire(m.Signal)
	}
	text, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("spelling a signal: %w", err)
	}
	return text, nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *Message) UnmarshalJSON(text []byte) error {
	var w wireMessage
	if err := json.Unmarshal(text, &w); err != nil {
		return fmt.Errorf("reading a signal: %w", err)
	}
	*m = Message{Ready: w.Ready, Judged: w.Judged, Fault: w.Fault, Wanted: w.Wanted}
	if w.Signal == nil {
		return nil
	}
	if w.Signal.Fingerprint == "" || w.Signal.Opened.IsZero() {
		return errors.New("reading a signal: it has no fingerprint or no time")
	}
	m.Signal = w.Signal.signal()
	return nil
}

func toWire(s *Signal) *wireSignal {
	w := &wireSignal{
		Fingerprint: s.Fingerprint, Rule: s.Rule, Policy: s.Policy, Type: s.Type, Severity: s.Severity, Title: s.Title, Message: s.Message,
		Fields: s.Fields, Subject: objectToWire(s.Subject.ID, s.Subject.UID), Change: editToWire(s.Change), Edit: editToWire(s.Edit),
		Moment: s.Moment, Since: s.Since, Opened: s.Opened, Resolved: s.Resolved, Unknown: s.Unknown, Suppressed: s.Suppressed,
	}
	if s.Workload != (relation.ID{}) {
		of := objectToWire(s.Workload, "")
		w.Workload = &of
	}
	for _, u := range s.Unwell {
		w.Unwell = append(w.Unwell, wireUnwell{objectToWire(u.ID, ""), u.Reason})
	}
	return w
}

func (w *wireSignal) signal() *Signal {
	s := &Signal{
		Fingerprint: w.Fingerprint, Rule: w.Rule, Policy: w.Policy, Type: w.Type, Severity: w.Severity, Title: w.Title, Message: w.Message,
		Fields: w.Fields, Subject: Subject{ID: w.Subject.id(), UID: types.UID(w.Subject.UID)}, Change: w.Change.edit(), Edit: w.Edit.edit(),
		Moment: w.Moment, Since: w.Since, Opened: w.Opened, Resolved: w.Resolved, Unknown: w.Unknown, Suppressed: w.Suppressed,
	}
	if w.Workload != nil {
		s.Workload = w.Workload.id()
	}
	for i := range w.Unwell {
		s.Unwell = append(s.Unwell, Unwell{w.Unwell[i].id(), w.Unwell[i].Reason})
	}
	return s
}

func objectToWire(id relation.ID, uid types.UID) wireObject {
	return wireObject{Group: id.Type.Group, Resource: id.Type.Resource, Namespace: id.Namespace, Name: id.Name, UID: string(uid)}
}

func (w *wireObject) id() relation.ID {
	return relation.ID{
		Type: schema.GroupResource{Group: w.Group, Resource: w.Resource}, Key: model.Key{Namespace: w.Namespace, Name: w.Name},
	}
}

func editToWire(e *Edit) *wireEdit {
	if e == nil {
		return nil
	}
	w := &wireEdit{Object: objectToWire(e.Of, ""), Path: e.Path, Old: e.Old, New: e.New, Time: e.At}
	if by := e.By; by.Name != "" {
		w.By = &wireManager{Name: by.Name, Operation: by.Operation, Subresource: by.Subresource}
		if by.At != 0 {
			w.By.Time = time.Unix(by.At, 0).UTC()
		}
	}
	return w
}

func (w *wireEdit) edit() *Edit {
	if w == nil {
		return nil
	}
	e := &Edit{Of: w.Object.id(), Path: w.Path, Old: w.Old, New: w.New, At: w.Time}
	if by := w.By; by != nil {
		e.By = change.Manager{Name: by.Name, Operation: by.Operation, Subresource: by.Subresource}
		if !by.Time.IsZero() {
			e.By.At = by.Time.Unix()
		}
	}
	return e
}
