package signals

import (
	"errors"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/relation"
)

// recheck is how often rules that look at the time judge objects that do not change.
const recheck = time.Minute

// Engine applies rules to what changes. It is for one goroutine at a time.
type Engine struct {
	rules []*Rule
	// policies are further rules, which come and go.
	policies []*Rule
	cluster  Cluster
	tell     func(Signal)
	types    map[schema.GroupResource]*ofType
	states   map[relation.ID][]*state
	due      deadlines
	edits    map[relation.ID]*Edit
	faults   map[*Rule]*Fault
	// looking are the rules that look at related objects, by the types of these.
	looking map[schema.GroupResource][]*Rule
	again   again
	opened  opened
}

// state is what is known of one rule and one object.
type state struct {
	rule *Rule
	of   relation.ID
	uid  types.UID
	// since is when the condition began to hold, or begins to by what the rule says of it; zero while it does not.
	since time.Time
	edit  *Edit   // that made it so, of what holds
	open  *Signal // nil while it is not told
	// over is when what is told ceased, zero as long as it goes on.
	over time.Time
	// last is when it was told the last time, and suppressed how often it was not since then.
	last       time.Time
	suppressed int
	// due is when to look at it again, as deadlines keep it.
	due   time.Time
	order uint64
	index int
}

// Fault says that a rule could not be applied to objects.
type Fault struct {
	Rule  string
	Count int
	// Of is the last object, and Err what was wrong.
	Of  relation.ID
	Err error
	// IsWaiting tells that the rule can be applied as soon as types are watched that it wants.
	IsWaiting bool
}

// Object names the last object, with its type; it is empty where the rule cannot be applied to any.
func (f *Fault) Object() string {
	if f.Of == (relation.ID{}) {
		return ""
	}
	return f.Of.Type.String() + "/" + f.Of.String()
}

// New makes an Engine that knows no object. What it finds it tells to tell, in the order of time.
func New(rules []*Rule, cluster Cluster, tell func(Signal)) *Engine {
	return &Engine{
		rules: rules, cluster: cluster, tell: tell, types: map[schema.GroupResource]*ofType{}, states: map[relation.ID][]*state{},
		edits: map[relation.ID]*Edit{}, faults: map[*Rule]*Fault{},
		looking: map[schema.GroupResource][]*Rule{}, opened: opened{times: map[string]int{}},
	}
}

// Take takes in what came, changed or went. Times never go back.
func (e *Engine) Take(c *Change) {
	e.Tick(c.At)
	e.noteEdit(c)
	e.noteRelated(c)
	if c.Unknown {
		e.forget(c)
		return
	}
	m := e.momentOf(c)
	for _, r := range e.ofType(c.Of.Type).concerned(c) {
		e.judge(r, m)
	}
	if c.Type == model.Deleted {
		e.forget(c)
		return
	}
	e.judgeNamespace(c)
}

// Tick lets time go on: what had to last has lasted by then.
func (e *Engine) Tick(now time.Time) {
	for {
		until, isAgain := now, !e.again.due.IsZero() && !e.again.due.After(now)
		if isAgain {
			until = e.again.due
		}
		for s := e.due.next(until); s != nil; s = e.due.next(until) {
			e.judgeDue(s)
		}
		if !isAgain {
			return
		}
		e.judgeAgain(until)
	}
}

// Leap lets time go on over a time of which nothing is known: what was due in it is due at its end, when it is known again how all is.
func (e *Engine) Leap(until time.Time) {
	e.due.postpone(until)
	if !e.again.due.IsZero() && e.again.due.Before(until) {
		e.again.due = until
	}
}

// judgeDue looks at what time may have changed.
func (e *Engine) judgeDue(s *state) {
	if s.rule.ofChange() && s.open == nil { // it waited only until it may be told again
		e.keep(s, s.due)
		return
	}
	text := e.cluster.Object(s.of)
	if text == nil { // it is not known any more, and never was said to have gone
		e.end(s, s.due, true)
		return
	}
	e.judge(s.rule, &moment{at: s.due, of: s.of, new: newObject(text), old: newObject(nil), cluster: e.cluster})
}

// Next is when the next Tick is due, false where only changes make a difference.
func (e *Engine) Next() (time.Time, bool) {
	next := e.again.due
	if len(e.due.all) > 0 && (next.IsZero() || e.due.all[0].due.Before(next)) {
		next = e.due.all[0].due
	}
	return next, !next.IsZero()
}

// Open gives the signals that are open, those that opened first come first.
func (e *Engine) Open() []Signal {
	var open []Signal
	for _, states := range e.states {
		for _, s := range states {
			if s.open != nil {
				open = append(open, *s.open)
			}
		}
	}
	slices.SortFunc(open, func(a, b Signal) int {
		if c := a.Opened.Compare(b.Opened); c != 0 {
			return c
		}
		return strings.Compare(a.Fingerprint, b.Fingerprint)
	})
	return open
}

// Faults gives the rules that could not be applied to objects.
func (e *Engine) Faults() []Fault {
	if len(e.faults) == 0 { // it is asked with each change
		return nil
	}
	var all []Fault
	for _, r := range slices.Concat(e.rules, e.policies) {
		if f := e.faults[r]; f != nil {
			all = append(all, *f)
		}
	}
	return all
}

func (e *Engine) fault(r *Rule, of relation.ID, err error) {
	if errors.Is(err, errUnknown) { // it is judged once that is known
		return
	}
	f := e.faults[r]
	if f == nil {
		f = &Fault{Rule: r.Name}
		e.faults[r] = f
	}
	f.Count++
	f.Of, f.Err = of, err
}

// judge applies a rule to an object.
func (e *Engine) judge(r *Rule, m *moment) {
	v := &evaluation{moment: m, rule: r}
	s := e.find(r, m.of)
	if s != nil && s.open != nil && !e.happensAgain(s, v) {
		e.judgeOpen(s, v)
		e.keep(s, m.at)
		return
	}
	if !e.holds(v) {
		if s != nil {
			s.since = time.Time{}
			e.keep(s, m.at)
		} else if r.reads.names[nowName] {
			e.keep(e.add(r, m), m.at)
		}
		return
	}
	if s == nil {
		s = e.add(r, m)
	}
	if s.since.IsZero() {
		s.since, s.edit = m.at, m.edit(r)
	}
	if began := e.began(v); !began.IsZero() {
		s.since = began
	}
	switch ready := s.ready(); {
	case !ready.After(m.at):
		e.openAt(s, v)
		if s.open != nil && r.resolved != nil { // which may hold already
			e.judgeOpen(s, v)
		}
	case r.ofChange():
		s.suppressed++
		s.since = time.Time{}
	}
	e.keep(s, m.at)
}

// happensAgain tells that what is open has happened once more, which ends the time before. Where that may not be told again yet it is counted, and what is open
// goes on: nothing says that it is over.
func (e *Engine) happensAgain(s *state, v *evaluation) bool {
	if !s.rule.ofChange() || v.change == nil || !e.holds(v) {
		return false
	}
	if s.last.Add(s.rule.Every).After(v.at) {
		s.suppressed++
		s.over = time.Time{}
		return false
	}
	e.close(s, v.at, false)
	return true
}

// judgeOpen looks whether what is told is over, and has been for long enough.
func (e *Engine) judgeOpen(s *state, v *evaluation) {
	over, err := e.ends(v)
	if !over {
		s.over = time.Time{}
		return
	}
	if s.over.IsZero() {
		s.over = v.at
	}
	if !s.over.Add(s.rule.Keep).After(v.at) {
		e.close(s, v.at, err != nil)
	}
}

// ready is when what holds is told: when it has lasted, and not too soon after the last time.
func (s *state) ready() time.Time {
	ready := s.since.Add(s.rule.For)
	if again := s.last.Add(s.rule.Every); !s.last.IsZero() && again.After(ready) {
		return again
	}
	return ready
}

func (e *Engine) holds(v *evaluation) bool {
	applies, err := v.rule.applies(v)
	if err != nil {
		e.fault(v.rule, v.of, err)
		return false
	}
	return applies
}

// ends tells whether what an open signal tells of is over. With an error it is over only as far as anybody knows: its condition cannot be evaluated. Where that is
// so of resolved, or of how an object has to be, it goes on.
func (e *Engine) ends(v *evaluation) (over bool, err error) {
	if v.rule.resolved != nil {
		over, err = v.rule.resolved.holds(v)
	} else {
		over, err = v.rule.applies(v)
		over = !over && err == nil || err != nil && !v.rule.Policy
	}
	if err != nil {
		e.fault(v.rule, v.of, err)
	}
	return over, err
}

func (e *Engine) openAt(s *state, v *evaluation) {
	r, name := s.rule, fingerprint(s.rule, s.of)
	signal := Signal{
		Fingerprint: name, Rule: r.Name, Policy: r.Policy, Type: r.Type, Severity: r.Severity, Title: r.title,
		Subject: Subject{ID: s.of, UID: s.uid}, Change: s.edit, Moment: r.isMoment(), Since: s.since, Opened: e.opened.next(name, v.at),
		Suppressed: s.suppressed,
	}
	e.put(&signal, v)
	signal.Workload = e.workload(s.of, v.moment)
	signal.Edit = e.edits[signal.Workload]
	signal.Unwell = e.cluster.Unwell(s.of)
	s.last, s.suppressed = v.at, 0
	if signal.Moment {
		signal.Resolved = signal.Opened
		s.since = time.Time{}
	} else {
		opened := signal
		s.open = &opened
	}
	e.tell(signal)
}

// put puts the rule's words and values into a signal.
func (e *Engine) put(signal *Signal, v *evaluation) {
	if a := v.rule.admission; a != nil {
		denials, _ := a.denials(v) // that there are some is why it opens
		signal.Message = strings.Join(denials, "; ")
		signal.Fields = map[string]any{"policy": a.Policy}
		return
	}
	var err error
	if signal.Message, err = v.says(v.rule.message); err != nil {
		e.fault(v.rule, v.of, err)
	}
	if signal.Fields, err = v.values(v.rule.fields); err != nil {
		e.fault(v.rule, v.of, err)
	}
}

// close ends what is open. unknown tells that this is only because it is not judged any more.
func (e *Engine) close(s *state, at time.Time, unknown bool) {
	signal := *s.open
	if at.Before(signal.Opened) {
		at = signal.Opened // which is as good as the same
	}
	signal.Resolved, signal.Unknown = at, unknown
	s.open, s.since, s.over = nil, time.Time{}, time.Time{}
	e.tell(signal)
}

// end ends what is open, and forgets the rest.
func (e *Engine) end(s *state, at time.Time, unknown bool) {
	if s.open != nil {
		e.close(s, at, unknown)
	}
	e.drop(s)
}

// forget ends what is open of an object that went, or is not looked at any more.
func (e *Engine) forget(c *Change) {
	for _, s := range slices.Clone(e.states[c.Of]) {
		e.end(s, c.At, c.Unknown)
	}
}
