package apiserver_test

import (
	"net/http"
	"slices"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	authenticationclient "k8s.io/client-go/kubernetes/typed/authentication/v1"
	authorizationclient "k8s.io/client-go/kubernetes/typed/authorization/v1"
	"k8s.io/client-go/rest"

	"github.com/dogwatch/dogwatch/replay/apiserver"
)

// podsInShop lets bob see pods in one namespace, and the administrator everything.
func podsInShop(user, verb string, gvr schema.GroupVersionResource, namespace string) bool {
	return user != "bob" || (gvr == pods && namespace == "shop" && slices.Contains([]string{"list", "watch"}, verb))
}

func TestPolicyIsEnforced(t *testing.T) {
	w := start(t, 3, apiserver.Options{Policy: podsInShop, RequireToken: true, Users: map[string]string{"b0b": "bob"}})
	bob := []string{"Authorization", "Bearer b0b"}
	var l list
	if w.get(&l, "/api/v1/namespaces/shop/pods", bob...); len(l.Items) != 1 {
		t.Errorf("%d pods in shop, want 1", len(l.Items))
	}
	for path, message := range map[string]string{
		"/api/v1/pods":                   `pods is forbidden: User "bob" cannot list resource "pods" in API group "" at the cluster scope`,
		"/api/v1/pods?watch=1":           `pods is forbidden: User "bob" cannot watch resource "pods" in API group "" at the cluster scope`,
		"/api/v1/namespaces/shop/pods/x": `pods "x" is forbidden: User "bob" cannot get resource "pods" in API group "" in the namespace "shop"`,

		"/apis/apps/v1/namespaces/shop/deployments?watch=true": `deployments.apps is forbidden: User "bob" cannot watch resource "deployments" in API group "apps" in the namespace "shop"`,
	} {
		if s := w.refused(http.StatusForbidden, path, bob...); s.Message != message || s.Reason != metav1.StatusReasonForbidden {
			t.Errorf("%s: %+v", path, s)
		}
	}
	w.refused(http.StatusUnauthorized, podsPath, "Authorization", "Bearer wrong")
	start(t, 0, apiserver.Options{}).refused(http.StatusUnauthorized, podsPath, "Authorization", "Bearer wrong")
	if w.get(&l, podsPath); len(l.Items) != 3 { // the server's own token
		t.Errorf("%d pods for the administrator, want 3", len(l.Items))
	}
	w.refused(http.StatusForbidden, podsPath, "Impersonate-User", "bob")
}

func TestReviews(t *testing.T) {
	w := start(t, 0, apiserver.Options{Policy: podsInShop, IncompleteRules: true})
	config := rest.CopyConfig(w.config)
	config.Impersonate = rest.ImpersonationConfig{UserName: "bob"}
	transport, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	authorization, err := authorizationclient.NewForConfigAndClient(config, transport)
	if err != nil {
		t.Fatal(err)
	}
	for namespace, want := range map[string]bool{"shop": true, "default": false, "": false} {
		review, err := authorization.SelfSubjectAccessReviews().Create(t.Context(), &authorizationv1.SelfSubjectAccessReview{
			Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{
				Verb: "list", Resource: "pods", Namespace: namespace,
			}},
		}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if review.Status.Allowed != want {
			t.Errorf("list pods in %q: %v, want %v", namespace, review.Status.Allowed, want)
		}
	}
	rules, err := authorization.SelfSubjectRulesReviews().Create(t.Context(), &authorizationv1.SelfSubjectRulesReview{
		Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: "shop"},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r := rules.Status; !r.Incomplete || len(r.ResourceRules) != 1 || !slices.Equal(r.ResourceRules[0].Verbs, []string{"list", "watch"}) {
		t.Errorf("rules %+v", r)
	}
	authentication, err := authenticationclient.NewForConfigAndClient(config, transport)
	if err != nil {
		t.Fatal(err)
	}
	self, err := authentication.SelfSubjectReviews().Create(t.Context(), &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil || self.Status.UserInfo.Username != "bob" {
		t.Errorf("self %+v, %v", self, err)
	}
}

// What every write gets is told to those who ask before.
func TestReviewsDenyWhatWrites(t *testing.T) {
	const message = "this is a recording"
	w := start(t, 1, apiserver.Options{ReadOnlyMessage: message})
	client, err := authorizationclient.NewForConfigAndClient(w.config, w.client)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(of *authorizationv1.ResourceAttributes, path *authorizationv1.NonResourceAttributes) authorizationv1.SubjectAccessReviewStatus {
		t.Helper()
		review, err := client.SelfSubjectAccessReviews().Create(t.Context(), &authorizationv1.SelfSubjectAccessReview{
			Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: of, NonResourceAttributes: path},
		}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return review.Status
	}
	for _, c := range []struct {
		verb, group, resource, subresource string
		allowed                            bool
	}{
		{"get", "", "pods", "", true},
		{"list", "apps", "deployments", "", true},
		{"watch", "", "pods", "", true},
		{"get", "", "pods", "status", true},
		{"create", "authorization.k8s.io", "selfsubjectaccessreviews", "", true},
		{"create", "", "pods", "", false},
		{"update", "", "pods", "", false},
		{"patch", "apps", "deployments", "", false},
		{"patch", "apps", "deployments", "scale", false},
		{"delete", "", "pods", "", false},
		{"deletecollection", "", "pods", "", false},
		{"create", "", "pods", "exec", false},
		{"get", "", "pods", "exec", false},
		{"get", "", "pods", "attach", false},
		{"get", "", "pods", "portforward", false},
		{"get", "", "services", "proxy", false},
		{"create", "", "pods", "eviction", false},
		{"create", "authorization.k8s.io", "subjectaccessreviews", "", false},
		{"impersonate", "", "users", "", false},
		{"*", "*", "*", "", false},
	} {
		status := ask(&authorizationv1.ResourceAttributes{Verb: c.verb, Group: c.group, Resource: c.resource, Subresource: c.subresource}, nil)
		if status.Allowed != c.allowed || (status.Reason == message) == c.allowed {
			t.Errorf("%+v: %+v", c, status)
		}
	}
	for verb, allowed := range map[string]bool{"get": true, "post": false} {
		status := ask(nil, &authorizationv1.NonResourceAttributes{Verb: verb, Path: "/version"})
		if status.Allowed != allowed {
			t.Errorf("%s /version: %+v", verb, status)
		}
	}
}

func TestWritesAreRefused(t *testing.T) {
	w := start(t, 1, apiserver.Options{ReadOnlyMessage: "this is a recording"})
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		for _, path := range []string{podsPath, "/api/v1/namespaces/shop/pods/web-7c9d8f6b5d-00000", "/anything"} {
			resp := w.do(t.Context(), method, path)
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path, resp.StatusCode)
			}
		}
	}
	if _, err := w.st.Get(pods, "shop", "web-7c9d8f6b5d-00000"); err != nil {
		t.Error(err)
	}
}
