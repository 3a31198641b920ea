package apiserver_test

import (
	"net/http"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/client-go/discovery"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

// kubectl writes, and so is told why it may not, once it knows that the server checks the fields of what it sends.
func TestFieldsAreCheckedByTheServer(t *testing.T) {
	w := start(t, 0, apiserver.Options{})
	client, err := discovery.NewDiscoveryClientForConfigAndClient(w.config, w.client)
	if err != nil {
		t.Fatal(err)
	}
	verifier := resource.NewQueryParamVerifierV3(w.dynamic(), client.OpenAPIV3(), resource.QueryParamFieldValidation)
	for _, of := range sample.Types() {
		if err := verifier.HasSupport(of.GroupVersionKind()); err != nil {
			t.Errorf("%v: %v", of.Resource, err)
		}
	}
	unknown := schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Nothing"}
	if err := verifier.HasSupport(unknown); err == nil {
		t.Errorf("%v is supported", unknown)
	}
	if doc, err := client.OpenAPISchema(); err != nil || len(doc.GetDefinitions().GetAdditionalProperties()) > 0 {
		t.Errorf("schemas of the old form: %v, %v", doc, err)
	}
	resp := w.do(t.Context(), http.MethodGet, "/openapi/v3/apis/apps/v9")
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("a version that is not served: %d, %v", resp.StatusCode, err)
	}
}

// Of a pod there is what was recorded, which its log is not.
func TestSubresourcesSayWhyTheyAreNot(t *testing.T) {
	w := start(t, 1, apiserver.Options{ReadOnlyMessage: "this is a recording"})
	s := w.refused(http.StatusNotFound, "/api/v1/namespaces/shop/pods/web-7c9d8f6b5d-00000/log?container=web")
	if s.Reason != metav1.StatusReasonNotFound || !strings.Contains(s.Message, "no log of pods: this is a recording") {
		t.Errorf("status %+v", s)
	}
}
