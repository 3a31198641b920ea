package controlplane

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// Grant lets a user do what the rules say: in one namespace, or everywhere if namespace is empty. Granting adds
// to what the user may do already. It returns when the API server acts by it, which is soon after it has stored it.
// The first rule must be for a resource.
func (c *ControlPlane) Grant(ctx context.Context, user, namespace string, rules ...rbacv1.PolicyRule) error {
	client, err := c.Client()
	if err != nil {
		return fmt.Errorf("granting rights to %s: %w", user, err)
	}
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{GenerateName: "e2e-" + user + "-"}, Rules: rules}
	role, err = client.RbacV1().ClusterRoles().Create(ctx, role, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("granting rights to %s: %w", user, err)
	}
	if err := bind(ctx, client, user, namespace, role.Name); err != nil {
		return err
	}
	return waitAllowed(ctx, client, user, authorizationv1.ResourceAttributes{
		Verb: rules[0].Verbs[0], Group: rules[0].APIGroups[0], Resource: rules[0].Resources[0], Namespace: namespace,
	})
}

// bind gives a user a ClusterRole, in one namespace or everywhere.
func bind(ctx context.Context, client kubernetes.Interface, user, namespace, role string) error {
	meta := metav1.ObjectMeta{
		GenerateName: "e2e-" + user + "-", Namespace: namespace, Labels: map[string]string{userLabel: labelOf(user)},
	}
	subjects := []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: user}}
	ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role}
	var err error
	if namespace == "" {
		binding := &rbacv1.ClusterRoleBinding{ObjectMeta: meta, Subjects: subjects, RoleRef: ref}
		_, err = client.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{})
	} else {
		binding := &rbacv1.RoleBinding{ObjectMeta: meta, Subjects: subjects, RoleRef: ref}
		_, err = client.RbacV1().RoleBindings(namespace).Create(ctx, binding, metav1.CreateOptions{})
	}
	if err != nil {
		return fmt.Errorf("binding %s to the role %s: %w", user, role, err)
	}
	return nil
}

// Revoke takes back all that a user was granted, and returns when the API server acts by it for what the user may then do
// no longer.
func (c *ControlPlane) Revoke(ctx context.Context, user string, what authorizationv1.ResourceAttributes) error {
	client, err := c.Client()
	if err != nil {
		return fmt.Errorf("revoking the rights of %s: %w", user, err)
	}
	ofUser := metav1.ListOptions{LabelSelector: userLabel + "=" + labelOf(user)}
	bindings, err := client.RbacV1().RoleBindings("").List(ctx, ofUser)
	if err != nil {
		return fmt.Errorf("revoking the rights of %s: %w", user, err)
	}
	errs := []error{client.RbacV1().ClusterRoleBindings().DeleteCollection(ctx, metav1.DeleteOptions{}, ofUser)}
	for _, b := range bindings.Items {
		errs = append(errs, client.RbacV1().RoleBindings(b.Namespace).Delete(ctx, b.Name, metav1.DeleteOptions{}))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("revoking the rights of %s: %w", user, err)
	}
	return waitAnswer(ctx, client, user, what, false)
}

// userLabel names the user of a binding that was made by [ControlPlane.Grant].
const userLabel = "e2e-user"

// labelOf is a user's name as a label's value.
func labelOf(user string) string { return strings.ReplaceAll(user, ":", "_") }

// waitAllowed returns when the API server would let the user do it.
func waitAllowed(ctx context.Context, client kubernetes.Interface, user string, what authorizationv1.ResourceAttributes) error {
	return waitAnswer(ctx, client, user, what, true)
}

// waitAnswer returns when the API server would let the user do it, or would not.
func waitAnswer(ctx context.Context, client kubernetes.Interface, user string, what authorizationv1.ResourceAttributes, allowed bool) error {
	review := &authorizationv1.SubjectAccessReview{
		Spec: authorizationv1.SubjectAccessReviewSpec{User: user, ResourceAttributes: &what},
	}
	err := poll(ctx, func(ctx context.Context) (bool, error) {
		answer, err := client.AuthorizationV1().SubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
		return err == nil && answer.Status.Allowed == allowed, err
	})
	if err != nil {
		return fmt.Errorf("waiting until it is %v that %s may %s %s: %w", allowed, user, what.Verb, what.Resource, err)
	}
	return nil
}

// poll calls check until it says that it is done, fails, or ctx ends.
func poll(ctx context.Context, check func(context.Context) (done bool, err error)) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		done, err := check(ctx)
		if done || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(errors.New("it did not come true in time"), context.Cause(ctx))
		}
	}
}

// grantBuiltIn gives the built-in users their rights.
func (c *ControlPlane) grantBuiltIn(ctx context.Context) error {
	read := []string{"get", "list", "watch"}
	err := c.Grant(ctx, Reader, "",
		rbacv1.PolicyRule{Verbs: read, APIGroups: []string{"*"}, Resources: []string{"*"}},
		rbacv1.PolicyRule{Verbs: []string{"get"}, NonResourceURLs: []string{"*"}})
	if err != nil {
		return err
	}
	err = c.Grant(ctx, PodsOnly, metav1.NamespaceDefault,
		rbacv1.PolicyRule{Verbs: read, APIGroups: []string{""}, Resources: []string{"pods"}})
	if err != nil {
		return err
	}
	client, err := c.Client()
	if err != nil {
		return err
	}
	// The role view is made of this one by a controller, which may not run.
	if err := bind(ctx, client, Viewer, "", "system:aggregate-to-view"); err != nil {
		return err
	}
	return waitAllowed(ctx, client, Viewer, authorizationv1.ResourceAttributes{Verb: "list", Resource: "pods"})
}
