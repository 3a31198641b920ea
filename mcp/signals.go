package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/workspace"
)

// mostSignals are looked at for one answer: more are not kept.
const mostSignals = 10000

// mostFaults are told of rules that fail.
const mostFaults = 10

// Signals have rules applied to what is watched. Their methods are safe for concurrent use.
type Signals interface {
	// Start begins to apply them, where they are not applied yet. It does not wait for what they find.
	Start() error
	// List holds what they have found.
	List() *signal.List
	// State tells how that goes.
	State() SignalsState
}

// SignalsState says how applying rules goes.
type SignalsState struct {
	// Since is when it began.
	Since time.Time
	// Err is why it ended, nil as long as it goes on.
	Err error
	// Rules are the names of those that are applied, as far as they are known.
	Rules []string
	// Faults are of rules that could not be applied, and NotWatched are types that rules are about.
	Faults     []signal.Fault
	NotWatched []string
}

type signalsQuestion struct {
	page
	someTypes
	among
	State    string `json:"state,omitempty" jsonschema:"open (what goes on) or over (what was resolved, what happened in a moment, and what is not judged any more, of which nobody knows); both without it"`
	Severity string `json:"severity,omitempty" jsonschema:"info, warning or critical: this and worse"`
	Rule     string `json:"rule,omitempty" jsonschema:"only those of this rule"`
	Since    string `json:"since,omitempty" jsonschema:"only what has gone on since then: how long ago (15m, 2h30m), or a time (2006-01-02T15:04:05Z)"`
	Match    string `json:"match,omitempty" jsonschema:"words that signal, severity, rule, title, message, namespace, name or workload contain; !word for those without"`
}

type signalsAnswer struct {
	AsOf string `json:"as_of"`
	// Since is since when rules are applied: what was over before is not known.
	Since string `json:"rules_applied_since,omitempty"`
	// Complete tells that all is judged that was there then.
	Complete bool                    `json:"complete"`
	Note     string                  `json:"note,omitempty"`
	Faults   []signal.Fault          `json:"rules_that_fail,omitempty"`
	Missing  []string                `json:"types_not_watched,omitempty"`
	Open     map[signal.Severity]int `json:"open"`
	Total    int                     `json:"total"`
	Signals  *items                  `json:"signals"`

	NextCursor string `json:"next_cursor,omitempty"`
}

// signalItem is a signal in an answer.
type signalItem struct {
	Fingerprint string          `json:"fingerprint"`
	Signal      string          `json:"signal"`
	Severity    signal.Severity `json:"severity"`
	State       string          `json:"state"`
	Title       string          `json:"title"`
	Message     string          `json:"message,omitempty"`
	Rule        string          `json:"rule"`
	Policy      bool            `json:"policy,omitempty"`
	Subject     signalObject    `json:"subject"`
	Workload    *signalObject   `json:"workload,omitempty"`
	Change      *signalEdit     `json:"change,omitempty"`
	Edit        *signalEdit     `json:"last_edit_of_workload,omitempty"`
	Unwell      []signalObject  `json:"related_and_not_well,omitempty"`
	Since       string          `json:"since,omitempty"`
	Opened      string          `json:"opened"`
	Resolved    string          `json:"resolved,omitempty"`
	JudgedUntil string          `json:"judged_until,omitempty"` // in place of Resolved where what became of it is not known
	Suppressed  int             `json:"not_told_before,omitempty"`
	Fields      json.RawMessage `json:"fields,omitempty"`
}

type signalObject struct {
	Type      string `json:"type"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Reason    string `json:"reason,omitempty"`
}

type signalEdit struct {
	fieldItem
	At string `json:"at"`
}

// signalPlace is where a signal stands in the order of an answer.
type signalPlace struct {
	Fingerprint string          `json:"f"`
	Severity    signal.Severity `json:"v"`
	Opened      time.Time       `json:"o"`
	Resolved    time.Time       `json:"r,omitzero"`
}

func (s *Server) listSignals(ctx context.Context, q signalsQuestion) (any, error) {
	look, err := s.signalsLook(ctx, &q)
	if err != nil {
		return nil, err
	}
	var after *signalPlace
	if err := readCursor(q, q.Cursor, &after); err != nil {
		return nil, err
	}
	if err := s.opts.Signals.Start(); err != nil {
		return nil, fmt.Errorf("applying rules: %w", err)
	}
	answer := s.signalsSoFar(ctx)
	all := s.opts.Signals.List().Window(0, mostSignals)
	if err := s.checkRule(q.Rule, all.Signals); err != nil {
		return nil, errors.New(notes(err.Error(), answer.Note)) // what is not judged yet may have more rules
	}
	answer.missing(look.types, s.ws.Watches())
	now := s.opts.Now()
	var found []*signal.Signal
	for _, one := range all.Signals {
		if one.OpenAt(now) {
			answer.Open[one.Severity]++
		}
		if look.takes(one, now) {
			found = append(found, one)
		}
	}
	slices.SortFunc(found, func(a, b *signal.Signal) int { return signal.Compare(a, b, now) })
	answer.AsOf, answer.Total, answer.Signals = stamp(now), len(found), s.newItems(q.page)
	if len(found) == 0 {
		answer.Note = notes(answer.Note, q.doubt(s.ws.Watches()))
	}
	return answer, answer.add(&q, found, after, now)
}

// checkRule refuses a rule that there is not, nor was for any of the signals that are kept.
func (s *Server) checkRule(name string, all []*signal.Signal) error {
	rules := s.opts.Signals.State().Rules
	isOf := func(one *signal.Signal) bool { return one.Rule == name }
	if name == "" || len(rules) == 0 || slices.Contains(rules, name) || slices.ContainsFunc(all, isOf) {
		return nil
	}
	if near := meant(name, rules); near != "" {
		return fmt.Errorf("no rule is called %s%s", quoted(name), near)
	}
	return fmt.Errorf("no rule is called %s; there are %s", quoted(name), strings.Join(slices.Sorted(slices.Values(rules)), ", "))
}

// missing adds the types that were asked for and are not watched: rules find nothing of them.
func (a *signalsAnswer) missing(types []schema.GroupResource, watches []workspace.Watched) {
	for _, of := range types {
		isOf := func(w workspace.Watched) bool { return w.Resource.GVR.GroupResource() == of }
		if name := of.String(); !slices.ContainsFunc(watches, isOf) && !slices.Contains(a.Missing, name) {
			a.Missing = append(a.Missing, name)
		}
	}
}

// add adds signals as far as there is room.
func (a *signalsAnswer) add(q *signalsQuestion, found []*signal.Signal, after *signalPlace, now time.Time) error {
	var last *signal.Signal // that is in the answer
	if after != nil {
		last = &signal.Signal{Fingerprint: after.Fingerprint, Severity: after.Severity, Opened: after.Opened, Resolved: after.Resolved}
		found = slices.DeleteFunc(found, func(s *signal.Signal) bool { return signal.Compare(s, last, now) <= 0 })
	}
	for _, one := range found {
		item, err := itemOfSignal(one, now, a.Signals.room)
		if err != nil {
			return err
		}
		ok, err := a.Signals.add(item)
		if err != nil {
			return err
		}
		if !ok {
			a.NextCursor, err = cursorOf(q, signalPlace{last.Fingerprint, last.Severity, last.Opened, last.Resolved})
			return err
		}
		last = one
	}
	return nil
}

// signalsSoFar waits until all is judged that was there when rules began to be applied, and says how that goes.
func (s *Server) signalsSoFar(ctx context.Context) *signalsAnswer {
	patience := s.opts.Patience
	if !s.opts.Recorded { // what takes longer has been waited for, or lists that do not come
		patience -= time.Since(s.opts.Signals.State().Since)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer := &signalsAnswer{Open: map[signal.Severity]int{}}
	s.opts.Marks.wait(ctx, func() bool {
		answer.Complete = s.opts.Signals.List().Window(0, 0).Counts.Ready
		return answer.Complete || s.opts.Signals.State().Err != nil
	})
	state := s.opts.Signals.State()
	answer.Since, answer.Missing = stamp(state.Since), state.NotWatched
	for _, fault := range state.Faults[:min(mostFaults, len(state.Faults))] {
		fault.Error = cutText(fault.Error, reasonBytes)
		answer.Faults = append(answer.Faults, fault)
	}
	switch {
	case state.Err != nil:
		answer.Note = "rules are not applied any more: " + inWords(state.Err)
	case !answer.Complete:
		answer.Note = "not all is judged yet that was there at the beginning: ask again"
	}
	return answer
}

// signalsLook says which signals a question is for.
type signalsLook struct {
	*signalsQuestion
	types []schema.GroupResource // nil for all
	since time.Time
	least int
	match func(*signal.Signal) bool
}

func (s *Server) signalsLook(ctx context.Context, q *signalsQuestion) (*signalsLook, error) {
	look := &signalsLook{signalsQuestion: q}
	filter, err := words(q.Match)
	if err = errors.Join(err, q.check(), s.inScope(q.Namespace)); err != nil {
		return nil, err
	}
	look.match = func(one *signal.Signal) bool { return filter.Empty() || one.Matches(&filter) }
	if q.State != "" && q.State != "open" && q.State != "over" {
		return nil, errors.New("state is open or over")
	}
	if q.Severity != "" {
		severities := []signal.Severity{signal.Info, signal.Warning, signal.Critical}
		if look.least = slices.Index(severities, signal.Severity(q.Severity)); look.least < 0 {
			return nil, errors.New("severity is one of info, warning, critical")
		}
	}
	if q.Since != "" {
		if look.since, err = s.pastMoment(q.Since); err != nil {
			return nil, fmt.Errorf("since: %w", err)
		}
	}
	if q.Type == "" {
		return look, nil
	}
	resources, err := s.resolve(ctx, q.Type)
	if err == nil {
		err = inNamespace(resources, q.Namespace)
	}
	for _, r := range resources {
		look.types = append(look.types, r.GVR.GroupResource())
	}
	return look, err
}

func (l *signalsLook) takes(s *signal.Signal, now time.Time) bool {
	isOpen := s.OpenAt(now)
	switch {
	case l.State != "" && isOpen != (l.State == "open"),
		l.Rule != "" && s.Rule != l.Rule,
		l.Type != "" && !slices.Contains(l.types, s.Subject.Type),
		!isOpen && s.Resolved.Before(l.since),
		s.Severity.Rank() < l.least:
		return false
	}
	return l.among.takes(s.Subject.Key) && l.match(s)
}

func itemOfSignal(s *signal.Signal, now time.Time, room int) (*signalItem, error) {
	item := &signalItem{
		Fingerprint: s.Fingerprint, Signal: s.Type, Severity: s.Severity, State: "open", Title: s.Title, Message: cutText(s.Message, messageBytes), Rule: s.Rule,
		Policy: s.Policy, Subject: objectOfSignal(s.Subject.ID, ""), Change: editOfSignal(s.Change), Edit: editOfSignal(s.Edit), Since: stamp(s.Since),
		Opened: stamp(s.Opened), Suppressed: s.Suppressed,
	}
	if s.Workload != s.Subject.ID && s.Workload != (relation.ID{}) {
		of := objectOfSignal(s.Workload, "")
		item.Workload = &of
	}
	for _, u := range s.Unwell {
		item.Unwell = append(item.Unwell, objectOfSignal(u.ID, u.Reason))
	}
	switch {
	case s.OpenAt(now):
	case s.Moment:
		item.State, item.Resolved = "happened", stamp(s.Resolved)
	case s.Unknown:
		item.State, item.JudgedUntil = "not known any more", stamp(s.Resolved)
	default:
		item.State, item.Resolved = "resolved", stamp(s.Resolved)
	}
	if len(s.Fields) == 0 {
		return item, nil
	}
	var err error
	if item.Fields, err = encode(s.Fields); err == nil && len(item.Fields) > room/4 {
		item.Fields, err = encode(tooLong(item.Fields, room/4))
	}
	return item, err
}

func objectOfSignal(id relation.ID, reason string) signalObject {
	return signalObject{id.Type.String(), id.Namespace, id.Name, cutText(reason, messageBytes)}
}

func editOfSignal(e *signal.Edit) *signalEdit {
	if e == nil {
		return nil
	}
	return &signalEdit{fieldItem{Path: string(e.Path), Old: shortValue(e.Old), New: shortValue(e.New), By: e.By.Name}, stamp(e.At)}
}
