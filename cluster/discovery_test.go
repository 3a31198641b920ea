package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery"
)

// fakeServer answers documents by path.
type fakeServer struct {
	mu    sync.Mutex
	docs  map[string]document
	errs  map[string]error
	asked []string
}

func (f *fakeServer) getDocument(_ context.Context, path, _ string) (document, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, path)
	if err := f.errs[path]; err != nil {
		return document{}, err
	}
	doc, ok := f.docs[path]
	if !ok {
		return document{}, statusOf(404, metav1.StatusReasonNotFound, "no "+path)
	}
	doc.path = path
	return doc, nil
}

func aggregatedDoc(groups ...string) document {
	return document{
		contentType: discovery.AcceptV2,
		body:        []byte(`{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[` + strings.Join(groups, ",") + `]}`),
	}
}

// group makes one group of an aggregated answer: "v1 foos=Foo,bars=Bar" or "v1! ..." for a stale version.
func group(name string, versions ...string) string {
	var items []string
	for _, v := range versions {
		version, list, _ := strings.Cut(v, " ")
		freshness := "Current"
		if strings.HasSuffix(version, "!") {
			version, freshness = version[:len(version)-1], "Stale"
		}
		var resources []string
		for _, r := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' }) {
			plural, kind, _ := strings.Cut(r, "=")
			resources = append(resources, fmt.Sprintf(
				`{"resource":%q,"responseKind":{"kind":%q},"scope":"Namespaced","singularResource":%q,"verbs":["get","list","watch"]}`,
				plural, kind, strings.ToLower(kind)))
		}
		items = append(items, fmt.Sprintf(`{"version":%q,"freshness":%q,"resources":[%s]}`, version, freshness, strings.Join(resources, ",")))
	}
	return fmt.Sprintf(`{"metadata":{"name":%q},"versions":[%s]}`, name, strings.Join(items, ","))
}

func plainDoc(body string) document {
	return document{contentType: "application/json", body: []byte(body)}
}

const (
	plainCore   = `{"kind":"APIVersions","versions":["v1"]}`
	plainCoreV1 = `{"kind":"APIResourceList","groupVersion":"v1","resources":[
		{"name":"pods","kind":"Pod","namespaced":true,"verbs":["list","watch"],"shortNames":["po"]},
		{"name":"pods/log","kind":"Pod","namespaced":true,"verbs":["get"]}]}`
	plainGroups = `{"kind":"APIGroupList","groups":[
		{"name":"apps","versions":[{"groupVersion":"apps/v1beta1","version":"v1beta1"},{"groupVersion":"apps/v1","version":"v1"}],
		 "preferredVersion":{"groupVersion":"apps/v1","version":"v1"}},
		{"name":"metrics","versions":[{"groupVersion":"metrics/v1","version":"v1"}],"preferredVersion":{"groupVersion":"metrics/v1","version":"v1"}}]}`
	plainApps = `{"kind":"APIResourceList","resources":[{"name":"deployments","kind":"Deployment","namespaced":true,"verbs":["list","watch"]}]}`
)

// ignore takes the core group before all others, and does nothing.
func ignore([]apiGroup) {}

func plainServer() *fakeServer {
	return &fakeServer{docs: map[string]document{
		"/api": plainDoc(plainCore), "/api/v1": plainDoc(plainCoreV1),
		"/apis": plainDoc(plainGroups), "/apis/apps/v1": plainDoc(plainApps), "/apis/apps/v1beta1": plainDoc(plainApps),
	}, errs: map[string]error{"/apis/metrics/v1": statusOf(503, metav1.StatusReasonServiceUnavailable, "down")}}
}

// describe writes groups in short: "apps: v1[deployments] v1beta1[...]!".
func describe(groups []apiGroup) []string {
	var lines []string
	for _, g := range groups {
		line := g.name + ":"
		for _, v := range g.versions {
			var names []string
			for _, r := range v.resources {
				names = append(names, r.Name)
			}
			line += fmt.Sprintf(" %s%v", v.version, names)
			if v.err != nil {
				line += "!"
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func TestDiscoverAggregated(t *testing.T) {
	server := &fakeServer{docs: map[string]document{
		"/api":  aggregatedDoc(group("", "v1 pods=Pod,services=Service")),
		"/apis": aggregatedDoc(group("apps", "v1 deployments=Deployment"), group("m", "v2! ms=M", "v1 ms=M")),
	}}
	groups, err := discover(t.Context(), server, &Snapshot{}, ignore)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{": v1[pods services]", "apps: v1[deployments]", "m: v1[ms] v2[ms]!"}
	if diff := cmp.Diff(want, describe(groups)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"/api", "/apis"}, slices.Sorted(slices.Values(server.asked))); diff != "" {
		t.Error("requests:", diff)
	}
}

func TestDiscoverPlain(t *testing.T) {
	groups, err := discover(t.Context(), plainServer(), &Snapshot{}, ignore)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{": v1[pods]", "apps: v1[deployments] v1beta1[deployments]", "metrics: v1[]!"}
	if diff := cmp.Diff(want, describe(groups)); diff != "" {
		t.Error(diff)
	}
}

func TestDiscoverFails(t *testing.T) {
	broken := errors.New("connection reset")
	forbidden := statusOf(403, metav1.StatusReasonForbidden, "no")
	good := aggregatedDoc(group("", "v1 pods=Pod"))
	tests := []struct {
		name   string
		change func(*fakeServer)
		want   func(error) bool
	}{
		{"connection", func(f *fakeServer) { f.errs["/api"] = broken }, func(err error) bool { return errors.Is(err, broken) }},
		{"connection in between", func(f *fakeServer) { f.errs["/apis/apps/v1"] = broken }, func(err error) bool { return errors.Is(err, broken) }},
		{"busy", func(f *fakeServer) {
			f.errs["/apis/apps/v1"] = statusOf(429, metav1.StatusReasonTooManyRequests, "busy")
		}, apierrors.IsTooManyRequests},
		{"forbidden", func(f *fakeServer) { f.errs["/api"], f.errs["/apis"] = forbidden, forbidden }, apierrors.IsForbidden},
		{"garbage", func(f *fakeServer) { f.docs["/api"] = plainDoc("<html>") }, isGarbage},
		{"another kind", func(f *fakeServer) { f.docs["/apis"] = plainDoc(`{"kind":"Status"}`) }, isGarbage},
		{"empty", func(f *fakeServer) { f.docs["/apis"] = plainDoc("") }, isGarbage},
		{"wrong types", func(f *fakeServer) { f.docs["/apis"] = aggregatedDoc(`{"versions":7}`) }, isGarbage},
		{"core only is enough", func(f *fakeServer) { f.docs["/api"] = good; f.errs["/apis"] = forbidden }, func(err error) bool { return err == nil }},
		{"groups only is enough", func(f *fakeServer) { delete(f.docs, "/api") }, func(err error) bool { return err == nil }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := plainServer()
			test.change(server)
			if _, err := discover(t.Context(), server, &Snapshot{}, ignore); !test.want(err) {
				t.Errorf("error = %v", err)
			}
		})
	}
}

// A server that comes up may refuse for a moment what it serves: that takes away no type.
func TestRefusedRootThatWasKnownIsAFailure(t *testing.T) {
	groups, err := discover(t.Context(), plainServer(), &Snapshot{}, ignore)
	if err != nil {
		t.Fatal(err)
	}
	known := newSnapshot(groups, &Snapshot{}, time.Now())
	for _, root := range []string{"/api", "/apis"} {
		server := plainServer()
		server.errs[root] = statusOf(403, metav1.StatusReasonForbidden, "no")
		if _, err := discover(t.Context(), server, known, ignore); !apierrors.IsForbidden(err) {
			t.Errorf("%s refused: error = %v", root, err)
		}
	}
}

func TestGarbageOfOneGroupHidesNoOther(t *testing.T) {
	server := plainServer()
	server.docs["/apis/apps/v1"] = plainDoc("oops")
	groups, err := discover(t.Context(), server, &Snapshot{}, ignore)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{": v1[pods]", "apps: v1beta1[deployments] v1[]!", "metrics: v1[]!"}
	if diff := cmp.Diff(want, describe(groups)); diff != "" {
		t.Error(diff)
	}
}

func FuzzDiscoverAggregated(f *testing.F) {
	f.Add(string(aggregatedDoc(group("", "v1 pods=Pod"), group("m", "v2! ms=M")).body), discovery.AcceptV2)
	f.Add(plainGroups, "application/json")
	f.Add(`{"kind":"APIGroupDiscoveryList","items":[{"versions":[{"resources":[{"resource":"/"}]}]}]}`, discovery.AcceptV2)
	f.Fuzz(func(t *testing.T, body, contentType string) {
		doc := document{contentType: contentType, body: []byte(body)}
		groups, err := discover(t.Context(), &fakeServer{docs: map[string]document{"/api": doc, "/apis": doc}}, &Snapshot{}, ignore)
		if err != nil {
			return
		}
		s := newSnapshot(groups, &Snapshot{}, t0)
		for _, arg := range []string{"pods", "po", "a.b.c", "pod.v1.", "."} {
			_, _ = s.Resolve(arg)
		}
	})
}
