package signals

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/dogwatch/dogwatch/model/jsonscan"
	"github.com/dogwatch/dogwatch/model/relation"
)

// find gives what is known of a rule and an object, nil where nothing is.
func (e *Engine) find(r *Rule, of relation.ID) *state {
	for _, s := range e.states[of] {
		if s.rule == r {
			return s
		}
	}
	return nil
}

func (e *Engine) add(r *Rule, m *moment) *state {
	s := &state{rule: r, of: m.of, index: -1}
	if m.change != nil {
		s.uid = m.change.UID
	} else if o, ok := m.new.(*object); ok {
		s.uid = types.UID(jsonscan.Text(find(o.text, "metadata", "uid")))
	}
	e.states[m.of] = append(e.states[m.of], s)
	return s
}

// keep has a state looked at again when time may change it, and forgets it where there is nothing to know.
func (e *Engine) keep(s *state, now time.Time) {
	var due time.Time
	sooner := func(at time.Time) {
		if at.After(now) && (due.IsZero() || at.Before(due)) {
			due = at
		}
	}
	if s.open == nil && !s.since.IsZero() {
		sooner(s.ready())
	}
	if s.open != nil && !s.over.IsZero() {
		sooner(s.over.Add(s.rule.Keep))
	}
	if !s.last.IsZero() && s.open == nil {
		sooner(s.last.Add(s.rule.Every))
	}
	if s.rule.reads.names[nowName] {
		sooner(now.Add(recheck))
	}
	e.due.set(s, due)
	if due.IsZero() && s.open == nil && s.suppressed == 0 {
		e.drop(s)
	}
}

func (e *Engine) drop(s *state) {
	e.due.set(s, time.Time{})
	all := slices.DeleteFunc(e.states[s.of], func(other *state) bool { return other == s })
	if len(all) == 0 {
		delete(e.states, s.of)
		return
	}
	e.states[s.of] = all
}
