package informers

import (
	"net/url"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Identity says which objects a watch holds. Two users of the same Identity
// share one watch.
type Identity struct {
	// Cluster is the name that the cluster was given in Manager.AddCluster.
	Cluster string
	GVR     schema.GroupVersionResource
	// Namespace limits the watch; empty means all. It means nothing for types
	// that live outside of namespaces.
	Namespace     string
	LabelSelector string
	FieldSelector string
	// ShardSelector asks a server that knows it to leave out the objects of other shards. Others send all of them, and say nothing of it.
	ShardSelector string
}

// String names the watch in messages: "pods.v1 in kube-system of prod".
func (id Identity) String() string {
	var b strings.Builder
	b.WriteString(typeName(id.GVR))
	for _, part := range []struct{ word, value string }{
		{" in ", id.Namespace},
		{" with labels ", id.LabelSelector},
		{" with fields ", id.FieldSelector},
		{" of shard ", id.ShardSelector},
		{" of ", id.Cluster},
	} {
		if part.value != "" {
			b.WriteString(part.word)
			b.WriteString(part.value)
		}
	}
	return b.String()
}

// Type is a resource type as a cluster serves it.
type Type struct {
	GVR        schema.GroupVersionResource
	Kind       string
	Namespaced bool
	// Singular and ShortNames are its other names, for who looks for a type by
	// a name; a watch does without.
	Singular   string
	ShortNames []string
}

// typeName spells a type as kubectl takes it: "pods.v1", "deployments.v1.apps".
func typeName(gvr schema.GroupVersionResource) string {
	name := gvr.Resource + "." + gvr.Version
	if gvr.Group != "" {
		name += "." + gvr.Group
	}
	return name
}

// collectionPath is where the objects of a type are listed and watched.
func collectionPath(t Type, namespace string) string {
	var b strings.Builder
	if t.GVR.Group == "" {
		b.WriteString("/api/")
	} else {
		b.WriteString("/apis/" + url.PathEscape(t.GVR.Group) + "/")
	}
	b.WriteString(url.PathEscape(t.GVR.Version))
	if t.Namespaced && namespace != "" {
		b.WriteString("/namespaces/" + url.PathEscape(namespace))
	}
	b.WriteString("/" + url.PathEscape(t.GVR.Resource))
	return b.String()
}
