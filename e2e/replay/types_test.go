package replay

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/recording"
)

// kind is a type that is recorded.
type kind struct {
	schema.GroupVersionResource
	namespaced bool
	late       bool // it is defined while the recording runs
}

// arg is how the command lines of dogwatch and kubectl name it.
func (k kind) arg() string { return k.GroupResource().String() }

func (k kind) name() recording.TypeName { return recording.NameOf(k.GroupVersionResource) }

// kinds are all types that are recorded. "-" stands before those of the whole cluster, "+" before those that come late.
func kinds() []kind {
	var all []kind
	for _, name := range []string{
		"pods.v1", "services.v1", "configmaps.v1", "secrets.v1", "events.v1", "persistentvolumeclaims.v1", "serviceaccounts.v1",
		"deployments.v1.apps", "replicasets.v1.apps", "statefulsets.v1.apps", "daemonsets.v1.apps",
		"jobs.v1.batch", "cronjobs.v1.batch", "horizontalpodautoscalers.v2.autoscaling", "poddisruptionbudgets.v1.policy",
		"ingresses.v1.networking.k8s.io", "endpointslices.v1.discovery.k8s.io", "certificates.v1.tls.example.com",
		"+widgets.v1.example.com", "-nodes.v1", "-namespaces.v1", "-clusterroles.v1.rbac.authorization.k8s.io",
		"-customresourcedefinitions.v1.apiextensions.k8s.io",
	} {
		name, cluster := strings.CutPrefix(name, "-")
		name, late := strings.CutPrefix(name, "+")
		gvr, err := recording.TypeName(name).Resource()
		if err != nil {
			panic(err)
		}
		all = append(all, kind{gvr, !cluster, late})
	}
	return all
}

func kindOf(resource string) kind {
	for _, k := range kinds() {
		if k.Resource == resource {
			return k
		}
	}
	panic("not recorded: " + resource)
}
