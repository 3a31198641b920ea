package main

import (
	"bytes"
	"io"
	"reflect"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/setup"
)

// The rights that are printed are those to read the types that are named, however they are named, and no others.
func TestRBACPrintsTheRightsToRead(t *testing.T) {
	s := newShop(t)
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"rbac", "po,pods", "Pod", "--name", "watcher", "--kubeconfig", s.kubeconfig}, &stdout, &stderr)
	if code != setup.ExitOK || stderr.Len() > 0 {
		t.Fatalf("it ends with %d and says %s", code, stderr.String())
	}
	var role rbacv1.ClusterRole
	if err := yaml.UnmarshalStrict(stdout.Bytes(), &role); err != nil {
		t.Fatal(err)
	}
	want := []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get", "list", "watch"}}}
	if role.Kind != "ClusterRole" || role.APIVersion != "rbac.authorization.k8s.io/v1" || role.Name != "watcher" || !reflect.DeepEqual(role.Rules, want) {
		t.Errorf("it is\n%s", stdout.String())
	}
	definitions := schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	if err := s.server.Store().AddType(store.Type{Resource: definitions, Kind: "CustomResourceDefinition", Singular: "customresourcedefinition"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.server.Store().Apply(definitions, []byte(`{"metadata":{"name":"gauges.acme.io","labels":{"team":"shop"}}}`)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the rights of what is chosen by labels", func() bool {
		stdout.Reset()
		return run(t.Context(), []string{"rbac", "crd:team=shop", "--kubeconfig", s.kubeconfig}, &stdout, io.Discard) == setup.ExitOK
	})
	for _, line := range []string{"- gauges\n", "- customresourcedefinitions\n"} { // without the right to read the labels nothing would be chosen
		if !strings.Contains(stdout.String(), line) {
			t.Errorf("it is\n%s, without %s", stdout.String(), line)
		}
	}
	for said, args := range map[string][]string{
		"which types?":                {},
		`the server has no type "xs"`: {"xs"},
		"a name is missing":           {"pods,"},
	} {
		stderr.Reset()
		if code := run(t.Context(), append([]string{"rbac", "--kubeconfig", s.kubeconfig}, args...), &stdout, &stderr); code == setup.ExitOK || !strings.Contains(stderr.String(), said) {
			t.Errorf("%q ends with %d and says %s", args, code, stderr.String())
		}
	}
}
