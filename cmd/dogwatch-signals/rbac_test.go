package main

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

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
