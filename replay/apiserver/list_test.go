package apiserver_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

// list is a list of any form, as far as the tests look at it.
type list struct {
	Kind       string          `json:"kind"`
	APIVersion string          `json:"apiVersion"`
	Metadata   metav1.ListMeta `json:"metadata"`
	Items      []struct {
		metav1.TypeMeta   `json:",inline"`
		metav1.ObjectMeta `json:"metadata"`
	} `json:"items"`
}

func (l list) names() []string {
	names := make([]string, len(l.Items))
	for i, item := range l.Items {
		names[i] = item.Name
	}
	return names
}

const podsPath = "/api/v1/pods"

// All pages of a list show the state at which it began, whatever is written meanwhile.
func TestPagesAreConsistentUnderWrites(t *testing.T) {
	w := start(t, 100, apiserver.Options{})
	var whole list
	w.get(&whole, podsPath)
	var got []string
	next := podsPath + "?limit=7"
	for page := 0; next != ""; page++ {
		var l list
		if code := w.get(&l, next); code != http.StatusOK {
			t.Fatalf("page %d: %d", page, code)
		}
		if l.Metadata.ResourceVersion != whole.Metadata.ResourceVersion {
			t.Fatalf("page %d is of %s, want %s", page, l.Metadata.ResourceVersion, whole.Metadata.ResourceVersion)
		}
		for _, item := range l.Items {
			got = append(got, item.Name+" "+item.ResourceVersion)
		}
		w.apply(pods, sample.Pod(99-page))
		w.apply(pods, sample.Pod(200+page))
		w.delete(pods, "shop", fmt.Sprintf("web-7c9d8f6b5d-%05d", page*15))
		next = ""
		if l.Metadata.Continue != "" {
			next = podsPath + "?limit=7&continue=" + url.QueryEscape(l.Metadata.Continue)
		}
		if page == 5 {
			break
		}
	}
	var want []string
	for _, item := range whole.Items[:len(got)] {
		want = append(want, item.Name+" "+item.ResourceVersion)
	}
	if len(got) != 42 || !slices.Equal(got, want) {
		t.Errorf("pages show\n%v, want\n%v", got, want)
	}
}

func TestExpiredContinueOffersToGoOn(t *testing.T) {
	w := start(t, 10, apiserver.Options{})
	var first list
	w.get(&first, podsPath+"?limit=4")
	last := w.apply(pods, sample.Pod(12)) // in the last namespace, so behind the first page
	w.st.Compact(last)
	status := w.refused(http.StatusGone, podsPath+"?limit=4&continue="+url.QueryEscape(first.Metadata.Continue))
	if status.Reason != metav1.StatusReasonExpired || status.Continue == "" {
		t.Fatalf("status %+v", status)
	}
	var rest list
	w.get(&rest, podsPath+"?continue="+url.QueryEscape(status.Continue))
	if len(rest.Items) != 7 || rest.Metadata.ResourceVersion != fmt.Sprint(last) {
		t.Errorf("%d items at %s, want 7 at %d", len(rest.Items), rest.Metadata.ResourceVersion, last)
	}
}

func TestListVersions(t *testing.T) {
	w := start(t, 5, apiserver.Options{})
	before := w.st.ResourceVersion()
	now := w.apply(pods, sample.Pod(5))
	for query, want := range map[string]struct {
		items int
		rv    uint64
	}{
		"":                           {6, now},
		"?resourceVersion=0":         {6, now},
		"?resourceVersion=0&limit=2": {6, now}, // the limit is ignored
		fmt.Sprintf("?resourceVersion=%d", before):                                      {6, now},
		fmt.Sprintf("?resourceVersion=%d&resourceVersionMatch=NotOlderThan", before):    {6, now},
		fmt.Sprintf("?resourceVersion=%d&resourceVersionMatch=Exact", before):           {5, before},
		fmt.Sprintf("?resourceVersion=%d&limit=2", before):                              {2, before},
		fmt.Sprintf("?resourceVersion=%d&resourceVersionMatch=Exact&limit=3", before):   {3, before},
		fmt.Sprintf("?resourceVersion=%d&resourceVersionMatch=NotOlderThan&limit=3", 1): {3, now},
	} {
		var l list
		w.get(&l, podsPath+query)
		if len(l.Items) != want.items || l.Metadata.ResourceVersion != fmt.Sprint(want.rv) {
			t.Errorf("%s: %d items at %s, want %+v", query, len(l.Items), l.Metadata.ResourceVersion, want)
		}
	}
	ahead := w.refused(http.StatusGatewayTimeout, fmt.Sprintf("%s?resourceVersion=%d", podsPath, now+1))
	if ahead.Details.Causes[0].Type != metav1.CauseTypeResourceVersionTooLarge {
		t.Errorf("ahead: %+v", ahead)
	}
	w.st.Compact(now)
	w.refused(http.StatusGone, fmt.Sprintf("%s?resourceVersion=%d&resourceVersionMatch=Exact", podsPath, before))
	for _, bad := range []string{
		"?resourceVersionMatch=Exact", "?resourceVersion=0&resourceVersionMatch=Exact", "?resourceVersion=1&resourceVersionMatch=Odd",
		"?sendInitialEvents=true",
	} {
		w.refused(http.StatusUnprocessableEntity, podsPath+bad)
	}
	for _, bad := range []string{"?limit=x", "?labelSelector=%3D", "?fieldSelector=a", "?continue=x", "?resourceVersion=1&continue=x"} {
		w.refused(http.StatusBadRequest, podsPath+bad)
	}
}

func TestSelectors(t *testing.T) {
	w := start(t, 60, apiserver.Options{})
	for path, want := range map[string]int{
		podsPath + "?labelSelector=" + url.QueryEscape("app in (web,api),tier=front"): 12,
		podsPath + "?fieldSelector=spec.nodeName=node-01":                             20,
		podsPath + "?fieldSelector=" + url.QueryEscape("metadata.namespace!=shop"):    40,
		podsPath + "?fieldSelector=metadata.name=web-7c9d8f6b5d-00000":                1,
		"/api/v1/namespaces/shop/pods":                                                20,
		"/api/v1/namespaces/shop/pods?fieldSelector=metadata.namespace=default":       0,
		"/api/v1/namespaces/none/pods":                                                0,
		"/apis/acme.io/v1/gauges?fieldSelector=metadata.name=boiler":                  1,
	} {
		var l list
		if w.get(&l, path); len(l.Items) != want || l.Items == nil {
			t.Errorf("%s: %d items, want %d", path, len(l.Items), want)
		}
	}
	if s := w.refused(http.StatusBadRequest, podsPath+"?fieldSelector=spec.odd=1"); s.Message != "field label not supported: spec.odd" {
		t.Errorf("message %q", s.Message)
	}
	w.refused(http.StatusBadRequest, "/api/v1/nodes?fieldSelector=metadata.namespace=shop")
}

// A limit counts what is selected; how many are left is not told then.
func TestPagesOfASelection(t *testing.T) {
	w := start(t, 60, apiserver.Options{})
	path := "/api/v1/namespaces/shop/pods?limit=3&labelSelector=app%3Dweb"
	var names []string
	for next := path; next != ""; {
		var l list
		w.get(&l, next)
		names = append(names, l.names()...)
		if l.Metadata.RemainingItemCount != nil {
			t.Errorf("remaining %d", *l.Metadata.RemainingItemCount)
		}
		next = ""
		if l.Metadata.Continue != "" {
			next = path + "&continue=" + url.QueryEscape(l.Metadata.Continue)
		}
	}
	if len(names) != 4 || !slices.IsSorted(names) {
		t.Errorf("names %v", names)
	}
}

func TestForms(t *testing.T) {
	w := start(t, 2, apiserver.Options{})
	var l list
	w.get(&l, podsPath)
	if l.Kind != "PodList" || l.APIVersion != "v1" || len(l.Items) != 2 {
		t.Errorf("plain: %+v", l)
	}
	w.get(&l, podsPath, "Accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")
	if l.Kind != "PartialObjectMetadataList" || l.Items[0].Kind != "PartialObjectMetadata" || l.Items[0].Labels == nil {
		t.Errorf("partial: %+v", l)
	}
	w.get(&l, podsPath, "Accept", "application/vnd.kubernetes.protobuf, application/json;q=0.5")
	if l.Kind != "PodList" {
		t.Errorf("second choice: %+v", l)
	}
	for _, accept := range []string{
		"application/vnd.kubernetes.protobuf", "text/html", "application/json;as=Chart;g=meta.k8s.io;v=v1",
		"application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io", ";;", "application/json;as=Table;v=v7;g=meta.k8s.io",
	} {
		w.refused(http.StatusNotAcceptable, podsPath, "Accept", accept)
	}
}

func TestLargeListsAreCompressedForThoseWhoAccept(t *testing.T) {
	w := start(t, 100, apiserver.Options{})
	for path, want := range map[string]string{podsPath: "gzip", podsPath + "?limit=3": ""} {
		resp := w.do(t.Context(), http.MethodGet, path, "Accept-Encoding", "gzip")
		if got := resp.Header.Get("Content-Encoding"); got != want {
			t.Errorf("%s: encoding %q, want %q", path, got, want)
		}
		if want == "gzip" {
			body, err := gzip.NewReader(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			var l list
			if err := json.NewDecoder(body).Decode(&l); err != nil || len(l.Items) != 100 {
				t.Errorf("%d items, %v", len(l.Items), err)
			}
		}
		_ = resp.Body.Close()
	}
}

func TestGet(t *testing.T) {
	w := start(t, 1, apiserver.Options{})
	var pod map[string]any
	if code := w.get(&pod, "/api/v1/namespaces/shop/pods/web-7c9d8f6b5d-00000"); code != http.StatusOK || pod["kind"] != "Pod" {
		t.Errorf("%d: %v", code, pod)
	}
	status := w.refused(http.StatusNotFound, "/api/v1/namespaces/shop/pods/x")
	if status.Message != `pods "x" not found` || status.Details.Kind != "pods" || status.Details.Name != "x" {
		t.Errorf("missing: %+v", status)
	}
	status = w.refused(http.StatusNotFound, "/apis/acme.io/v1/namespaces/shop/gauges/x")
	if status.Message != `gauges.acme.io "x" not found` || status.Details.Group != "acme.io" {
		t.Errorf("missing: %+v", status)
	}
	w.refused(http.StatusGatewayTimeout, "/api/v1/namespaces/shop/pods/x?resourceVersion=99999")
}

// Within a group that is served the API answers; elsewhere it is an ordinary web server.
func TestUnknownPaths(t *testing.T) {
	w := start(t, 0, apiserver.Options{})
	for _, path := range []string{
		"/api/v1/things", "/api/v2/pods", "/api/v1/pods/x", "/api/v1/namespaces/a/nodes", "/apis/apps/v7",
	} {
		if s := w.refused(http.StatusNotFound, path); s.Message != "the server could not find the requested resource" || s.Details == nil {
			t.Errorf("%s: %+v", path, s)
		}
	}
	for _, path := range []string{"/", "/nothing", "/apis/none.io/v1/things", "/apis/none.io", "/openapi/v1"} {
		resp := w.do(t.Context(), http.MethodGet, path)
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusNotFound || string(body) != "404 page not found\n" {
			t.Errorf("%s: %d %q, %v", path, resp.StatusCode, body, err)
		}
	}
}
