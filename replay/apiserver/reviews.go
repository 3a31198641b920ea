package apiserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// reviewSize bounds what a client may send.
const reviewSize = 1 << 20

// The reviews that clients ask about themselves.
var (
	accessReviews = authorizationv1.SchemeGroupVersion.WithResource("selfsubjectaccessreviews")
	rulesReviews  = authorizationv1.SchemeGroupVersion.WithResource("selfsubjectrulesreviews")
	selfReviews   = authenticationv1.SchemeGroupVersion.WithResource("selfsubjectreviews")
)

func isReview(t target) bool {
	return t.name == "" && t.namespace == "" &&
		slices.Contains([]schema.GroupVersionResource{accessReviews, rulesReviews, selfReviews}, t.resource)
}

func (c *call) serveReview() error {
	switch c.target.resource {
	case accessReviews:
		var review authorizationv1.SelfSubjectAccessReview
		if err := c.readReview(&review); err != nil {
			return err
		}
		review.Status = c.access(review.Spec)
		review.SetGroupVersionKind(authorizationv1.SchemeGroupVersion.WithKind("SelfSubjectAccessReview"))
		return c.writeJSON(http.StatusCreated, review)
	case rulesReviews:
		var review authorizationv1.SelfSubjectRulesReview
		if err := c.readReview(&review); err != nil {
			return err
		}
		review.Status = c.rules(review.Spec.Namespace)
		review.SetGroupVersionKind(authorizationv1.SchemeGroupVersion.WithKind("SelfSubjectRulesReview"))
		return c.writeJSON(http.StatusCreated, review)
	}
	var review authenticationv1.SelfSubjectReview
	if err := c.readReview(&review); err != nil {
		return err
	}
	review.Status.UserInfo = authenticationv1.UserInfo{Username: c.user, Groups: []string{"system:authenticated"}}
	review.SetGroupVersionKind(authenticationv1.SchemeGroupVersion.WithKind("SelfSubjectReview"))
	return c.writeJSON(http.StatusCreated, review)
}

// message is a review, which clients send as JSON or as Kubernetes' protobuf.
type message interface{ Unmarshal(raw []byte) error }

// protobufPrefix begins every document in Kubernetes' protobuf; a runtime.Unknown with the document in it follows.
const protobufPrefix = "k8s\x00"

func (c *call) readReview(into message) error {
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, reviewSize))
	if err != nil {
		return apierrors.NewBadRequest(fmt.Sprintf("reading the review: %v", err))
	}
	if envelope, ok := bytes.CutPrefix(body, []byte(protobufPrefix)); ok {
		var unknown runtime.Unknown
		if err = unknown.Unmarshal(envelope); err == nil {
			err = into.Unmarshal(unknown.Raw)
		}
	} else {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		return apierrors.NewBadRequest(fmt.Sprintf("decoding the review: %v", err))
	}
	return nil
}

// access denies what is no read, and answers by the policy else, which knows nothing of versions but the one that is served,
// nor of single objects. What is no resource may be read by all.
func (c *call) access(asked authorizationv1.SelfSubjectAccessReviewSpec) authorizationv1.SubjectAccessReviewStatus {
	if !reads(asked) {
		return authorizationv1.SubjectAccessReviewStatus{Reason: c.opts.ReadOnlyMessage}
	}
	of := asked.ResourceAttributes
	if of == nil {
		return authorizationv1.SubjectAccessReviewStatus{Allowed: true}
	}
	resource := c.servedAs(schema.GroupVersionResource{Group: of.Group, Version: of.Version, Resource: of.Resource})
	return authorizationv1.SubjectAccessReviewStatus{Allowed: c.opts.Policy(c.user, of.Verb, resource, of.Namespace)}
}

// reads tells whether what is asked for only reads. Some subresources act on any verb; a review is made to be answered.
func reads(asked authorizationv1.SelfSubjectAccessReviewSpec) bool {
	if of := asked.NonResourceAttributes; of != nil {
		return of.Verb == "get" || of.Verb == "head"
	}
	of := asked.ResourceAttributes
	switch {
	case of == nil:
		return true
	case of.Verb == "create":
		return isReview(target{resource: schema.GroupVersionResource{Group: of.Group, Version: "v1", Resource: of.Resource}})
	case !readVerb(of.Verb):
		return false
	}
	return !slices.Contains([]string{"attach", "exec", "portforward", "proxy"}, of.Subresource)
}

func readVerb(verb string) bool { return verb == "get" || verb == "list" || verb == "watch" }

// servedAs gives a resource the version that it is served in, where the client names none or any.
func (c *call) servedAs(resource schema.GroupVersionResource) schema.GroupVersionResource {
	if resource.Version != "" && resource.Version != "*" {
		return resource
	}
	for _, t := range c.store.Types() {
		if t.Resource.GroupResource() == resource.GroupResource() {
			return t.Resource
		}
	}
	return resource
}

// rules lists what the policy allows of each type's verbs in a namespace, as far as they read.
func (c *call) rules(namespace string) authorizationv1.SubjectRulesReviewStatus {
	status := authorizationv1.SubjectRulesReviewStatus{
		ResourceRules:    []authorizationv1.ResourceRule{},
		NonResourceRules: []authorizationv1.NonResourceRule{},
		Incomplete:       c.opts.IncompleteRules,
	}
	if status.Incomplete {
		status.EvaluationError = "the authorizer does not support rule resolution"
	}
	for _, t := range c.store.Types() {
		scope := namespace
		if !t.Namespaced {
			scope = ""
		}
		var verbs []string
		for _, verb := range t.Verbs {
			if readVerb(verb) && c.opts.Policy(c.user, verb, t.Resource, scope) {
				verbs = append(verbs, verb)
			}
		}
		if len(verbs) > 0 {
			status.ResourceRules = append(status.ResourceRules, authorizationv1.ResourceRule{
				Verbs: verbs, APIGroups: []string{t.Resource.Group}, Resources: []string{t.Resource.Resource},
			})
		}
	}
	return status
}
