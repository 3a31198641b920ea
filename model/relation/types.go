package relation

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
)

// Type is a type that a server serves.
type Type struct {
	GVR        schema.GroupVersionResource
	Kind       string
	Namespaced bool
}

// GroupKind names the type.
func (t Type) GroupKind() schema.GroupKind {
	return schema.GroupKind{Group: t.GVR.Group, Kind: t.Kind}
}

// ID tells an object from all others of its cluster.
type ID struct {
	Type schema.GroupResource
	model.Key
}

// Types finds types by what references call them. It is never changed.
type Types struct {
	byKind map[schema.GroupKind]Type
	// By the kind in lower case, and by the resource, in the server's order.
	byName, byResource map[string][]Type
}

// NewTypes takes the types that a server serves, in its order.
func NewTypes(served []Type) *Types {
	t := &Types{byKind: map[schema.GroupKind]Type{}, byName: map[string][]Type{}, byResource: map[string][]Type{}}
	for _, s := range served {
		if _, twice := t.byKind[s.GroupKind()]; !twice {
			t.byKind[s.GroupKind()] = s
			name := strings.ToLower(s.Kind)
			t.byName[name] = append(t.byName[name], s)
			t.byResource[s.GVR.Resource] = append(t.byResource[s.GVR.Resource], s)
		}
	}
	return t
}

// Find gives the type of a kind.
func (t *Types) Find(gk schema.GroupKind) (Type, bool) {
	found, ok := t.byKind[gk]
	return found, ok
}

// named gives the type that a kind in any case most likely is, for who is of a group.
func (t *Types) named(kind, group string) (Type, bool) {
	return ofGroup(t.byName[strings.ToLower(kind)], group)
}

// resource gives the type of a resource, as "secrets", that is most likely meant with a group.
func (t *Types) resource(resource, group string) (Type, bool) {
	return ofGroup(t.byResource[resource], group)
}

// ofGroup gives the first of a group, else the first of all.
func ofGroup(all []Type, group string) (Type, bool) {
	for _, s := range all {
		if s.GVR.Group == group {
			return s, true
		}
	}
	if len(all) == 0 {
		return Type{}, false
	}
	return all[0], true
}

// isOfKubernetes tells that the type is one of Kubernetes' own, by its group.
func (t Type) isOfKubernetes() bool {
	return t.GVR.Group == "" || strings.HasSuffix(t.GVR.Group, ".k8s.io")
}

// id gives the ID of an object of a type that is named from a namespace.
func (t Type) id(namespace, name string) ID {
	if !t.Namespaced {
		namespace = ""
	}
	return ID{Type: t.GVR.GroupResource(), Key: model.Key{Namespace: namespace, Name: name}}
}
