package player

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// selectableFields are what Kubernetes lets field selectors name of a built-in type. No server tells them, so they are in no
// recording; kubectl describe and kubectl events find the events of an object by them.
func selectableFields(of schema.GroupResource) []store.Field {
	named := func(labels ...string) []store.Field {
		fields := make([]store.Field, len(labels))
		for i, label := range labels {
			fields[i].Label = label
		}
		return fields
	}
	switch of {
	case schema.GroupResource{Resource: "pods"}:
		return append(named("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
			"status.phase", "status.podIP", "status.nominatedNodeName"),
			store.Field{Label: "spec.hostNetwork", Default: "false"})
	case schema.GroupResource{Resource: "events"}:
		return append(named("involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
			"involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath",
			"reason", "reportingComponent", "type"),
			store.Field{Label: "source", Path: "source.component"})
	case schema.GroupResource{Resource: "nodes"}:
		return []store.Field{{Label: "spec.unschedulable", Default: "false"}}
	case schema.GroupResource{Resource: "namespaces"}:
		return named("status.phase")
	case schema.GroupResource{Resource: "secrets"}:
		return named("type")
	case schema.GroupResource{Resource: "services"}:
		return named("spec.clusterIP", "spec.type")
	case schema.GroupResource{Group: "batch", Resource: "jobs"}:
		return []store.Field{{Label: "status.successful", Path: "status.succeeded", Default: "0"}}
	case schema.GroupResource{Group: "certificates.k8s.io", Resource: "certificatesigningrequests"}:
		return named("spec.signerName")
	}
	return nil
}
