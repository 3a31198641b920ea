package signals

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/relation"
)

const (
	// gather is how long changes of related objects are let gather: so late, at most, is an object judged again for them, and not more often.
	gather = time.Second
	// mostAgain is how many rules are applied again at a time, to one object each. The others wait for the next, in their order.
	mostAgain = 1000
)

// again is what is to be judged again since related objects changed.
type again struct {
	due     time.Time // zero while nothing waits
	changed queue[changed]
	waiting queue[judgement]
}

// changed is an object that changed. relinked tells that it may be related to others than before, or they through it to one another.
type changed struct {
	of       relation.ID
	relinked bool
}

// judgement is a rule that is to be applied to an object.
type judgement struct {
	rule *Rule
	of   relation.ID
}

// queue has each of its items once.
type queue[T comparable] struct {
	all []T
	has map[T]struct{}
}

func (q *queue[T]) add(item T) {
	if _, twice := q.has[item]; twice {
		return
	}
	if q.has == nil {
		q.has = map[T]struct{}{}
	}
	q.has[item] = struct{}{}
	q.all = append(q.all, item)
}

// take takes the first items off, as many as n.
func (q *queue[T]) take(n int) []T {
	n = min(n, len(q.all))
	taken := slices.Clone(q.all[:n])
	for _, item := range taken {
		delete(q.has, item)
	}
	q.all = slices.Delete(q.all, 0, n)
	return taken
}

// LooksAtRelated tells whether what is related to an object may make a difference for any rule.
func (e *Engine) LooksAtRelated() bool { return len(e.lookers(nil)) > 0 }

// lookers are the rules for which a change of a related object of a type makes a difference; of any type for nil.
func (e *Engine) lookers(of *schema.GroupResource) []*Rule {
	var key schema.GroupResource
	if of != nil {
		key = *of
	}
	rules, known := e.looking[key]
	if !known {
		for _, r := range slices.Concat(e.rules, e.policies) {
			if len(r.looksAt) > 0 && (of == nil || slices.Contains(r.looksAt, *of)) {
				rules = append(rules, r)
			}
		}
		e.looking[key] = rules
	}
	return rules
}

// noteRelated notes whom a change may concern beside its own object. It takes no time, however many that are.
func (e *Engine) noteRelated(c *Change) {
	isPlain := c.Type == model.Updated && !c.Relinked
	switch {
	case c.Unknown: // it may be there as before
	case isPlain && len(e.lookers(&c.Of.Type)) > 0:
		e.again.changed.add(changed{of: c.Of})
	case !isPlain && e.LooksAtRelated():
		for _, of := range c.Left {
			e.again.wait(e.lookers(nil), of)
		}
		if c.Type == model.Updated {
			e.again.wait(e.lookers(nil), c.Of)
		}
		if c.Type != model.Deleted {
			e.again.changed.add(changed{c.Of, true})
		}
	}
	if e.again.due.IsZero() && len(e.again.changed.all)+len(e.again.waiting.all) > 0 {
		e.again.due = c.At.Add(gather)
	}
}

// wait has rules be applied to an object, where they are about it.
func (a *again) wait(rules []*Rule, of relation.ID) {
	for _, r := range rules {
		if r.Types == nil || slices.Contains(r.Types, of.Type) {
			a.waiting.add(judgement{r, of})
		}
	}
}

// judgeAgain applies rules again to what is related to that which changed.
func (e *Engine) judgeAgain(at time.Time) {
	for _, c := range e.again.changed.take(len(e.again.changed.all)) {
		rules := e.lookers(&c.of.Type)
		if c.relinked {
			rules = e.lookers(nil)
		}
		for _, of := range e.cluster.Relating(c.of) {
			e.again.wait(rules, of)
		}
	}
	for _, j := range e.again.waiting.take(mostAgain) {
		e.judgeRelated(j, at)
	}
	e.again.due = time.Time{}
	if len(e.again.waiting.all) > 0 {
		e.again.due = at.Add(gather)
	}
}

// judgeRelated applies a rule to an object that did not change itself: of what was told of a change of it, only whether that is over.
func (e *Engine) judgeRelated(j judgement, at time.Time) {
	if !slices.Contains(e.lookers(nil), j.rule) { // it is not applied any more
		return
	}
	if s := e.find(j.rule, j.of); j.rule.ofChange() && (s == nil || s.open == nil) {
		return
	}
	if text := e.cluster.Object(j.of); text != nil {
		e.judge(j.rule, &moment{at: at, of: j.of, new: newObject(text), old: newObject(nil), cluster: e.cluster})
	}
}
