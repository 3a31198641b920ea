package apiserver_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
)

// No path, query or header may make the server panic or answer with something that is no HTTP answer.
func FuzzRequests(f *testing.F) {
	st, err := sample.Store(3)
	if err != nil {
		f.Fatal(err)
	}
	server := apiserver.New(st, apiserver.Options{})
	f.Cleanup(func() { _ = server.Close() })
	for _, seed := range [][2]string{
		{podsPath, "limit=1&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiYS9iXHUwMDAwIn0"},
		{podsPath, "watch=1&timeoutSeconds=9223372036854775807&resourceVersion=3"},
		{podsPath, streamingList + "&includeObject=None"},
		{"/apis/acme.io/v1/namespaces/shop/gauges/boiler", "labelSelector=a=b&fieldSelector=metadata.name%3Dx"},
		{"/apis/acme.io", ""},
		{"/api", ""},
		{"/apis/apps/v1/", "limit=-1"},
		{"//api//v1//pods", ""},
		{"/api/v1/namespaces", "resourceVersion=-1"},
	} {
		f.Add("GET", seed[0], seed[1], tableAccept)
	}
	f.Add("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "", "*/*;q=x")
	f.Fuzz(func(t *testing.T, method, path, query, accept string) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond) // ends watches
		defer cancel()
		r := &http.Request{
			Method: method, URL: &url.URL{Path: path, RawQuery: query}, Header: http.Header{"Accept": {accept}},
			Host: "fuzz", Body: http.NoBody, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		}
		answer := httptest.NewRecorder()
		server.Handler().ServeHTTP(answer, r.WithContext(ctx))
		if answer.Code < 200 || answer.Code > 599 {
			t.Errorf("code %d", answer.Code)
		}
	})
}
