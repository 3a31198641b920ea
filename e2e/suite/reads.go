package suite

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dogwatch/dogwatch/e2e/controlplane"
)

// OnlyReads returns an error that names each kind of request in the audit log which changes something, or may, and was
// made by dogwatch.
func OnlyReads(cluster *controlplane.ControlPlane) error {
	seen := map[string]bool{}
	events, err := cluster.AuditEvents(func(e controlplane.AuditEvent) bool {
		kind := e.User.Name + e.Verb + e.Object.Resource
		if !isDogwatch(e) || IsRead(e) || seen[kind] {
			return false
		}
		seen[kind] = true
		return true
	})
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range events {
		errs = append(errs, fmt.Errorf("%s (%s) asked to %s %s", e.User.Name, e.UserAgent, e.Verb, e.RequestURI))
	}
	return errors.Join(errs...)
}

// isDogwatch tells whether the program under test made a request: it says so, or acts as a user that the tests leave to it.
func isDogwatch(e controlplane.AuditEvent) bool {
	isItsUser := e.User.Name != controlplane.Admin && slices.Contains(controlplane.Users(), e.User.Name)
	isTests := e.UserAgent == "dogwatch-e2e" // the tests themselves, that ask as such a user
	return isItsUser && !isTests || strings.HasPrefix(e.UserAgent, "dogwatch/")
}

// IsRead tells whether a request only asks: for objects, or who its own user is and what it may do.
func IsRead(e controlplane.AuditEvent) bool {
	switch e.Verb {
	case "get", "list", "watch":
		return !slices.Contains([]string{"exec", "attach", "portforward", "proxy"}, e.Object.Subresource)
	case "create":
		isReview := e.Object.Group == "authorization.k8s.io" || e.Object.Group == "authentication.k8s.io"
		return isReview && strings.HasPrefix(e.Object.Resource, "selfsubject")
	}
	return false
}
