package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/restmapper"
)

// plainMapper is kubectl's own way from names to types, over what was discovered.
func plainMapper(groups []apiGroup) meta.RESTMapperWithContext {
	var found discovered
	var mapped []*restmapper.APIGroupResources
	for _, g := range groups {
		group := &restmapper.APIGroupResources{Group: metav1.APIGroup{Name: g.name}, VersionedResources: map[string][]metav1.APIResource{}}
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
	return restmapper.NewShortcutExpanderWithContext(restmapper.NewDiscoveryRESTMapperWithContext(mapped), found, nil)
}

// discovered is the one method of a discovery client that the mapper calls.
type discovered struct {
	discovery.DiscoveryInterfaceWithContext
	lists []*metav1.APIResourceList
}

func (d discovered) ServerGroupsAndResourcesWithContext(context.Context) ([]*metav1.APIGroup, []*metav1.APIResourceList, error) {
	return nil, d.lists, nil
}

// plainMapping is what kubectl takes an argument for.
func plainMapping(mapper meta.RESTMapperWithContext, s *Snapshot, arg string) (schema.GroupVersionResource, bool) {
	for _, asked := range readings(arg) {
		kind, err := mapper.KindForWithContext(context.Background(), asked)
		if err != nil || kind.Empty() {
			continue
		}
		mapping, err := mapper.RESTMappingWithContext(context.Background(), kind.GroupKind(), kind.Version)
		if err != nil {
			continue
		}
		return mapping.Resource, s.Served(mapping.Resource)
	}
	return schema.GroupVersionResource{}, false
}

// randomGroups are groups whose types have names in common, as those of operators do.
func randomGroups(r *rand.Rand) []apiGroup {
	stems := []string{"pod", "service", "route", "event", "job"}
	names := []string{"", "apps", "apps.example.com", "serving.knative.dev", "route.openshift.io"}
	var groups []apiGroup
	for i, name := range names {
		if i > 0 && r.IntN(4) == 0 {
			continue
		}
		group := apiGroup{name: name}
		for v := range 1 + r.IntN(2) {
			version := apiVersion{version: fmt.Sprint("v", v+1)}
			for _, stem := range stems {
				if r.IntN(2) == 0 {
					continue
				}
				var short []string
				if r.IntN(2) == 0 {
					short = []string{stem[:2]}
				}
				version.resources = append(version.resources, api(stem+"s", strings.ToUpper(stem[:1])+stem[1:], short...))
			}
			group.versions = append(group.versions, version)
		}
		groups = append(groups, group)
	}
	return groups
}

// Whatever kubectl takes an argument for, so does Resolve.
func TestNamesMeanWhatTheyMeanToKubectl(t *testing.T) {
	compared := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		groups := randomGroups(r)
		s := newSnapshot(groups, &Snapshot{}, t0)
		mapper := plainMapper(groups)
		for range 40 {
			arg := []string{"pods", "pod", "po", "services", "se", "routes", "ro", "events", "job", "jobs", "Job"}[r.IntN(11)]
			short := len(arg) == 2
			arg += []string{"", "", ".apps", ".v1.apps", ".v2.apps.example.com", ".serving", ".route.openshift.io", ".apps.example.com", ".v1."}[r.IntN(9)]
			if short && (strings.Contains(arg, ".v1.") || strings.Contains(arg, ".v2.")) {
				continue // kubectl forgets the version that stands behind a short name
			}
			want, ok := plainMapping(mapper, s, arg)
			if !ok {
				continue // Resolve may know more
			}
			compared++
			if got, ok := s.mappingFor(strings.ToLower(arg)); !ok || got != want {
				t.Errorf("seed %d: %q is %v to kubectl, and %v (%v) to us, of %v", seed, arg, want, got, ok, names(slices.Clone(s.all)))
			}
		}
	}
	if compared < 2000 {
		t.Errorf("only %d were compared", compared)
	}
}
