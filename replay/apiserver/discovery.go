package apiserver

import (
	"cmp"
	"net/http"
	"slices"

	apidiscovery "k8s.io/api/apidiscovery/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// group is an API group as discovery shows it, its versions by preference.
type group struct {
	name     string
	versions []string
	types    map[string][]store.Type // by version
}

// groups sorts the types into groups, in the order in which the store came to know them.
func groups(types []store.Type) []*group {
	var all []*group
	byName := map[string]*group{}
	for _, t := range types {
		g, ok := byName[t.Resource.Group]
		if !ok {
			g = &group{name: t.Resource.Group, types: map[string][]store.Type{}}
			byName[g.name] = g
			all = append(all, g)
		}
		v := t.Resource.Version
		if !slices.Contains(g.versions, v) {
			g.versions = append(g.versions, v)
		}
		g.types[v] = append(g.types[v], t)
	}
	for _, g := range all {
		slices.SortFunc(g.versions, func(a, b string) int { return version.CompareKubeAwareVersionStrings(b, a) })
		for _, types := range g.types {
			slices.SortFunc(types, func(a, b store.Type) int { return cmp.Compare(a.Resource.Resource, b.Resource.Resource) })
		}
	}
	return all
}

// serveDiscovery serves /api and /apis and what is below them, down to a version's resources.
func (c *call) serveDiscovery() error {
	parts := c.target.parts
	all := groups(c.store.Types())
	core := parts[0] == "api"
	all = slices.DeleteFunc(all, func(g *group) bool { return (g.name == "") != core })
	if len(parts) == 1 {
		return c.serveRoot(core, all)
	}
	rest := parts[1:]
	name := ""
	if !core {
		name, rest = rest[0], rest[1:]
	}
	i := slices.IndexFunc(all, func(g *group) bool { return g.name == name })
	switch {
	case i < 0:
		return c.unknown()
	case len(rest) == 0:
		return c.writeJSON(http.StatusOK, all[i].plain(true))
	case len(rest) == 1 && slices.Contains(all[i].versions, rest[0]):
		gv := schema.GroupVersion{Group: name, Version: rest[0]}
		if c.store.Down(gv) {
			return c.unavailable()
		}
		return c.writeJSON(http.StatusOK, all[i].resources(gv))
	}
	return c.unknown()
}

func (c *call) serveRoot(core bool, all []*group) error {
	for _, clause := range acceptClauses(c.r.Header.Get("Accept")) {
		if !clause.json {
			continue
		}
		p := clause.params
		switch {
		case p["as"] == "":
			return c.servePlainRoot(core, all)
		case p["as"] == "APIGroupDiscoveryList" && p["g"] == apidiscovery.GroupName && p["v"] == "v2" && !c.opts.NoAggregatedDiscovery:
			return c.serveAggregated(all)
		}
	}
	return notAcceptable()
}

func (c *call) servePlainRoot(core bool, all []*group) error {
	if core {
		versions := &metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{}}
		for _, g := range all {
			versions.Versions = append(versions.Versions, g.versions...)
		}
		versions.ServerAddressByClientCIDRs = []metav1.ServerAddressByClientCIDR{{ClientCIDR: "0.0.0.0/0", ServerAddress: c.r.Host}}
		return c.writeJSON(http.StatusOK, versions)
	}
	list := &metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}, Groups: []metav1.APIGroup{}}
	for _, g := range all {
		list.Groups = append(list.Groups, g.plain(false))
	}
	return c.writeJSON(http.StatusOK, list)
}

// plain is the group in discovery's old form; alone it names its own kind.
func (g *group) plain(alone bool) metav1.APIGroup {
	out := metav1.APIGroup{Name: g.name}
	if alone {
		out.TypeMeta = metav1.TypeMeta{Kind: "APIGroup", APIVersion: "v1"}
	}
	for _, v := range g.versions {
		gv := schema.GroupVersion{Group: g.name, Version: v}
		out.Versions = append(out.Versions, metav1.GroupVersionForDiscovery{GroupVersion: gv.String(), Version: v})
	}
	out.PreferredVersion = out.Versions[0]
	return out
}

func (g *group) resources(gv schema.GroupVersion) *metav1.APIResourceList {
	list := &metav1.APIResourceList{
		TypeMeta:     metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"},
		GroupVersion: gv.String(),
		APIResources: []metav1.APIResource{},
	}
	for _, t := range g.types[gv.Version] {
		list.APIResources = append(list.APIResources, metav1.APIResource{
			Name: t.Resource.Resource, SingularName: t.Singular, Namespaced: t.Namespaced, Kind: t.Kind,
			Verbs: t.Verbs, ShortNames: t.ShortNames, Categories: t.Categories,
		})
	}
	return list
}

func (c *call) serveAggregated(all []*group) error {
	list := apidiscovery.APIGroupDiscoveryList{
		TypeMeta: metav1.TypeMeta{Kind: "APIGroupDiscoveryList", APIVersion: apidiscovery.SchemeGroupVersion.String()},
		Items:    []apidiscovery.APIGroupDiscovery{},
	}
	for _, g := range all {
		item := apidiscovery.APIGroupDiscovery{ObjectMeta: metav1.ObjectMeta{Name: g.name}}
		for _, v := range g.versions {
			item.Versions = append(item.Versions, c.aggregatedVersion(g, v))
		}
		list.Items = append(list.Items, item)
	}
	c.w.Header().Set("Vary", "Accept")
	return c.writeJSONAs(http.StatusOK, contentJSON+";g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", list)
}

func (c *call) aggregatedVersion(g *group, v string) apidiscovery.APIVersionDiscovery {
	out := apidiscovery.APIVersionDiscovery{Version: v, Freshness: apidiscovery.DiscoveryFreshnessCurrent}
	if c.store.Down(schema.GroupVersion{Group: g.name, Version: v}) {
		out.Freshness = apidiscovery.DiscoveryFreshnessStale
	}
	for _, t := range g.types[v] {
		scope := apidiscovery.ScopeCluster
		if t.Namespaced {
			scope = apidiscovery.ScopeNamespace
		}
		kind := metav1.GroupVersionKind(t.GroupVersionKind())
		out.Resources = append(out.Resources, apidiscovery.APIResourceDiscovery{
			Resource: t.Resource.Resource, ResponseKind: &kind, Scope: scope, SingularResource: t.Singular,
			Verbs: t.Verbs, ShortNames: t.ShortNames, Categories: t.Categories,
		})
	}
	return out
}
