package cluster

import (
	"context"
	"fmt"
	"slices"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// poster is the part of Cluster that reviews need.
type poster interface {
	post(ctx context.Context, path string, review, answer any) error
}

// reviewer asks the server what the user may do. Reviews are created, but
// never stored.
type reviewer struct{ poster }

// access asks whether the user may do verb with a type in a scope.
func (r reviewer) access(ctx context.Context, q question, verb string) (Verdict, error) {
	review := &authorizationv1.SelfSubjectAccessReview{
		TypeMeta: reviewMeta("SelfSubjectAccessReview"),
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: q.namespace, Verb: verb, Group: q.resource.Group, Resource: q.resource.Resource,
		}},
	}
	var answer authorizationv1.SelfSubjectAccessReview
	if err := r.post(ctx, accessReviewPath, review, &answer); err != nil {
		return Verdict{}, err
	}
	switch {
	case answer.Status.Allowed:
		return Verdict{Known: true, Allowed: true}, nil
	case !answer.Status.Denied && answer.Status.EvaluationError != "":
		return Verdict{Reason: shorten(answer.Status.EvaluationError)}, nil
	}
	reason := denial(verb, q.resource, q.namespace)
	if answer.Status.Reason != "" {
		reason += ": " + shorten(answer.Status.Reason)
	}
	return Verdict{Known: true, Reason: reason}, nil
}

// rules asks what the user may do in a namespace. If they are not complete,
// the user may be allowed more than they say.
func (r reviewer) rules(ctx context.Context, namespace string) (rules []authorizationv1.ResourceRule, complete bool, err error) {
	review := &authorizationv1.SelfSubjectRulesReview{
		TypeMeta: reviewMeta("SelfSubjectRulesReview"),
		Spec:     authorizationv1.SelfSubjectRulesReviewSpec{Namespace: namespace},
	}
	var answer authorizationv1.SelfSubjectRulesReview
	if err := r.post(ctx, rulesReviewPath, review, &answer); err != nil {
		return nil, false, err
	}
	return answer.Status.ResourceRules, !answer.Status.Incomplete && answer.Status.EvaluationError == "", nil
}

func reviewMeta(kind string) metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: authorizationv1.SchemeGroupVersion.String(), Kind: kind}
}

// rulesAllow says whether the rules allow verb on all objects of a type. A
// rule for objects of some names does not.
func rulesAllow(rules []authorizationv1.ResourceRule, verb string, gr schema.GroupResource) bool {
	return slices.ContainsFunc(rules, func(rule authorizationv1.ResourceRule) bool {
		return len(rule.ResourceNames) == 0 &&
			has(rule.Verbs, verb) && has(rule.APIGroups, gr.Group) && has(rule.Resources, gr.Resource)
	})
}

// has says whether a list of a rule covers a value.
func has(list []string, value string) bool {
	return slices.Contains(list, "*") || slices.Contains(list, value)
}

// denial says in words what the user may not do.
func denial(verb string, gr schema.GroupResource, namespace string) string {
	where := "cluster-wide"
	if namespace != "" {
		where = "in namespace " + namespace
	}
	return fmt.Sprintf("no permission to %s %s %s", verb, gr, where)
}
