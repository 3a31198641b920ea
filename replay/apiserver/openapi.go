package apiserver

import (
	"fmt"
	"net/http"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// schemas are what the server tells of the schemas of its types in OpenAPI v3. It knows none. But kubectl asks, before it
// writes, who checks the fields of what it sends; told that the server does, it goes on to the write, and shows why that
// is refused.
type schemas struct {
	OpenAPI    string            `json:"openapi"`
	Info       map[string]string `json:"info"`
	Paths      map[string]any    `json:"paths"`
	Components map[string]any    `json:"components"`
}

func (c *call) serveOpenAPI() error {
	switch parts := c.target.parts[1:]; {
	case len(parts) > 0 && parts[0] == "v3":
		return c.serveSchemas()
	case len(parts) == 1 && parts[0] == "v2":
		return c.servePlainSchemas()
	}
	return c.unknown()
}

// servePlainSchemas serves /openapi/v2, which kubectl checks the parts of a List by. It lets pass what it finds no schema of.
func (c *call) servePlainSchemas() error {
	if strings.Contains(c.r.Header.Get("Accept"), "application/com.github.proto-openapi.spec.v2@v1.0+protobuf") {
		// Without the @, which no media type may have.
		c.w.Header().Set("Content-Type", "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
		c.w.WriteHeader(http.StatusOK) // a message without fields takes no bytes
		return nil
	}
	info := map[string]string{"title": "Kubernetes", "version": c.opts.Version}
	return c.writeJSON(http.StatusOK, map[string]any{"swagger": "2.0", "info": info, "paths": map[string]any{}})
}

// serveSchemas serves /openapi/v3 and what is below it, down to a version of a group.
func (c *call) serveSchemas() error {
	if len(c.target.parts) == 2 {
		return c.writeJSON(http.StatusOK, map[string]any{"paths": c.schemaPaths()})
	}
	found := schemas{
		OpenAPI: "3.0.0", Info: map[string]string{"title": "Kubernetes", "version": c.opts.Version},
		Paths: map[string]any{}, Components: map[string]any{},
	}
	kinds := map[string]any{}
	for _, t := range c.store.Types() {
		if "/openapi/v3/"+versionPath(t) == c.r.URL.Path {
			found.Paths[objectPath(t)] = map[string]any{"patch": checked(t)}
			kinds[t.Kind] = c.unknownSchema(t)
		}
	}
	if len(found.Paths) == 0 {
		return c.unknown()
	}
	found.Components["schemas"] = kinds
	return c.writeJSON(http.StatusOK, found)
}

// schemaPaths says where the schemas of each version of a group are.
func (c *call) schemaPaths() map[string]any {
	paths := map[string]any{}
	for _, t := range c.store.Types() {
		path := versionPath(t)
		paths[path] = map[string]string{"serverRelativeURL": "/openapi/v3/" + path}
	}
	return paths
}

const kindExtension = "x-kubernetes-group-version-kind"

// checked describes a write whose fields the server would check.
func checked(t store.Type) map[string]any {
	return map[string]any{
		"parameters":  []any{map[string]any{"name": "fieldValidation", "in": "query"}},
		"responses":   map[string]any{},
		kindExtension: metav1.GroupVersionKind(t.GroupVersionKind()),
	}
}

// unknownSchema is what kubectl explain shows.
func (c *call) unknownSchema(t store.Type) map[string]any {
	return map[string]any{
		"type":        "object",
		"description": fmt.Sprintf("The server has no schema of %s: %s", t.Resource.Resource, c.opts.ReadOnlyMessage),
		kindExtension: []any{metav1.GroupVersionKind(t.GroupVersionKind())},
	}
}

func versionPath(t store.Type) string {
	if gv := t.Resource.GroupVersion(); gv.Group != "" {
		return "apis/" + gv.String()
	}
	return "api/" + t.Resource.Version
}

func objectPath(t store.Type) string {
	path := "/" + versionPath(t)
	if t.Namespaced {
		path += "/namespaces/{namespace}"
	}
	return path + "/" + t.Resource.Resource + "/{name}"
}
