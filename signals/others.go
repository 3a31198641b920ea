package signals

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model/relation"
)

// SetPolicies has these rules judge what there is, beside those that the Engine was made with. Those that are new judge all that is known;
// what others before them have told is over, since nobody looks any more, but for what one of the same name finds, too: that goes on.
func (e *Engine) SetPolicies(policies []*Rule, at time.Time) { e.set(&e.policies, policies, at) }

// SetRules has these rules judge what there is, instead of those that the Engine was made with. One that says the same as one before goes on as that, with what is
// open; those that are new judge all that is known, as they do what is there when an Engine begins, and what others before them have told is over, since
// nobody looks any more.
func (e *Engine) SetRules(rules []*Rule, at time.Time) {
	next := slices.Clone(rules)
	for i, r := range next {
		if same := slices.IndexFunc(e.rules, r.isAs); same >= 0 {
			next[i] = e.rules[same]
		}
	}
	e.set(&e.rules, next, at)
}

// set puts rules in the place of others.
func (e *Engine) set(of *[]*Rule, next []*Rule, at time.Time) {
	e.Tick(at)
	before := *of
	*of = slices.Clone(next)
	e.types, e.looking = map[schema.GroupResource]*ofType{}, map[schema.GroupResource][]*Rule{}
	for _, r := range before {
		if !slices.Contains(next, r) {
			e.handOver(r, next, at)
			e.dismiss(r, at)
		}
	}
	for _, r := range next {
		if !slices.Contains(before, r) && !r.ofChange() { // nothing changed now
			e.judgeAll(r, at, func(relation.ID) bool { return true })
		}
	}
}

// handOver has what a policy of the cluster's own has told go on as told by the one that is in its place, where both say the same of the object.
func (e *Engine) handOver(r *Rule, next []*Rule, at time.Time) {
	i := slices.IndexFunc(next, func(other *Rule) bool {
		return r.admission != nil && other.admission != nil && other.Name == r.Name && other.Severity == r.Severity
	})
	if i < 0 {
		return
	}
	for _, of := range e.of(r) {
		s, text := e.find(r, of), e.cluster.Object(of)
		if s.open == nil || text == nil {
			continue
		}
		m := &moment{at: at, of: of, new: newObject(text), old: newObject(nil), cluster: e.cluster}
		before, _ := r.admission.denials(&evaluation{moment: m, rule: r})
		now, err := next[i].admission.denials(&evaluation{moment: m, rule: next[i]})
		if err == nil && len(now) > 0 && slices.Equal(before, now) {
			s.rule = next[i]
		}
	}
}

// dismiss ends what a rule has told.
func (e *Engine) dismiss(r *Rule, at time.Time) {
	for _, of := range e.of(r) {
		e.end(e.find(r, of), at, true)
	}
	delete(e.faults, r)
}

// of gives the objects of which something is known for a rule, in an order that is always the same.
func (e *Engine) of(r *Rule) []relation.ID {
	return slices.DeleteFunc(e.cluster.Objects(r.Types), func(id relation.ID) bool { return e.find(r, id) == nil })
}

// judgeAll applies a rule to those of the objects that there are.
func (e *Engine) judgeAll(r *Rule, at time.Time, are func(relation.ID) bool) {
	for _, of := range e.cluster.Objects(r.Types) {
		if !are(of) {
			continue
		}
		if text := e.cluster.Object(of); text != nil {
			e.judge(r, &moment{at: at, of: of, new: newObject(text), old: newObject(nil), cluster: e.cluster})
		}
	}
}

// judgeNamespace applies those policies again that look at namespaces to what is in one that changed.
func (e *Engine) judgeNamespace(c *Change) {
	if c.Of.Type != namespaces {
		return
	}
	for _, r := range e.policies {
		if r.LooksAtNamespaces() {
			e.judgeAll(r, c.At, func(id relation.ID) bool { return id.Namespace == c.Of.Name })
		}
	}
}
