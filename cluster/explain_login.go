package cluster

import (
	"errors"
	"fmt"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// login says whose credentials a connection sends, and where they come from.
type login struct {
	context, user string
	// command is the credential plugin; empty where the kubeconfig holds the
	// credentials itself.
	command string
}

// loginError is a 401 of the server with the login that it is about.
type loginError struct {
	login
	err error
}

func (e *loginError) Error() string { return e.err.Error() }

func (e *loginError) Unwrap() error { return e.err }

// of adds the login to an error that is about it.
func (l login) of(err error) error {
	var status apierrors.APIStatus
	if errors.As(err, &status) && status.Status().Code == http.StatusUnauthorized {
		return &loginError{l, err}
	}
	return err
}

// loginHint says how to log in again after err.
func loginHint(err error) string {
	const expired = "it may have expired: log in again"
	var refused *loginError
	if !errors.As(err, &refused) {
		return expired + "."
	}
	hint := fmt.Sprintf("%s (context %q", expired, refused.context)
	if refused.user != "" {
		hint += fmt.Sprintf(", user %q", refused.user)
	}
	hint += ")"
	if refused.command != "" {
		hint += fmt.Sprintf(" with %q", refused.command)
	}
	return hint + "."
}
