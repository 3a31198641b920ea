package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	apidiscovery "k8s.io/api/apidiscovery/v2"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// acceptDiscovery asks for all groups, versions and types in one document;
// servers before 1.30 answer with a list of groups instead.
const acceptDiscovery = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList," + acceptJSON

// acceptJSON asks for one document in the form that all servers know.
const acceptJSON = "application/json"

// discoveryParallel is how many group versions of an old server are asked for at once.
const discoveryParallel = 8

// apiGroup is one group as discovered.
type apiGroup struct {
	name string
	// versions has the server's preferred one first.
	versions []apiVersion
}

// apiVersion is one version of a group as discovered.
type apiVersion struct {
	version   string
	resources []metav1.APIResource
	// err says why the server could not tell what the version has now.
	// resources is then what it had before, or empty.
	err error
}

// errStale is why a group of an aggregated API is listed as failed.
var errStale = errors.New("the API server behind this group does not answer")

// getter is the part of Cluster that discovery needs.
type getter interface {
	getDocument(ctx context.Context, path, accept string) (document, error)
}

// document is an answer that was read as a whole.
type document struct {
	path, contentType string
	body              []byte
}

// decode reads the body once: that of /apis is large. What fits into no object of this kind is looked at for the kind it names.
func (d *document) decode(kind string, into runtime.Object) error {
	err := json.Unmarshal(d.body, into)
	got := into.GetObjectKind().GroupVersionKind().Kind
	if got != kind && (err == nil || got != "") {
		err = fmt.Errorf("expected %s, got %q", kind, got)
	}
	if err != nil {
		return &garbageError{d.path, err}
	}
	return nil
}

// getDocument reads one document as a whole.
func (c *Cluster) getDocument(ctx context.Context, path, accept string) (document, error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience())
	defer cancel()
	resp, err := c.get(ctx, path, nil, accept)
	if err != nil {
		return document{}, err
	}
	defer resp.Body.Close()
	body, err := readDocument(resp.Body)
	if err != nil {
		return document{}, fmt.Errorf("reading %s: %w", path, err)
	}
	return document{path, resp.Header.Get("Content-Type"), body}, nil
}

// discover asks the server for everything it serves, the core group first.
// Versions that failed carry their error; an error means that nothing is known
// beyond previous. first is called with the core group, before the others are
// asked for: they are much more.
func discover(ctx context.Context, server getter, previous *Snapshot, first func([]apiGroup)) ([]apiGroup, error) {
	core, coreErr := discoverRoot(ctx, server, "/api", coreGroups)
	switch {
	case coreErr == nil:
		first(core)
	case !tolerable(coreErr) || previous.has(isCore):
		return nil, coreErr
	}
	groups, err := discoverRoot(ctx, server, "/apis", namedGroups)
	if err != nil && (coreErr != nil || !tolerable(err) || previous.has(isNamed)) {
		return nil, err
	}
	return append(core, groups...), nil
}

// tolerable errors of one of the two roots leave the other usable, unless its
// types were known before: a server that comes up refuses what it serves later.
func tolerable(err error) bool { return apierrors.IsNotFound(err) || apierrors.IsForbidden(err) }

func isCore(g apiGroup) bool { return g.name == "" }

func isNamed(g apiGroup) bool { return g.name != "" }

// discoverRoot reads /api or /apis in whichever form the server answers.
func discoverRoot(ctx context.Context, server getter, root string, plain func(*document) ([]metav1.APIGroup, error)) ([]apiGroup, error) {
	doc, err := server.getDocument(ctx, root, acceptDiscovery)
	if err != nil {
		return nil, err
	}
	if isAggregated(doc.contentType) {
		var list apidiscovery.APIGroupDiscoveryList
		if err := doc.decode("APIGroupDiscoveryList", &list); err != nil {
			return nil, err
		}
		return aggregatedGroups(list), nil
	}
	groups, err := plain(&doc)
	if err != nil {
		return nil, err
	}
	return discoverVersions(ctx, server, root, groups)
}

func isAggregated(contentType string) bool {
	_, params, err := mime.ParseMediaType(contentType)
	return err == nil && params["as"] == "APIGroupDiscoveryList" && params["v"] == "v2"
}

// coreGroups reads the plain answer of /api.
func coreGroups(doc *document) ([]metav1.APIGroup, error) {
	var versions metav1.APIVersions
	if err := doc.decode("APIVersions", &versions); err != nil {
		return nil, err
	}
	var core metav1.APIGroup
	for _, v := range versions.Versions {
		core.Versions = append(core.Versions, metav1.GroupVersionForDiscovery{GroupVersion: v, Version: v})
	}
	return []metav1.APIGroup{core}, nil
}

// namedGroups reads the plain answer of /apis.
func namedGroups(doc *document) ([]metav1.APIGroup, error) {
	var list metav1.APIGroupList
	err := doc.decode("APIGroupList", &list)
	return list.Groups, err
}

// discoverVersions asks an old server for the types of each group version.
func discoverVersions(ctx context.Context, server getter, root string, plain []metav1.APIGroup) ([]apiGroup, error) {
	workers, ctx := errgroup.WithContext(ctx)
	workers.SetLimit(discoveryParallel)
	groups := make([]apiGroup, len(plain))
	for i, g := range plain {
		versions := preferredFirst(g)
		groups[i] = apiGroup{name: g.Name, versions: make([]apiVersion, len(versions))}
		for j, version := range versions {
			workers.Go(func() (err error) {
				defer utilruntime.HandleCrash()
				groups[i].versions[j], err = discoverVersion(ctx, server, root, schema.GroupVersion{Group: g.Name, Version: version})
				return err
			})
		}
	}
	err := workers.Wait()
	for i := range groups {
		answeringFirst(groups[i].versions)
	}
	return groups, err
}

func preferredFirst(g metav1.APIGroup) []string {
	var versions []string
	if g.PreferredVersion.Version != "" {
		versions = append(versions, g.PreferredVersion.Version)
	}
	for _, v := range g.Versions {
		if !slices.Contains(versions, v.Version) {
			versions = append(versions, v.Version)
		}
	}
	return versions
}

// discoverVersion asks for one group version. A group that cannot answer
// hides no other; a server that cannot be reached, or wants us to wait, ends
// the whole discovery.
func discoverVersion(ctx context.Context, server getter, root string, gv schema.GroupVersion) (apiVersion, error) {
	found := apiVersion{version: gv.Version}
	doc, err := server.getDocument(ctx, root+"/"+gv.String(), acceptJSON)
	if err == nil {
		var list metav1.APIResourceList
		err = doc.decode("APIResourceList", &list)
		found.resources = slices.DeleteFunc(list.APIResources, func(r metav1.APIResource) bool { return strings.Contains(r.Name, "/") })
	}
	if err != nil {
		if isStatus := apierrors.APIStatus(nil); apierrors.IsTooManyRequests(err) || !errors.As(err, &isStatus) && !isGarbage(err) {
			return found, err
		}
		found.err = err
	}
	return found, nil
}

func isGarbage(err error) bool {
	var garbage *garbageError
	return errors.As(err, &garbage)
}

// aggregatedGroups converts the form that has everything in one document.
func aggregatedGroups(list apidiscovery.APIGroupDiscoveryList) []apiGroup {
	groups := make([]apiGroup, 0, len(list.Items))
	for _, item := range list.Items {
		group := apiGroup{name: item.Name}
		for _, v := range item.Versions {
			version := apiVersion{version: v.Version}
			if v.Freshness == apidiscovery.DiscoveryFreshnessStale {
				version.err = errStale
			}
			for _, r := range v.Resources {
				if r.ResponseKind != nil && r.ResponseKind.Kind != "" {
					version.resources = append(version.resources, aggregatedResource(r))
				}
			}
			group.versions = append(group.versions, version)
		}
		answeringFirst(group.versions)
		groups = append(groups, group)
	}
	return groups
}

func aggregatedResource(r apidiscovery.APIResourceDiscovery) metav1.APIResource {
	return metav1.APIResource{
		Name:         r.Resource,
		SingularName: r.SingularResource,
		Namespaced:   r.Scope == apidiscovery.ScopeNamespace,
		Kind:         r.ResponseKind.Kind,
		Verbs:        r.Verbs,
		ShortNames:   r.ShortNames,
		Categories:   r.Categories,
	}
}

// answeringFirst puts the versions that failed last: the preferred version is
// the first that answers.
func answeringFirst(versions []apiVersion) {
	slices.SortStableFunc(versions, func(a, b apiVersion) int {
		switch {
		case a.err == nil && b.err != nil:
			return -1
		case a.err != nil && b.err == nil:
			return 1
		}
		return 0
	})
}
