package admission

import (
	"fmt"
	"slices"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/signals"
)

// admissionOf reads what a policy says, and where a binding applies it, but for parameters. judged is false of policies that are about
// requests only that leave no object behind.
func admissionOf(policy *admissionv1.ValidatingAdmissionPolicy, binding *admissionv1.ValidatingAdmissionPolicyBinding) (a *signals.Admission, judged bool, err error) {
	a = &signals.Admission{
		Name: policy.Name + " by " + binding.Name, Policy: policy.Name, Severity: signals.Info,
		FailOpen: policy.Spec.FailurePolicy != nil && *policy.Spec.FailurePolicy == admissionv1.Ignore,
	}
	if slices.Contains(binding.Spec.ValidationActions, admissionv1.Deny) {
		a.Severity = signals.Warning
	}
	creates, updates := operations(policy.Spec.MatchConstraints, binding.Spec.MatchResources)
	a.OnUpdate = !creates
	if !creates && !updates {
		return nil, false, nil
	}
	for _, resources := range []*admissionv1.MatchResources{policy.Spec.MatchConstraints, binding.Spec.MatchResources} {
		if resources == nil {
			continue
		}
		c, err := criteria(resources, a.OnUpdate)
		if err != nil {
			return nil, false, err
		}
		a.Criteria = append(a.Criteria, c)
	}
	for _, v := range policy.Spec.Variables {
		a.Variables = append(a.Variables, signals.AdmissionExpression{Name: v.Name, Expression: v.Expression})
	}
	for _, c := range policy.Spec.MatchConditions {
		a.Conditions = append(a.Conditions, signals.AdmissionExpression{Name: c.Name, Expression: c.Expression})
	}
	for _, v := range policy.Spec.Validations {
		a.Validations = append(a.Validations, signals.AdmissionValidation{Expression: v.Expression, Message: v.Message, MessageExpression: v.MessageExpression})
	}
	return a, true, nil
}

// operations tells which of creating and updating an object is looked at.
func operations(all ...*admissionv1.MatchResources) (creates, updates bool) {
	creates, updates = true, true
	for _, m := range all {
		if m == nil || len(m.ResourceRules) == 0 {
			continue
		}
		asked := func(operation admissionv1.OperationType) bool {
			return slices.ContainsFunc(m.ResourceRules, func(r admissionv1.NamedRuleWithOperations) bool { return has(r, operation) })
		}
		creates, updates = creates && asked(admissionv1.Create), updates && asked(admissionv1.Update)
	}
	return creates, updates
}

func has(r admissionv1.NamedRuleWithOperations, operation admissionv1.OperationType) bool {
	return slices.Contains(r.Operations, operation) || slices.Contains(r.Operations, admissionv1.OperationAll)
}

func criteria(m *admissionv1.MatchResources, onUpdate bool) (signals.AdmissionCriteria, error) {
	var c signals.AdmissionCriteria
	var err error
	if c.Namespaces, err = metav1.LabelSelectorAsSelector(orAll(m.NamespaceSelector)); err != nil {
		return c, fmt.Errorf("its namespaceSelector: %w", err)
	}
	if c.Objects, err = metav1.LabelSelectorAsSelector(orAll(m.ObjectSelector)); err != nil {
		return c, fmt.Errorf("its objectSelector: %w", err)
	}
	exact := m.MatchPolicy != nil && *m.MatchPolicy == admissionv1.Exact
	operation := admissionv1.Create
	if onUpdate {
		operation = admissionv1.Update
	}
	c.Match, c.Exclude = matches(m.ResourceRules, operation, exact), matches(m.ExcludeResourceRules, operation, exact)
	return c, nil
}

func orAll(s *metav1.LabelSelector) *metav1.LabelSelector {
	if s == nil {
		return &metav1.LabelSelector{}
	}
	return s
}

// matches are the rules that are about an operation, nil where there is no rule at all.
func matches(rules []admissionv1.NamedRuleWithOperations, operation admissionv1.OperationType, exact bool) []signals.AdmissionMatch {
	if len(rules) == 0 {
		return nil
	}
	all := []signals.AdmissionMatch{}
	for _, r := range rules {
		if !has(r, operation) {
			continue
		}
		m := signals.AdmissionMatch{Groups: r.APIGroups, Versions: r.APIVersions, Resources: r.Resources, Exact: exact, Names: r.ResourceNames}
		if r.Scope != nil {
			m.Scope = string(*r.Scope)
		}
		all = append(all, m)
	}
	return all
}
