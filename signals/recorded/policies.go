package recorded

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/signals"
	"github.com/dogwatch/dogwatch/signals/admission"
)

// notePolicy takes in an object that may be a policy, or belong to one; nil is gone.
func (j *Judge) notePolicy(id relation.ID, text []byte) {
	if j.policies != nil {
		j.policies.Take(id, text)
	}
}

// applyPolicies has the policies judge that there are by now, once all is known that was there at the beginning.
func (j *Judge) applyPolicies(at time.Time) {
	if j.policies == nil || !j.Complete() {
		return
	}
	if j.policies.Refresh() {
		j.noteWanted()
		j.engine.SetPolicies(j.policies.Rules(), j.at(at))
	}
}

// Wanted are the types that the rules are about. It is cheap: who follows asks with each line.
func (j *Judge) Wanted() signal.Wanted { return j.wanted }

// RuleNames are those of the rules that are applied, and of the cluster's own policies that are.
func (j *Judge) RuleNames() []string {
	all := j.rules.Names()
	if j.policies != nil {
		for _, r := range j.policies.Rules() {
			all = append(all, r.Name)
		}
	}
	return all
}

func (j *Judge) noteWanted() {
	j.wanted.Own = names(typesOf(j.rules.Own))
	if j.policies != nil {
		j.wanted.Policies = j.policies.Types()
	}
}

// typesOf are the types that rules name: those that they are about, and those of related objects that they look at.
func typesOf(rules []*signals.Rule) []schema.GroupResource {
	var all []schema.GroupResource
	for _, r := range rules {
		all = append(append(all, r.Types...), r.Related...)
	}
	return all
}

// names spells types in an order that is always the same, each once.
func names(types []schema.GroupResource) []string {
	var all []string
	for _, gr := range types {
		all = append(all, gr.String())
	}
	slices.Sort(all)
	return slices.Compact(all)
}

var errNoNamespaces = fmt.Errorf("it looks at namespaces, %w", admission.ErrNotWatched)

// Faults gives the rules that could not be applied, to which objects or to any.
func (j *Judge) Faults() []signals.Fault {
	all := j.engine.Faults()
	if j.policies == nil {
		return all
	}
	for _, f := range j.policies.Faults() {
		all = append(all, signals.Fault{Rule: f.Policy, Err: f.Err, IsWaiting: errors.Is(f.Err, admission.ErrNotWatched)})
	}
	for _, r := range j.policies.Rules() {
		if r.LooksAtNamespaces() && j.Complete() && !j.serves(schema.GroupResource{Resource: "namespaces"}) {
			all = append(all, signals.Fault{Rule: r.Name, Err: errNoNamespaces, IsWaiting: true})
		}
	}
	return all
}
