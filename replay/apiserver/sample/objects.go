package sample

import (
	"encoding/json"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// Epoch is when the first of the sample objects was created; the others follow a second apart.
func Epoch() time.Time { return time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC) }

// object is short for JSON's objects.
type object = map[string]any

// JSON encodes an object written as Go values. It panics on what has no JSON, which only a faulty test writes.
func JSON(v any) []byte {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("sample object: %v", err))
	}
	return encoded
}

// Store makes a store that serves this package's types, with the namespaces default, kube-system and shop, three nodes, a
// deployment, a gauge and n pods.
func Store(n int) (*store.Store, error) {
	st := store.New(store.Options{})
	for _, t := range Types() {
		if err := st.AddType(t); err != nil {
			return nil, err
		}
	}
	put := func(gvr schema.GroupVersionResource, objects ...[]byte) error {
		for _, o := range objects {
			if _, err := st.Apply(gvr, o); err != nil {
				return err
			}
		}
		return nil
	}
	for _, err := range []error{
		put(Namespaces().Resource, Namespace("default"), Namespace("kube-system"), Namespace("shop")),
		put(Nodes().Resource, Node(0), Node(1), Node(2)),
		put(Deployments().Resource, Deployment("shop", "web", 3)),
		put(Gauges().Resource, Gauge("shop", "boiler", 42)),
	} {
		if err != nil {
			return nil, err
		}
	}
	for i := range n {
		if err := put(Pods().Resource, Pod(i)); err != nil {
			return nil, err
		}
	}
	return st, nil
}

func metadata(namespace, name string, created int, labels object) object {
	m := object{
		"name":              name,
		"creationTimestamp": Epoch().Add(time.Duration(created) * time.Second).Format(time.RFC3339),
		"labels":            labels,
	}
	if namespace != "" {
		m["namespace"] = namespace
	}
	return m
}

// Namespace is an active namespace.
func Namespace(name string) []byte {
	return JSON(object{
		"apiVersion": "v1", "kind": "Namespace",
		"metadata": metadata("", name, 0, object{"kubernetes.io/metadata.name": name}),
		"spec":     object{"finalizers": []any{"kubernetes"}},
		"status":   object{"phase": "Active"},
	})
}

// Node is the i-th node, ready.
func Node(i int) []byte {
	name := fmt.Sprintf("node-%02d", i)
	return JSON(object{
		"apiVersion": "v1", "kind": "Node",
		"metadata": metadata("", name, i, object{"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}),
		"spec":     object{"podCIDR": fmt.Sprintf("10.244.%d.0/24", i)},
		"status": object{
			"capacity":   object{"cpu": "8", "memory": "32Gi", "pods": "110"},
			"conditions": []any{condition("Ready", "True", "KubeletReady"), condition("MemoryPressure", "False", "KubeletHasSufficientMemory")},
			"addresses":  []any{object{"type": "InternalIP", "address": fmt.Sprintf("192.0.2.%d", i+1)}},
			"nodeInfo":   object{"kubeletVersion": "v1.37.2", "osImage": "Linux", "architecture": "amd64"},
		},
	})
}

// Deployment is one whose replicas are all there.
func Deployment(namespace, name string, replicas int) []byte {
	labels := object{"app": name}
	return JSON(object{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": metadata(namespace, name, 0, labels),
		"spec": object{
			"replicas": replicas, "selector": object{"matchLabels": labels},
			"template": object{"metadata": object{"labels": labels}, "spec": object{"containers": []any{container(name, "1.4.2")}}},
		},
		"status": object{
			"observedGeneration": 1, "replicas": replicas, "updatedReplicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas,
			"conditions": []any{condition("Available", "True", "MinimumReplicasAvailable")},
		},
	})
}

// Gauge is an object of the custom resource.
func Gauge(namespace, name string, level int) []byte {
	return JSON(object{
		"apiVersion": "acme.io/v1", "kind": "Gauge",
		"metadata": metadata(namespace, name, 0, object{"plant": "north"}),
		"spec":     object{"level": level, "unit": "bar", "site": "hall 2"},
		"status":   object{"last": Epoch().Format(time.RFC3339)},
	})
}

func condition(kind, status, reason string) object {
	return object{"type": kind, "status": status, "reason": reason, "lastTransitionTime": Epoch().Format(time.RFC3339)}
}
