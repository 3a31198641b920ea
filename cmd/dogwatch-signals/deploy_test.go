package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/dogwatch/dogwatch/stream"
)

// The manifests hold no field that Kubernetes does not know, and what they say goes together: the number of shards is that of the pods, the role has
// the rights for the types that are named and no others, and the command line is one that stream takes.
func TestManifestsOfAStream(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "..", "deploy", "stream.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var set appsv1.StatefulSet
	var role rbacv1.ClusterRole
	known := map[string]any{
		"kind: StatefulSet": &set, "kind: ClusterRole\n": &role, "kind: ClusterRoleBinding": &rbacv1.ClusterRoleBinding{},
		"kind: ServiceAccount\nmetadata": &corev1.ServiceAccount{}, "kind: Service\n": &corev1.Service{},
	}
	for _, document := range bytes.Split(content, []byte("\n---\n")) {
		for kind, object := range known {
			if !bytes.Contains(document, []byte("\n"+kind)) {
				continue
			}
			if err := yaml.UnmarshalStrict(document, object); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
			delete(known, kind)
		}
	}
	if len(known) > 0 {
		t.Fatalf("there is no %v", known)
	}
	container := set.Spec.Template.Spec.Containers[0]
	if container.Env[0].Name != "SHARD" || container.Env[0].ValueFrom.FieldRef.FieldPath != "metadata.labels['apps.kubernetes.io/pod-index']" {
		t.Errorf("the shard is not the pod's ordinal: %v", container.Env)
	}
	if port := container.Ports[0]; !slices.Contains(container.Args, fmt.Sprintf("--metrics=0.0.0.0:%d", port.ContainerPort)) ||
		container.ReadinessProbe.HTTPGet.Port.StrVal != port.Name || container.LivenessProbe.HTTPGet.Port.StrVal != port.Name {
		t.Errorf("it is asked at %+v, by %+v and %+v", port, container.ReadinessProbe, container.LivenessProbe)
	}
	for ordinal := range *set.Spec.Replicas {
		o := parsedStream(t, container.Args, strconv.Itoa(int(ordinal)))
		if want := (stream.Shard{Index: uint64(ordinal), Count: uint64(*set.Spec.Replicas)}); o.part != want {
			t.Errorf("pod %d tells of %+v", ordinal, o.part)
		}
	}
	var named []string
	for _, arg := range container.Args[1:] {
		if !strings.HasPrefix(arg, "-") {
			named = append(named, arg)
		}
	}
	var allowed []string
	for _, rule := range role.Rules {
		if !slices.Equal(rule.Verbs, []string{"get", "list", "watch"}) || len(rule.APIGroups) != 1 {
			t.Errorf("a rule is %v", rule)
		}
		for _, resource := range rule.Resources {
			allowed = append(allowed, strings.TrimSuffix(resource+"."+rule.APIGroups[0], "."))
		}
	}
	slices.Sort(named)
	slices.Sort(allowed)
	if !slices.Equal(named, allowed) {
		t.Errorf("watched are %v, and allowed %v", named, allowed)
	}
}

// parsedStream gives the options that arguments are read as, with an ordinal in them.
func parsedStream(t *testing.T, args []string, ordinal string) *streamOptions {
	t.Helper()
	given := make([]string, len(args))
	for i, arg := range args {
		given[i] = strings.ReplaceAll(arg, "$(SHARD)", ordinal)
	}
	o, command := newStreamOptions(nil, nil)
	if given[0] != command.Name() {
		t.Fatalf("the command is %s", given[0])
	}
	if err := command.ParseFlags(given[1:]); err != nil {
		t.Fatal(err)
	}
	if err := o.validate(command.Flags().Args()); err != nil {
		t.Fatal(err)
	}
	return o
}
