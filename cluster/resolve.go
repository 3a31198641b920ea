package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/restmapper"
)

// ErrNotDiscovered is Resolve's error before the server has answered, or as
// long as what is asked for may be in groups that it has not told of yet.
var ErrNotDiscovered = errors.New("the server has not said yet which types it has")

// UnknownTypeError says that no type has the name that was asked for.
type UnknownTypeError struct {
	// Arg is the name as it was typed.
	Arg string
	// Nearest are names of types that may have been meant, best first.
	Nearest []string
	// FailedGroups did not answer: the type may be theirs.
	FailedGroups []string
}

func (e *UnknownTypeError) Error() string {
	text := fmt.Sprintf("the server has no type %q", e.Arg)
	if len(e.Nearest) > 0 {
		text += "; did you mean " + strings.Join(e.Nearest, ", ") + "?"
	}
	if len(e.FailedGroups) > 0 {
		text += " (no answer from " + strings.Join(e.FailedGroups, ", ") + ")"
	}
	return text
}

// NotWatchableError says that a type exists, but cannot be listed and watched.
type NotWatchableError struct {
	GVR schema.GroupVersionResource
}

func (e *NotWatchableError) Error() string {
	return fmt.Sprintf("%s cannot be listed and watched", e.GVR.GroupResource())
}

// Resolve finds the types that arg names as kubectl would: by plural,
// singular, kind, short name, each with a group or a version and group behind
// it ("deployments.apps", "foos.v1.example.com"), or by category, which may be
// several types. If several types have the name, the core group wins, then
// the server's order. Other than kubectl, capitals do not matter.
//
// Errors: ErrNotDiscovered, *UnknownTypeError, *NotWatchableError, or that
// arg is not the name of a type.
func (s *Snapshot) Resolve(arg string) ([]Resource, error) {
	switch {
	case strings.Contains(arg, "/"):
		return nil, fmt.Errorf("%q names one object; a type is needed, such as %q", arg, arg[:strings.Index(arg, "/")])
	case strings.TrimSpace(arg) == "" || strings.Contains(arg, ","):
		return nil, fmt.Errorf("%q is not the name of a type", arg)
	case s.mapper == nil:
		return nil, ErrNotDiscovered
	}
	if s.Fetched.IsZero() {
		return s.resolveCore(arg)
	}
	for _, spelling := range []string{arg, strings.ToLower(arg)} {
		if members := s.category(spelling); len(members) > 0 {
			return members, nil
		}
		if gvr, ok := s.mappingFor(spelling); ok {
			return s.watchable(gvr)
		}
	}
	return nil, s.unknown(arg)
}

// resolveCore finds a type while only the core group is known. It wins over all
// others, so a type that has the name there is what was meant. But a category
// may have members in all groups, and what is a short name here may be the whole
// name of a type elsewhere, which counts more.
func (s *Snapshot) resolveCore(arg string) ([]Resource, error) {
	for _, spelling := range []string{arg, strings.ToLower(arg)} {
		if len(s.category(spelling)) > 0 {
			break
		}
		name, _, _ := strings.Cut(spelling, ".")
		gvr, ok := s.mappingFor(spelling)
		if r, _ := s.ServedAs(gvr.GroupResource(), gvr.Version); ok && !slices.Contains(r.ShortNames, name) {
			return s.watchable(gvr)
		}
	}
	return nil, ErrNotDiscovered
}

// category returns the watchable types of a category.
func (s *Snapshot) category(name string) []Resource {
	expanded, _ := s.categories.ExpandWithContext(context.Background(), name)
	var members []Resource
	seen := make(map[schema.GroupResource]bool)
	for _, gr := range expanded {
		if r, ok := s.ServedAs(gr, ""); ok && r.ListWatch && !seen[gr] {
			seen[gr] = true
			members = append(members, r)
		}
	}
	return members
}

// mappingFor reads an argument in the order that kubectl does: as a resource
// with version and group, as one with a group, then as a kind.
func (s *Snapshot) mappingFor(arg string) (schema.GroupVersionResource, bool) {
	ctx := context.Background()
	full, resource := schema.ParseResourceArg(arg)
	var gvk schema.GroupVersionKind
	if full != nil {
		gvk, _ = s.mapper.KindForWithContext(ctx, *full)
	}
	if gvk.Empty() {
		gvk, _ = s.mapper.KindForWithContext(ctx, resource.WithVersion(""))
	}
	if !gvk.Empty() {
		return s.resourceOf(ctx, gvk.GroupKind(), gvk.Version)
	}
	fullKind, kind := schema.ParseKindArg(arg)
	if fullKind != nil {
		if gvr, ok := s.resourceOf(ctx, fullKind.GroupKind(), fullKind.Version); ok {
			return gvr, true
		}
	}
	return s.resourceOf(ctx, kind)
}

func (s *Snapshot) resourceOf(ctx context.Context, kind schema.GroupKind, versions ...string) (schema.GroupVersionResource, bool) {
	mapping, err := s.mapper.RESTMappingWithContext(ctx, kind, versions...)
	if err != nil {
		return schema.GroupVersionResource{}, false
	}
	// The mapper also invents types (every kind's List): only what is served counts.
	return mapping.Resource, s.Served(mapping.Resource)
}

func (s *Snapshot) watchable(gvr schema.GroupVersionResource) ([]Resource, error) {
	r, _ := s.ServedAs(gvr.GroupResource(), gvr.Version)
	if !r.ListWatch {
		return nil, &NotWatchableError{GVR: gvr}
	}
	return []Resource{r}, nil
}

// maxNearest is how many names are offered for one that does not exist.
const maxNearest = 3

func (s *Snapshot) unknown(arg string) error {
	unknown := &UnknownTypeError{Arg: arg, Nearest: s.nearest(arg)}
	for _, failure := range s.Failed {
		unknown.FailedGroups = append(unknown.FailedGroups, failure.GroupVersion.String())
	}
	return unknown
}

// nearest offers types one of whose names is near to arg.
func (s *Snapshot) nearest(arg string) []string {
	var spellings []string
	types := make(map[string][]string)
	for _, r := range s.Resources {
		typeName := s.typeName(r)
		for _, spelling := range append([]string{r.GVR.Resource, r.GVR.GroupResource().String(), r.Singular, r.Kind}, r.ShortNames...) {
			spellings = append(spellings, spelling)
			types[spelling] = append(types[spelling], typeName)
		}
	}
	var best []string
	for _, spelling := range Nearest(arg, spellings, len(spellings)) {
		for _, typeName := range types[spelling] {
			if len(best) < maxNearest && !slices.Contains(best, typeName) {
				best = append(best, typeName)
			}
		}
	}
	return best
}

// typeName is the shortest name that Resolve takes for a type.
func (s *Snapshot) typeName(r Resource) string {
	if gvr, ok := s.mappingFor(r.GVR.Resource); ok && gvr.GroupResource() == r.GVR.GroupResource() {
		return r.GVR.Resource
	}
	return r.GVR.GroupResource().String()
}

// singular is the type's singular name; old servers do not say it.
func singular(r metav1.APIResource) string {
	if r.SingularName != "" {
		return r.SingularName
	}
	return strings.ToLower(r.Kind)
}

// newMapper makes kubectl's mapper and category expander over what was
// discovered.
func newMapper(groups []apiGroup) (meta.RESTMapperWithContext, restmapper.CategoryExpanderWithContext) {
	var found discovered
	mapped := make([]*restmapper.APIGroupResources, 0, len(groups))
	for _, g := range groups {
		group := &restmapper.APIGroupResources{
			Group:              metav1.APIGroup{Name: g.name},
			VersionedResources: make(map[string][]metav1.APIResource),
		}
		for i, v := range g.versions {
			gv := metav1.GroupVersionForDiscovery{GroupVersion: schema.GroupVersion{Group: g.name, Version: v.version}.String(), Version: v.version}
			if i == 0 {
				group.Group.PreferredVersion = gv
			}
			group.Group.Versions = append(group.Group.Versions, gv)
			group.VersionedResources[v.version] = v.resources
			found.lists = append(found.lists, &metav1.APIResourceList{GroupVersion: gv.GroupVersion, APIResources: v.resources})
		}
		mapped = append(mapped, group)
	}
	mapper := restmapper.NewDiscoveryRESTMapperWithContext(mapped)
	return restmapper.NewShortcutExpanderWithContext(mapper, found, nil), restmapper.NewDiscoveryCategoryExpanderWithContext(found)
}

// discovered is the one method of a discovery client that client-go's
// expanders call, over what is known already.
type discovered struct {
	discovery.DiscoveryInterfaceWithContext
	lists []*metav1.APIResourceList
}

func (d discovered) ServerGroupsAndResourcesWithContext(context.Context) ([]*metav1.APIGroup, []*metav1.APIResourceList, error) {
	return nil, d.lists, nil
}
