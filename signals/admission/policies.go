// Package admission makes rules of a cluster's own ValidatingAdmissionPolicies: what of the objects that exist would not be admitted today. It
// follows https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/; what depends on who makes a request is not judged.
package admission

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/signals"
)

var (
	policies   = schema.GroupResource{Group: admissionv1.GroupName, Resource: "validatingadmissionpolicies"}
	bindings   = schema.GroupResource{Group: admissionv1.GroupName, Resource: "validatingadmissionpolicybindings"}
	namespaces = schema.GroupResource{Resource: "namespaces"}
)

// Cluster is what is asked about other objects: those of parameters.
type Cluster interface {
	// Objects gives the objects of types that are known, in an order that is always the same.
	Objects(types []schema.GroupResource) []relation.ID
	// Object gives the JSON of an object, nil where it is not known.
	Object(relation.ID) []byte
	// Kind gives the type of a kind, false where it is not known.
	Kind(schema.GroupKind) (relation.Type, bool)
}

// Policies are a cluster's policies and their bindings. They are for one goroutine at a time.
type Policies struct {
	cluster  Cluster
	policies map[string]*admissionv1.ValidatingAdmissionPolicy
	bindings map[string]*admissionv1.ValidatingAdmissionPolicyBinding
	params   map[schema.GroupResource]bool // types of parameters
	unknown  map[string]bool               // kinds of parameters whose types are not known, as one object is named
	dirty    bool
	made     map[made]outcome
	rules    []*signals.Rule
	faults   []Fault
}

// made is what a rule is made of: as long as it is the same, so is the rule. It is what these objects say, not their versions: much else of them is written that
// makes no difference.
type made struct {
	rule, policy, binding, params string
	namespace, notIn              string
}

type outcome struct {
	rule *signals.Rule
	err  error
}

// Fault says why a policy is not judged.
type Fault struct {
	Policy string
	Err    error
}

// ErrNotWatched tells that a policy is judged as soon as a type is watched that it wants.
var ErrNotWatched = errors.New("which are not watched")

// New knows no policy.
func New(cluster Cluster) *Policies {
	return &Policies{
		cluster: cluster, policies: map[string]*admissionv1.ValidatingAdmissionPolicy{}, bindings: map[string]*admissionv1.ValidatingAdmissionPolicyBinding{},
		params: map[schema.GroupResource]bool{}, unknown: map[string]bool{}, made: map[made]outcome{}, dirty: true,
	}
}

// Take takes in an object as it is, nil for one that is gone. What has nothing to do with policies is ignored.
func (p *Policies) Take(of relation.ID, text []byte) {
	switch {
	case of.Type == policies:
		take(p.policies, of.Name, text)
	case of.Type == bindings:
		take(p.bindings, of.Name, text)
	case p.params[of.Type]:
	default:
		return
	}
	p.dirty = true
}

// Serve tells that other types are served.
func (p *Policies) Serve() { p.dirty = true }

func take[T any](into map[string]*T, name string, text []byte) {
	delete(into, name)
	var read T
	if text != nil && json.Unmarshal(text, &read) == nil { // the server checks the form of what it stores
		into[name] = &read
	}
}

// Rules gives the rules of all policies that are bound, as of the last Refresh.
func (p *Policies) Rules() []*signals.Rule { return p.rules }

// Faults tells which policies are not judged, as of the last Refresh, and why.
func (p *Policies) Faults() []Fault { return p.faults }

// Refresh makes the rules anew where what they are made of has changed, and tells whether it did.
func (p *Policies) Refresh() (changed bool) {
	if !p.dirty {
		return false
	}
	p.dirty = false
	before := p.made
	p.made, p.rules, p.faults = map[made]outcome{}, nil, nil
	clear(p.params)
	clear(p.unknown)
	for _, binding := range ordered(p.bindings) {
		policy := p.policies[binding.Spec.PolicyName]
		if policy == nil {
			continue // it is not enforced either
		}
		if err := p.apply(policy, binding, before); err != nil {
			p.faults = append(p.faults, Fault{policy.Name, err})
		}
	}
	return true
}

func ordered[T any](all map[string]*T) []*T {
	var sorted []*T
	for _, name := range slices.Sorted(maps.Keys(all)) {
		sorted = append(sorted, all[name])
	}
	return sorted
}

// apply makes the rules of a policy by one of its bindings, unless they are made already.
func (p *Policies) apply(policy *admissionv1.ValidatingAdmissionPolicy, binding *admissionv1.ValidatingAdmissionPolicyBinding, before map[made]outcome) error {
	plain, judged, err := admissionOf(policy, binding)
	if err != nil || !judged {
		return err
	}
	all, err := p.parameters(policy, binding)
	if err != nil {
		return err
	}
	of, err := specsOf(policy, binding)
	if err != nil {
		return err
	}
	for _, with := range all {
		one := *plain
		one.Params, one.Namespace, one.NotIn, one.Missing = with.text, with.namespace, with.notIn, with.missing
		if with.name != "" {
			one.Name += " with " + with.name
		}
		key := of
		key.rule, key.params, key.namespace, key.notIn = one.Name, string(with.text), with.namespace, fmt.Sprint(with.notIn)
		out, known := before[key]
		if !known {
			out.rule, out.err = one.Rule()
		}
		p.made[key] = out
		if out.err != nil {
			return out.err
		}
		p.rules = append(p.rules, out.rule)
	}
	return nil
}

// specsOf is what a policy and a binding say.
func specsOf(policy *admissionv1.ValidatingAdmissionPolicy, binding *admissionv1.ValidatingAdmissionPolicyBinding) (made, error) {
	ofPolicy, err := json.Marshal(policy.Spec)
	if err != nil {
		return made{}, fmt.Errorf("writing down its spec: %w", err)
	}
	ofBinding, err := json.Marshal(binding.Spec)
	if err != nil {
		return made{}, fmt.Errorf("writing down the spec of its binding %s: %w", binding.Name, err)
	}
	return made{policy: string(ofPolicy), binding: string(ofBinding)}, nil
}

// Types are those that have to be watched for the policies to be judged: of policies, bindings, namespaces, parameters, and what policies are
// about as far as they name it. They are spelled as for kubectl, in an order that is always the same.
func (p *Policies) Types() []string {
	types := []schema.GroupResource{policies, bindings}
	for gr := range p.params {
		types = append(types, gr)
	}
	for _, r := range p.rules {
		types = append(types, r.Types...)
		if r.LooksAtNamespaces() {
			types = append(types, namespaces)
		}
	}
	names := slices.Collect(maps.Keys(p.unknown))
	for _, gr := range types {
		names = append(names, gr.String())
	}
	slices.Sort(names)
	return slices.Compact(names)
}
