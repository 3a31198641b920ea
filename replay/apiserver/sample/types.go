package sample

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// allVerbs are those that discovery shows of most types.
func allVerbs() []string {
	return []string{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"}
}

// Namespaces is the type v1 namespaces.
func Namespaces() store.Type {
	return store.Type{
		Resource: schema.GroupVersionResource{Version: "v1", Resource: "namespaces"},
		Kind:     "Namespace", Singular: "namespace", ShortNames: []string{"ns"}, Verbs: allVerbs(),
		SelectableFields: []store.Field{{Label: "status.phase"}},
		Columns:          []store.Column{name(), path("Status", "string", ".status.phase"), age()},
	}
}

// Pods is the type v1 pods with kubectl's columns, wide ones included.
func Pods() store.Type {
	return store.Type{
		Resource: schema.GroupVersionResource{Version: "v1", Resource: "pods"},
		Kind:     "Pod", Singular: "pod", ShortNames: []string{"po"}, Categories: []string{"all"}, Namespaced: true, Verbs: allVerbs(),
		SelectableFields: []store.Field{{Label: "spec.nodeName"}, {Label: "status.phase"}},
		Columns: []store.Column{
			name(),
			cell("Ready", "string", readyContainers),
			cell("Status", "string", podReason),
			cell("Restarts", "string", restarts),
			age(),
			wide(path("IP", "string", ".status.podIP")),
			wide(path("Node", "string", ".spec.nodeName")),
			wide(cell("Nominated Node", "string", none)),
			wide(cell("Readiness Gates", "string", none)),
		},
	}
}

// Nodes is the type v1 nodes.
func Nodes() store.Type {
	return store.Type{
		Resource: schema.GroupVersionResource{Version: "v1", Resource: "nodes"},
		Kind:     "Node", Singular: "node", ShortNames: []string{"no"}, Verbs: allVerbs(),
		SelectableFields: []store.Field{{Label: "spec.unschedulable", Default: "false"}},
		Columns: []store.Column{
			name(),
			cell("Status", "string", nodeStatus),
			cell("Roles", "string", none),
			age(),
			path("Version", "string", ".status.nodeInfo.kubeletVersion"),
			wide(path("Internal-IP", "string", `.status.addresses[?(@.type=="InternalIP")].address`)),
		},
	}
}

// Deployments is the type apps/v1 deployments.
func Deployments() store.Type {
	return store.Type{
		Resource: schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"},
		Kind:     "Deployment", Singular: "deployment", ShortNames: []string{"deploy"}, Categories: []string{"all"}, Namespaced: true,
		Verbs: allVerbs(),
		Columns: []store.Column{
			name(),
			cell("Ready", "string", readyReplicas),
			cell("Up-to-date", "integer", replicas("updatedReplicas")),
			cell("Available", "integer", replicas("availableReplicas")),
			age(),
			wide(path("Images", "string", ".spec.template.spec.containers[0].image")),
		},
	}
}

// Gauges is a custom resource type, gauges.acme.io, as a CustomResourceDefinition makes it.
func Gauges() store.Type {
	return store.Type{
		Resource: schema.GroupVersionResource{Group: "acme.io", Version: "v1", Resource: "gauges"},
		Kind:     "Gauge", Singular: "gauge", ShortNames: []string{"gg"}, Categories: []string{"acme"}, Namespaced: true, Verbs: allVerbs(),
		Columns: []store.Column{
			name(),
			custom("Level", "integer", ".spec.level"),
			custom("Unit", "string", ".spec.unit"),
			custom("Last", "date", ".status.last"),
			wide(custom("Site", "string", ".spec.site")),
			custom("Age", "date", ".metadata.creationTimestamp"),
		},
	}
}

// Types are all of this package's types.
func Types() []store.Type {
	return []store.Type{Namespaces(), Nodes(), Pods(), Deployments(), Gauges()}
}

func name() store.Column {
	c := path("Name", "string", ".metadata.name")
	c.Format = "name"
	c.Description = metav1.ObjectMeta{}.SwaggerDoc()["name"]
	return c
}

// age is the age column of the built-in types: a string that was right when it was sent.
func age() store.Column {
	c := path("Age", "string", ".metadata.creationTimestamp")
	c.As = "date"
	c.Description = metav1.ObjectMeta{}.SwaggerDoc()["creationTimestamp"]
	return c
}

func path(name, columnType, jsonPath string) store.Column {
	return store.Column{TableColumnDefinition: metav1.TableColumnDefinition{Name: name, Type: columnType}, Path: jsonPath}
}

func cell(name, columnType string, make func(map[string]any) any) store.Column {
	return store.Column{TableColumnDefinition: metav1.TableColumnDefinition{Name: name, Type: columnType}, Cell: make}
}

func custom(name, columnType, jsonPath string) store.Column {
	c := path(name, columnType, jsonPath)
	c.Description = "Custom resource definition column (in JSONPath format): " + jsonPath
	return c
}

func wide(c store.Column) store.Column {
	c.Priority = 1
	return c
}

func none(map[string]any) any { return "<none>" }

func containerStatuses(pod map[string]any) []any {
	statuses, _ := store.Value(pod, ".status.containerStatuses")
	list, _ := statuses.([]any)
	return list
}

func readyContainers(pod map[string]any) any {
	containers, _ := store.Value(pod, ".spec.containers")
	all, _ := containers.([]any)
	ready := 0
	for _, s := range containerStatuses(pod) {
		if m, ok := s.(map[string]any); ok && m["ready"] == true {
			ready++
		}
	}
	return fmt.Sprintf("%d/%d", ready, len(all))
}

// podReason is why a container waits, or else the pod's phase.
func podReason(pod map[string]any) any {
	for _, s := range containerStatuses(pod) {
		m, _ := s.(map[string]any)
		if reason, ok := store.Value(m, ".state.waiting.reason"); ok {
			return reason
		}
	}
	phase, _ := store.Value(pod, ".status.phase")
	return phase
}

func restarts(pod map[string]any) any {
	var n int64
	for _, s := range containerStatuses(pod) {
		if m, ok := s.(map[string]any); ok {
			count, _ := m["restartCount"].(int64)
			n += count
		}
	}
	return fmt.Sprint(n)
}

func nodeStatus(node map[string]any) any {
	status := []string{"NotReady"}
	if ready, _ := store.Value(node, `.status.conditions[?(@.type=="Ready")].status`); ready == "True" {
		status[0] = "Ready"
	}
	if cordoned, _ := store.Value(node, ".spec.unschedulable"); cordoned == true {
		status = append(status, "SchedulingDisabled")
	}
	return strings.Join(status, ",")
}

func replicas(field string) func(map[string]any) any {
	return func(deployment map[string]any) any {
		n, ok := store.Value(deployment, ".status."+field)
		if !ok {
			return int64(0)
		}
		return n
	}
}

func readyReplicas(deployment map[string]any) any {
	wanted, _ := store.Value(deployment, ".spec.replicas")
	return fmt.Sprintf("%v/%v", replicas("readyReplicas")(deployment), wanted)
}
