package apiserver

import (
	"net/http"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// target is what a request's path asks for. Without a resource it is a document: discovery, version, health.
type target struct {
	verb        string
	parts       []string // of the path
	resource    schema.GroupVersionResource
	namespace   string
	name        string
	subresource string
}

func (t target) isResource() bool { return t.resource.Resource != "" }

// group is the API group that the path is in, if it is in one.
func (t target) group() (string, bool) {
	switch {
	case len(t.parts) > 0 && t.parts[0] == "api":
		return "", true
	case len(t.parts) > 1 && t.parts[0] == "apis":
		return t.parts[1], true
	}
	return "", false
}

// route reads the path by the API's conventions: /api/v1/… and /apis/GROUP/VERSION/…, then
// [namespaces/NAMESPACE/]RESOURCE[/NAME[/SUBRESOURCE]]. What is not of that form has no resource.
func route(r *http.Request) target {
	t := target{verb: strings.ToLower(r.Method)}
	trimmed := strings.Trim(r.URL.Path, "/")
	if trimmed == "" {
		return t
	}
	t.parts = strings.Split(trimmed, "/")
	rest := t.parts
	switch {
	case len(rest) > 2 && rest[0] == "api":
		t.resource.Version, rest = rest[1], rest[2:]
	case len(rest) > 3 && rest[0] == "apis":
		t.resource.Group, t.resource.Version, rest = rest[1], rest[2], rest[3:]
	default:
		return t
	}
	if rest[0] == "namespaces" && len(rest) > 2 && rest[2] != "status" && rest[2] != "finalize" {
		t.namespace, rest = rest[1], rest[2:]
	}
	t.resource.Resource = rest[0]
	if len(rest) > 1 {
		t.name = rest[1]
	}
	if len(rest) > 2 {
		t.subresource = strings.Join(rest[2:], "/")
	}
	t.verb = verbOf(r, t.name)
	return t
}

func verbOf(r *http.Request, name string) string {
	switch r.Method {
	case http.MethodGet:
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	default:
		return strings.ToLower(r.Method)
	}
	switch {
	case name != "":
		return "get"
	case truthy(r.URL.Query(), "watch"):
		return "watch"
	}
	return "list"
}

// truthy reads a switch of the query as the API does: there, and neither false nor 0.
func truthy(query map[string][]string, name string) bool {
	values, ok := query[name]
	if !ok || len(values) == 0 {
		return false
	}
	value := strings.ToLower(values[0])
	return value != "false" && value != "0"
}
