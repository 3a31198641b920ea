package cluster

import (
	"reflect"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Resource is one type at one version, as the server describes it. Do not
// change its slices.
type Resource struct {
	GVR schema.GroupVersionResource
	// Kind is the type's name in objects ("Pod"), Singular the lower-case name
	// of one ("pod").
	Kind, Singular string
	// Namespaced says that its objects live in namespaces.
	Namespaced             bool
	ShortNames, Categories []string
	// Versions are all versions that serve the type, the preferred one first.
	Versions []string
	// Preferred says that GVR has the preferred version.
	Preferred bool
	Verbs     []string
	// ListWatch says that the type can be listed and watched.
	ListWatch bool
	// Stale says that the API server behind the type does not answer at the
	// moment: what stands here was so when it last did.
	Stale bool
}

// GroupFailure is a group version of which the server could not tell the types.
type GroupFailure struct {
	GroupVersion schema.GroupVersion
	Err          error
}

// Snapshot is what the server served at one moment. It never changes; do not
// write to its slices.
type Snapshot struct {
	// Resources are the types that can be listed and watched, one entry for
	// each at its preferred version, in the server's order (core first).
	Resources []Resource
	// Failed are the group versions that did not answer. Their types, if once
	// known, are in Resources and Stale.
	Failed []GroupFailure
	// Fetched is when the server last answered, by our clock; zero before the
	// first whole answer. Of the core group, which comes first, Resolve knows
	// the types already then.
	Fetched time.Time
	// Err is why the last attempt failed; nil after one that did not. The rest
	// is then from before. NextTry is when the next attempt comes.
	Err     error
	NextTry time.Time
	// Generation grows whenever Resources or Failed changed, or the labels of their definitions.
	Generation uint64

	groups []apiGroup
	// byType has all types, those that cannot be watched too, in all versions,
	// the preferred one first. It is nil before anything was answered.
	byType map[schema.GroupResource][]Resource
	// labels are those of the definitions of custom resources; nil while they are not known, which labelsErr says more of where the server refuses.
	labels    map[schema.GroupResource]labels.Set
	labelsErr error
	// all are the same in the server's order: the first is meant where several have a name.
	all []Resource
}

// Served says whether the server serves exactly this type and version.
func (s *Snapshot) Served(gvr schema.GroupVersionResource) bool {
	r, ok := s.ServedAs(gvr.GroupResource(), gvr.Version)
	return ok && r.GVR == gvr
}

// ServedAs returns a type at the wanted version if it is served, else at the
// preferred one; want may be empty. It reports false if the type is not served.
func (s *Snapshot) ServedAs(gr schema.GroupResource, want string) (Resource, bool) {
	versions := s.byType[gr]
	if len(versions) == 0 {
		return Resource{}, false
	}
	for _, r := range versions {
		if r.GVR.Version == want {
			return r, true
		}
	}
	return versions[0], true
}

// CoreKnown says that the types of the core group are known, if no others are.
func (s *Snapshot) CoreKnown() bool { return s.has(isCore) }

// hasGroupVersion says whether the server names a group version, answering or not.
func (s *Snapshot) hasGroupVersion(gv schema.GroupVersion) bool {
	return slices.ContainsFunc(s.groups, func(g apiGroup) bool {
		return g.name == gv.Group && slices.ContainsFunc(g.versions, func(v apiVersion) bool { return v.version == gv.Version })
	})
}

// has says whether any group is of a kind.
func (s *Snapshot) has(kind func(apiGroup) bool) bool { return slices.ContainsFunc(s.groups, kind) }

// newSnapshot makes a snapshot of what was discovered. Versions that did not
// answer keep the types that previous knew.
func newSnapshot(groups []apiGroup, previous *Snapshot, now time.Time) *Snapshot {
	keepKnown(groups, previous)
	s := &Snapshot{Fetched: now, groups: groups, byType: make(map[schema.GroupResource][]Resource)}
	var order []schema.GroupResource
	for _, g := range groups {
		for _, v := range g.versions {
			gv := schema.GroupVersion{Group: g.name, Version: v.version}
			if v.err != nil {
				s.Failed = append(s.Failed, GroupFailure{gv, v.err})
			}
			for _, r := range v.resources {
				gr := schema.GroupResource{Group: g.name, Resource: r.Name}
				if len(s.byType[gr]) == 0 {
					order = append(order, gr)
				}
				s.byType[gr] = append(s.byType[gr], newResource(gv, r, v.err != nil))
			}
		}
	}
	for _, gr := range order {
		rankVersions(s.byType[gr])
		if preferred := s.byType[gr][0]; preferred.ListWatch {
			s.Resources = append(s.Resources, preferred)
		}
	}
	for _, g := range groups {
		for _, v := range g.versions {
			for _, r := range v.resources {
				served, _ := s.ServedAs(schema.GroupResource{Group: g.name, Resource: r.Name}, v.version)
				s.all = append(s.all, served)
			}
		}
	}
	s.Generation = previous.Generation
	if !sameTypes(s, previous) {
		s.Generation++
	}
	return s
}

// keepKnown gives versions that did not answer the types they had before.
func keepKnown(groups []apiGroup, previous *Snapshot) {
	known := make(map[schema.GroupVersion][]metav1.APIResource)
	for _, g := range previous.groups {
		for _, v := range g.versions {
			known[schema.GroupVersion{Group: g.name, Version: v.version}] = v.resources
		}
	}
	for _, g := range groups {
		for i, v := range g.versions {
			if v.err != nil && len(v.resources) == 0 {
				g.versions[i].resources = known[schema.GroupVersion{Group: g.name, Version: v.version}]
			}
		}
	}
}

func newResource(gv schema.GroupVersion, r metav1.APIResource, stale bool) Resource {
	return Resource{
		GVR:        gv.WithResource(r.Name),
		Kind:       r.Kind,
		Singular:   singular(r),
		Namespaced: r.Namespaced,
		ShortNames: r.ShortNames,
		Categories: r.Categories,
		Verbs:      r.Verbs,
		ListWatch:  slices.Contains(r.Verbs, "list") && slices.Contains(r.Verbs, "watch"),
		Stale:      stale,
	}
}

// rankVersions tells every version of a type which there are and which comes first.
func rankVersions(versions []Resource) {
	names := make([]string, len(versions))
	for i, r := range versions {
		names[i] = r.GVR.Version
	}
	for i := range versions {
		versions[i].Versions, versions[i].Preferred = names, i == 0
	}
}

func sameTypes(a, b *Snapshot) bool {
	sameFailures := slices.EqualFunc(a.Failed, b.Failed, func(x, y GroupFailure) bool {
		return x.GroupVersion == y.GroupVersion && x.Err.Error() == y.Err.Error()
	})
	return sameFailures && b.byType != nil && reflect.DeepEqual(a.byType, b.byType)
}
