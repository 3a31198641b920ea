package apiserver

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// statusOf turns any error into the Status object that an API server answers with.
func statusOf(err error) metav1.Status {
	var status *apierrors.StatusError
	if !errors.As(err, &status) {
		status = apierrors.NewInternalError(err)
	}
	return status.ErrStatus
}

func writeStatus(w http.ResponseWriter, status metav1.Status) {
	body := encodeStatus(status)
	if d := status.Details; d != nil && d.RetryAfterSeconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(d.RetryAfterSeconds)))
	}
	w.Header().Set("Content-Type", contentJSON)
	w.WriteHeader(int(status.Code))
	_, _ = w.Write(body) // a client that has gone needs no answer
}

func encodeStatus(status metav1.Status) []byte {
	status.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
	body, _ := json.Marshal(status) // a Status always encodes
	return append(body, '\n')
}

// unexplained is an error to which an API server gives no reason.
func unexplained(err error) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusInternalServerError, Message: err.Error(),
	}}
}

// notServed is the answer to a path that leads nowhere in a group that is served.
func notServed() error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusNotFound,
		Reason:  metav1.StatusReasonNotFound,
		Details: &metav1.StatusDetails{},
		Message: "the server could not find the requested resource",
	}}
}

// noSubresource is the answer to who reads more of an object than itself, such as a pod's log.
func noSubresource(t target, why string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusNotFound,
		Reason:  metav1.StatusReasonNotFound,
		Details: &metav1.StatusDetails{},
		Message: fmt.Sprintf("the server has no %s of %s: %s", t.subresource, t.resource.Resource, why),
	}}
}

func unauthorized() error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusUnauthorized,
		Reason:  metav1.StatusReasonUnauthorized,
		Message: "Unauthorized",
	}}
}

func notAllowed(message string) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusMethodNotAllowed,
		Reason:  metav1.StatusReasonMethodNotAllowed,
		Details: &metav1.StatusDetails{},
		Message: message,
	}}
}

func notAcceptable() error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status:  metav1.StatusFailure,
		Code:    http.StatusNotAcceptable,
		Reason:  metav1.StatusReasonNotAcceptable,
		Message: "only the following media types are accepted: " + contentJSON,
	}}
}

func forbidden(user string, t target) error {
	where := "at the cluster scope"
	if t.namespace != "" {
		where = fmt.Sprintf("in the namespace %q", t.namespace)
	}
	return apierrors.NewForbidden(t.resource.GroupResource(), t.name, fmt.Errorf( //nolint:staticcheck // the real server's message begins so
		"User %q cannot %s resource %q in API group %q %s", user, t.verb, t.resource.Resource, t.resource.Group, where))
}

// storeError puts what the store says into the API's words.
func storeError(err error, resource schema.GroupResource, name string) error {
	var expired *store.ExpiredError
	var ahead *store.AheadError
	switch {
	case errors.Is(err, store.ErrNotServed):
		return notServed()
	case errors.Is(err, store.ErrNotFound):
		return apierrors.NewNotFound(resource, name)
	case errors.As(err, &expired):
		return apierrors.NewResourceExpired(expired.Error())
	case errors.As(err, &ahead):
		return tooLarge(ahead)
	}
	return err
}

func tooLarge(ahead *store.AheadError) error {
	err := apierrors.NewTimeoutError(ahead.Error(), 1)
	err.ErrStatus.Details.Causes = []metav1.StatusCause{{
		Type: metav1.CauseTypeResourceVersionTooLarge, Message: "Too large resource version",
	}}
	return err
}
