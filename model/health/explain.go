package health

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/jsonscan"
)

// Finding says more of how an object is than its Health: what one reads once it is known to be unhealthy.
type Finding struct {
	model.Health
	// Message is the cause in a line, in the words of the object where it has some; it may be empty.
	Message string
	// Since is when it became unhealthy by what the object says: the earliest where several of its conditions are bad; zero where it says
	// nothing.
	Since time.Time
	// Weight tells types on which much depends, such as nodes, from others: more comes first.
	Weight int
	// Cause tells among which objects the cause is to be looked for; nil where Message has it.
	Cause *Cause
}

// Explainer explains how objects of one type are. It reads more of an object than a Judge, so it is for the few that are
// looked at. It is safe for concurrent use.
type Explainer struct {
	fields
	rules  []rule
	since  *term
	weight int
	parts  []boundPart
	now    func() time.Time
}

// partRule says something of a part of an object, such as a container.
type partRule struct {
	each path // leads to the list
	rule rule
}

// boundPart is a partRule with what is to be read of a part.
type boundPart struct {
	fields
	partRule
}

func parsePart(text partText) (partRule, error) {
	each, err := parseTerm(text.Each)
	if err != nil {
		return partRule{}, err
	}
	if each.path == nil || each.path.isCondition() {
		return partRule{}, fmt.Errorf("each: %q is no path", text.Each)
	}
	p := partRule{each: each.path}
	if p.rule.when, err = parseTests(text.When); err != nil {
		return partRule{}, err
	}
	if p.rule.reason, err = parseTemplate(text.Say); err != nil {
		return partRule{}, fmt.Errorf("say %q: %w", text.Say, err)
	}
	return p, nil
}

// Explain gives the explainer of a type.
func (r *Rules) Explain(gk schema.GroupKind) *Explainer {
	if _, own := r.types[gk]; !own {
		return r.explainerOfOthers()
	}
	return r.newExplainer(gk)
}

func (r *Rules) newExplainer(gk schema.GroupKind) *Explainer {
	t := r.types[gk]
	e := &Explainer{fields: newFields(), weight: t.weight, now: r.now}
	e.rules = e.bindRules(r.of(gk))
	for i := range e.rules {
		e.rules[i].message = e.bindTemplate(e.rules[i].message)
	}
	if t.since != nil {
		since := e.bind(*t.since)
		e.since = &since
	}
	for _, p := range t.parts {
		bound := boundPart{fields: newFields(), partRule: p}
		bound.rule = bound.bindRules([]rule{p.rule})[0]
		e.parts = append(e.parts, bound)
	}
	return e
}

// Of explains how an object is, from its JSON, which must be valid: of other text it tells something; and from when its status was
// written, as a Judge does.
func (e *Explainer) Of(object jsonscan.Object, written uint32) Finding {
	r := newReader(e.slots, e.now)
	r.read(object, &e.fields, written)
	h, by, hit := r.decide(e.rules)
	f := Finding{Health: h, Weight: e.weight}
	if by == nil {
		return f
	}
	condition := r.tested(by)
	f.Since = r.earliest(e.rules, r.sinceOf(by, condition, e.since))
	switch {
	case len(by.message) > 0:
		f.Message = r.fill(by.message, hit)
	default:
		f.Message = e.ofParts(object)
	}
	if f.Message == "" && condition != nil {
		f.Message = string(condition.member("message", value{}).text)
	}
	if by.cause != nil {
		f.Cause = by.cause.of(object.Text)
	}
	return f
}

// tested is the condition that a rule tests, the last where it tests several; nil for none.
func (r *reader) tested(by *rule) *condition {
	for _, t := range slices.Backward(by.when) {
		if !t.left.path.isCondition() {
			continue
		}
		for i := range r.conditions {
			if string(r.conditions[i].kind.text) == t.left.path[1] {
				return &r.conditions[i]
			}
		}
	}
	return nil
}

// sinceOf is since when a rule holds: by the condition that it tests, by the time that it tests, or by what is said for the type.
func (r *reader) sinceOf(by *rule, tested *condition, since *term) time.Time {
	if tested != nil {
		if at, err := time.Parse(time.RFC3339, string(tested.since.text)); err == nil {
			return at
		}
	}
	moment := func(t *term) (time.Time, error) { return time.Parse(time.RFC3339, string(r.term(t).text)) }
	for i := range by.when {
		t := &by.when[i]
		if !t.timed() {
			continue
		}
		if at, err := moment(&t.left.term); err == nil {
			return at.Add(min(t.span, 0)) // what lies ahead is near since then
		}
	}
	if since != nil {
		if at, err := moment(since); err == nil {
			return at
		}
	}
	return time.Time{}
}

// earliest is the earliest of a time and those since which conditions are as an unhealthy object's are: the reason for which it is so may
// be a later one. How long rules want them to have been so makes no difference.
func (r *reader) earliest(rules []rule, since time.Time) time.Time {
	for i := range rules {
		rule := &rules[i]
		if rule.level != model.Unhealthy || since.IsZero() {
			continue
		}
		condition := r.tested(rule)
		if condition == nil {
			continue
		}
		if _, moment, ok := r.all(rule.when); !ok && moment == 0 {
			continue
		}
		if at, err := time.Parse(time.RFC3339, string(condition.since.text)); err == nil && at.Before(since) {
			since = at
		}
	}
	return since
}

// ofParts is what the first rule for parts says that holds for one; where it holds for several, their number is told.
func (e *Explainer) ofParts(object jsonscan.Object) string {
	for i := range e.parts {
		p := &e.parts[i]
		first, more := "", 0
		for item := range items(object.Text, p.each) {
			r := newReader(p.slots, e.now)
			r.walk(item, 0, p.root.child(itemRoot))
			hit, _, ok := r.all(p.rule.when)
			switch {
			case !ok:
			case first == "":
				first = strings.TrimSpace(r.fill(p.rule.reason, hit))
			default:
				more++
			}
		}
		if more > 0 {
			return fmt.Sprintf("%s, and %d more", first, more)
		}
		if first != "" {
			return first
		}
	}
	return ""
}

// items gives the items of the list to which a path leads.
func items(text []byte, at path) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for _, name := range at {
			if text = member(text, name); text == nil {
				return
			}
		}
		for w := jsonscan.Walk(text, 0); w.Next(); {
			if w.Kind() != '{' {
				w.Value()
			} else if !yield(w.Value()) {
				return
			}
		}
	}
}

func member(text []byte, name string) []byte {
	for w := jsonscan.Walk(text, 0); w.Next(); {
		if jsonscan.Is(w.Name(), name) {
			return w.Value()
		}
		w.Value()
	}
	return nil
}
