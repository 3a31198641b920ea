package cluster

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var t0 = time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)

var readable = metav1.Verbs{"get", "list", "watch"}

func api(name, kind string, short ...string) metav1.APIResource {
	return metav1.APIResource{Name: name, Kind: kind, SingularName: strings.ToLower(kind), Namespaced: true, Verbs: readable, ShortNames: short}
}

func in(category string, r metav1.APIResource) metav1.APIResource {
	r.Categories = []string{category}
	return r
}

// typical is what a cluster may serve.
func typical() []apiGroup {
	binding := api("bindings", "Binding")
	binding.Verbs = metav1.Verbs{"create"}
	return []apiGroup{
		{"", []apiVersion{{version: "v1", resources: []metav1.APIResource{
			in("all", api("pods", "Pod", "po")), in("all", api("services", "Service", "svc")), api("configmaps", "ConfigMap", "cm"),
			api("events", "Event", "ev"), api("nodes", "Node", "no"), in("all", binding),
		}}}},
		{"apps", []apiVersion{
			{version: "v1", resources: []metav1.APIResource{in("all", api("deployments", "Deployment", "deploy")), in("all", api("replicasets", "ReplicaSet", "rs"))}},
			{version: "v1beta1", resources: []metav1.APIResource{in("all", api("deployments", "Deployment", "deploy"))}},
		}},
		{"events.k8s.io", []apiVersion{{version: "v1", resources: []metav1.APIResource{api("events", "Event", "ev")}}}},
		{"example.com", []apiVersion{
			{version: "v1", resources: []metav1.APIResource{api("foos", "Foo", "po", "fo")}},
			{version: "v2", resources: []metav1.APIResource{api("foos", "Foo", "fo"), api("only2s", "Only2")}},
		}},
		{"serving.knative.dev", []apiVersion{{version: "v1", resources: []metav1.APIResource{api("services", "Service", "kservice", "ksvc")}}}},
	}
}

func names(resources []Resource) []string {
	var names []string
	for _, r := range resources {
		names = append(names, r.GVR.Resource+"."+r.GVR.Version+"."+r.GVR.Group)
	}
	return names
}

func TestSnapshotHasEachTypeOnceAtItsPreferredVersion(t *testing.T) {
	s := newSnapshot(typical(), &Snapshot{}, t0)
	want := []string{
		"pods.v1.", "services.v1.", "configmaps.v1.", "events.v1.", "nodes.v1.",
		"deployments.v1.apps", "replicasets.v1.apps", "events.v1.events.k8s.io", "foos.v1.example.com", "only2s.v2.example.com", "services.v1.serving.knative.dev",
	}
	if diff := cmp.Diff(want, names(s.Resources)); diff != "" {
		t.Error(diff)
	}
	foos := schema.GroupResource{Group: "example.com", Resource: "foos"}
	for want, version := range map[string]string{"v1": "v1", "v2": "v2", "v3": "v1", "": "v1"} {
		if r, ok := s.ServedAs(foos, want); !ok || r.GVR.Version != version || r.Preferred != (version == "v1") || len(r.Versions) != 2 {
			t.Errorf("ServedAs(%q) = %+v, %v", want, r, ok)
		}
	}
	if s.Served(foos.WithVersion("v3")) || !s.Served(foos.WithVersion("v2")) {
		t.Error("Served does not tell versions apart")
	}
}

func TestGenerationGrowsWithChangesOnly(t *testing.T) {
	first := newSnapshot(typical(), &Snapshot{}, t0)
	same := newSnapshot(typical(), first, t0.Add(time.Minute))
	if first.Generation == 0 || same.Generation != first.Generation || same.Fetched.Equal(first.Fetched) {
		t.Errorf("generations %d, %d", first.Generation, same.Generation)
	}
	fewer := newSnapshot(typical()[1:], same, t0)
	if fewer.Generation != same.Generation+1 {
		t.Errorf("generation = %d", fewer.Generation)
	}
}

func TestTypesOfAGroupThatIsDownAreKept(t *testing.T) {
	first := newSnapshot(typical(), &Snapshot{}, t0)
	groups := typical()
	groups[2].versions[0] = apiVersion{version: "v1", err: errStale}
	second := newSnapshot(groups, first, t0)
	if len(second.Resources) != len(first.Resources) || len(second.Failed) != 1 || second.Failed[0].GroupVersion.String() != "events.k8s.io/v1" {
		t.Fatalf("resources = %v, failed = %v", names(second.Resources), second.Failed)
	}
	r, ok := second.ServedAs(schema.GroupResource{Group: "events.k8s.io", Resource: "events"}, "")
	if !ok || !r.Stale || second.Generation == first.Generation {
		t.Errorf("events = %+v, %v", r, ok)
	}
	if r, _ := second.ServedAs(schema.GroupResource{Resource: "events"}, ""); r.Stale {
		t.Error("another group is stale too")
	}
	// It stays known however long the group is down, and is forgotten once it is gone.
	groups = typical()
	groups[2].versions[0] = apiVersion{version: "v1", err: errStale}
	third := newSnapshot(groups, second, t0)
	if !third.Served(r.GVR) || third.Generation != second.Generation {
		t.Error("the type was forgotten")
	}
	if gone := newSnapshot(typical()[:2], third, t0); gone.Served(r.GVR) {
		t.Error("a type is kept that is gone")
	}
}

func TestResolve(t *testing.T) {
	s := newSnapshot(typical(), &Snapshot{}, t0)
	tests := map[string][]string{
		"pods":                         {"pods.v1."},
		"pod":                          {"pods.v1."},
		"Pod":                          {"pods.v1."},
		"PODS":                         {"pods.v1."},
		"po":                           {"pods.v1."}, // not foos: the core group comes first
		"PO":                           {"pods.v1."},
		"pods.v1.":                     {"pods.v1."},
		"fo":                           {"foos.v1.example.com"},
		"deploy":                       {"deployments.v1.apps"},
		"deployments.apps":             {"deployments.v1.apps"},
		"deploy.apps":                  {"deployments.v1.apps"},
		"deployments.app":              {"deployments.v1.apps"}, // a group may be shortened
		"Deployment.apps":              {"deployments.v1.apps"},
		"deployments.v1.apps":          {"deployments.v1.apps"},
		"deployments.v1beta1.apps":     {"deployments.v1beta1.apps"},
		"Deployment.v1beta1.apps":      {"deployments.v1beta1.apps"},
		"foos.v2.example.com":          {"foos.v2.example.com"},
		"foos.example.com":             {"foos.v1.example.com"},
		"only2":                        {"only2s.v2.example.com"},
		"events":                       {"events.v1."},
		"ev":                           {"events.v1."},
		"events.events.k8s.io":         {"events.v1.events.k8s.io"},
		"events.v1.events.k8s.io":      {"events.v1.events.k8s.io"},
		"services":                     {"services.v1."},
		"ksvc":                         {"services.v1.serving.knative.dev"},
		"services.serving.knative.dev": {"services.v1.serving.knative.dev"},
		"all":                          {"pods.v1.", "services.v1.", "deployments.v1.apps", "replicasets.v1.apps"},
	}
	for arg, want := range tests {
		found, err := s.Resolve(arg)
		if err != nil {
			t.Errorf("Resolve(%q): %v", arg, err)
		}
		if diff := cmp.Diff(want, names(found)); diff != "" {
			t.Errorf("Resolve(%q): %s", arg, diff)
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	groups := typical()
	groups = append(groups, apiGroup{"metrics.k8s.io", []apiVersion{{version: "v1beta1", err: errStale}}})
	s := newSnapshot(groups, &Snapshot{}, t0)
	tests := map[string]string{
		"pods/web":            `"pods/web" names one object; a type is needed, such as "pods"`,
		"":                    `"" is not the name of a type`,
		"po,svc":              `"po,svc" is not the name of a type`,
		"bindings":            "bindings cannot be listed and watched",
		"deploymnets":         `the server has no type "deploymnets"; did you mean deployments? (no answer from metrics.k8s.io/v1beta1)`,
		"servces":             `the server has no type "servces"; did you mean services, services.serving.knative.dev? (no answer from metrics.k8s.io/v1beta1)`,
		"zzz":                 `the server has no type "zzz" (no answer from metrics.k8s.io/v1beta1)`,
		"podlist":             `the server has no type "podlist" (no answer from metrics.k8s.io/v1beta1)`,
		"foos.v3.example.com": `the server has no type "foos.v3.example.com"; did you mean foos? (no answer from metrics.k8s.io/v1beta1)`,
	}
	for arg, want := range tests {
		found, err := s.Resolve(arg)
		if err == nil || err.Error() != want {
			t.Errorf("Resolve(%q) = %v, %v\nwant %s", arg, names(found), err, want)
		}
	}
	var unknown *UnknownTypeError
	if _, err := s.Resolve("deploymnets"); !errors.As(err, &unknown) || unknown.Nearest[0] != "deployments" {
		t.Errorf("error = %v", err)
	}
	if _, err := (&Snapshot{}).Resolve("pods"); !errors.Is(err, ErrNotDiscovered) {
		t.Errorf("before discovery: %v", err)
	}
}
