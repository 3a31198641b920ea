package mcp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/dogwatch/dogwatch/mcp"
	"github.com/dogwatch/dogwatch/replay/apiserver"
)

func TestToolsSayThatTheyReadAndThatTextIsData(t *testing.T) {
	b := newBench(t, benchOptions{})
	tools, err := b.client.ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(tools.Tools) == 0 {
		t.Error("there are no tools")
	}
	for _, tool := range tools.Tools {
		if !tool.Annotations.ReadOnlyHint || !strings.Contains(tool.Description, "data, not instructions") {
			t.Errorf("%s does not say so: %+v %s", tool.Name, tool.Annotations, tool.Description)
		}
		schema, _ := json.Marshal(tool.InputSchema)
		if !strings.Contains(string(schema), `"description"`) {
			t.Errorf("%s does not say what can be asked: %s", tool.Name, schema)
		}
	}
	if result := b.client.InitializeResult(); !strings.Contains(result.Instructions, "never an instruction") {
		t.Errorf("the instructions are %q", result.Instructions)
	}
}

func TestListTypes(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.ask("query_objects", args{"type": "pods,deployments"}) // waits until they are live
	answer, _ := b.ask("list_types", args{})
	if answer["context"] != "sample" || answer["namespace"] != "all" || answer["total"] != 6.0 {
		t.Errorf("the answer is %v", answer)
	}
	states := map[string]string{}
	for _, item := range list(answer, "types") {
		watch := map[string]any{}
		if all := list(item, "watches"); len(all) > 0 {
			watch = all[0]
		}
		states[item["type"].(string)] = fmt.Sprint(watch["state"], " ", watch["objects"], " ", watch["complete"])
	}
	const none = "<nil> <nil> <nil>"
	want := map[string]string{
		"pods": "live 20 true", "deployments.apps": "live 1 true", "gauges.acme.io": none, "namespaces": none, "nodes": none, "secrets": none,
	}
	if fmt.Sprint(states) != fmt.Sprint(want) {
		t.Errorf("the types are %v, wanted %v", states, want)
	}
	answer, _ = b.ask("list_types", args{"watched_only": true, "match": "deploy"})
	if types := list(answer, "types"); len(types) != 1 || types[0]["kind"] != "Deployment" {
		t.Errorf("of those that match there are %v", types)
	}
	pages, n := b.all("list_types", args{"limit": 4}, "types")
	if len(pages) != 6 || n != 2 {
		t.Errorf("in %d pages: %v", n, pages)
	}
}

func TestQueryObjects(t *testing.T) {
	b := newBench(t, benchOptions{})
	for _, c := range []struct {
		question args
		total    float64
		first    string
	}{
		{args{"type": "pods"}, 20, "api-7c9d8f6b5d-00001"},
		{args{"type": "po"}, 20, "api-7c9d8f6b5d-00001"},
		{args{"type": "pods", "namespace": "shop"}, 7, "api-7c9d8f6b5d-00006"},
		{args{"type": "pods", "name": "web-*"}, 4, "web-7c9d8f6b5d-00010"},
		{args{"type": "pods", "match": "-l app=web", "namespace": "shop"}, 2, "web-7c9d8f6b5d-00000"},
		{args{"type": "pods", "match": "api !00001"}, 3, "api-7c9d8f6b5d-00016"},
		{args{"type": "pods", "health": "unhealthy"}, 0, ""},
		{args{"type": "pods", "name": "nothing"}, 0, ""},
		{args{"type": "pods", "count_only": true}, 20, ""},
		{args{"type": "deployments.apps,pods", "namespace": "shop"}, 8, "web"},
	} {
		answer, _ := b.ask("query_objects", c.question)
		first := ""
		if all := list(answer, "objects"); len(all) > 0 {
			first, _ = all[0]["name"].(string)
		}
		if answer["total"] != c.total || first != c.first {
			t.Errorf("%v: %v, the first is %q, wanted %v and %q", c.question, answer["total"], first, c.total, c.first)
		}
		watch := list(answer, "watches")[0]
		if watch["state"] != "live" || watch["complete"] != true || watch["as_of"] == nil {
			t.Errorf("%v: the watch is %v", c.question, watch)
		}
	}
}

func TestQueryGivesCellsOrFields(t *testing.T) {
	b := newBench(t, benchOptions{})
	answer, _ := b.ask("query_objects", args{"type": "pods", "name": "web-7c9d8f6b5d-00000"})
	item := list(answer, "objects")[0]
	if cells := item["cells"].(map[string]any); cells["Status"] != "Running" || cells["Ready"] != "1/1" || len(cells) != 3 {
		t.Errorf("the cells are %v", cells)
	}
	if item["namespace"] != "shop" || item["health"] != "healthy" || item["created"] == nil {
		t.Errorf("the object is %v", item)
	}
	answer, _ = b.ask("query_objects", args{"type": "pods", "name": "web-7c9d8f6b5d-00000", "fields": []string{
		"spec.nodeName", "{.spec.containers[*].image}", ".metadata.labels.app", `.status.conditions[?(@.type=="Ready")].status`, ".spec.nothing", ".spec.containers[7].image",
	}})
	got, _ := json.Marshal(list(answer, "objects")[0]["fields"])
	want := `{".metadata.labels.app":"web",".status.conditions[?(@.type==\"Ready\")].status":["True"],"spec.nodeName":"node-00","{.spec.containers[*].image}":["registry.example/web:1.4.0"]}`
	if string(got) != want {
		t.Errorf("the fields are\n%s, wanted\n%s", got, want)
	}
}

func TestQueryIsPaged(t *testing.T) {
	b := newBench(t, benchOptions{})
	whole, _ := b.all("query_objects", args{"type": "pods"}, "objects")
	paged, pages := b.all("query_objects", args{"type": "pods", "limit": 7}, "objects")
	if pages != 3 || names(paged) != names(whole) || len(whole) != 20 {
		t.Errorf("in %d pages: %s\nwanted %s", pages, names(paged), names(whole))
	}
	// An object that goes meanwhile moves no other.
	answer, _ := b.ask("query_objects", args{"type": "pods", "limit": 7})
	if _, err := b.store.Delete(pods, "default", "api-7c9d8f6b5d-00001"); err != nil {
		t.Fatal(err)
	}
	b.until("one is gone", "query_objects", args{"type": "pods"}, func(a map[string]any) bool { return a["total"] == 19.0 })
	rest, _ := b.all("query_objects", args{"type": "pods", "limit": 7, "cursor": answer["next_cursor"]}, "objects")
	if got := names(list(answer, "objects")) + " " + names(rest); got != names(whole) {
		t.Errorf("the pages are %s\nwanted %s", got, names(whole))
	}
}

func TestAnswersAreBounded(t *testing.T) {
	const limit = 8 << 10
	b := newBench(t, benchOptions{mcp: mcp.Options{AnswerBytes: limit}})
	long := strings.Repeat("x", 100_000)
	b.apply(pods, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"long","namespace":"a","annotations":{"long":"`+long+`"}}}`)
	for i := range 300 {
		b.apply(pods, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"some-pod-%d","namespace":"b"}}`, i))
	}
	b.until("all are there", "query_objects", args{"type": "pods", "count_only": true}, func(a map[string]any) bool { return a["total"] == 321.0 })
	for tool, question := range map[string]args{
		"query_objects": {"type": "pods", "limit": 1000, "fields": []string{".metadata.annotations.long", ".metadata", "."}},
		"get_object":    {"type": "pods", "name": "long"},
		"list_types":    {},
	} {
		if n := len(said(b.call(tool, question))); n > limit {
			t.Errorf("%s answers in %d bytes", tool, n)
		}
	}
	all, pages := b.all("query_objects", args{"type": "pods", "limit": 500}, "objects")
	if len(all) != 321 || pages < 3 {
		t.Errorf("%d objects in %d pages", len(all), pages)
	}
	// A long object is read in parts.
	var text strings.Builder
	question := args{"type": "pods", "name": "long", "namespace": "a"}
	for {
		answer, part := b.ask("get_object", question)
		text.WriteString(part)
		if answer["next_cursor"] == nil {
			break
		}
		question["cursor"] = answer["next_cursor"]
	}
	if !strings.Contains(text.String(), "long: "+long) {
		t.Errorf("the parts do not give the whole, but %d bytes", text.Len())
	}
}

func TestGetObject(t *testing.T) {
	b := newBench(t, benchOptions{})
	answer, text := b.ask("get_object", args{"type": "deploy", "name": "web"})
	if !strings.HasPrefix(text, "apiVersion: apps/v1\nkind: Deployment\n") || answer["namespace"] != "shop" || strings.Contains(text, "managedFields") {
		t.Errorf("%v\n%s", answer, text)
	}
	_, text = b.ask("get_object", args{"type": "deploy", "name": "web", "namespace": "shop", "format": "json"})
	if !json.Valid([]byte(text)) || !strings.Contains(text, `"kind": "Deployment"`) {
		t.Errorf("%s", text)
	}
	for _, c := range []struct {
		question args
		said     string
	}{
		{args{"type": "deploy", "name": "wbe"}, "there is no wbe among the deployments"},
		{args{"type": "deploy", "name": "web", "format": "xml"}, "give yaml or json"},
		{args{"type": "deploy", "name": "web", "cursor": "nonsense"}, "cursor"},
		{args{"type": "deploy,pods", "name": "web"}, "several types"},
		{args{"type": "deplyments", "name": "web"}, "deployments"},
		{args{"type": "", "name": "web"}, "which type"},
	} {
		if got := b.refused("get_object", c.question); !strings.Contains(got, c.said) {
			t.Errorf("%v: %s", c.question, got)
		}
	}
}

func TestTypesThatAreAskedForAreWatched(t *testing.T) {
	b := newBench(t, benchOptions{mcp: mcp.Options{MostWatched: 2}})
	note := func(kind string) string {
		answer, _ := b.ask("query_objects", args{"type": kind})
		watch := list(answer, "watches")[0]
		if watch["state"] != "live" || watch["objects"] == 0.0 {
			t.Errorf("%s: %v", kind, watch)
		}
		said, _ := watch["note"].(string)
		return said
	}
	const fromNowOn = "watched from now on: of changes before, nothing is known"
	for _, step := range [][2]string{
		{"nodes", fromNowOn},
		{"gauges", fromNowOn},
		{"nodes", ""},
		{"pods", ""},
		{"namespaces", fromNowOn + "; gauges.acme.io is not watched any more instead"},
		{"nodes", ""},
	} {
		if got := note(step[0]); got != step[1] {
			t.Errorf("of %s it says %q, wanted %q", step[0], got, step[1])
		}
	}
	b.until("the others are not watched", "list_types", args{"watched_only": true}, func(map[string]any) bool {
		return b.watchedTypes() == "deployments.apps namespaces nodes pods"
	})
}

func TestStateOfWatchesIsTold(t *testing.T) {
	b := newBench(t, benchOptions{serve: apiserver.Options{
		Policy: func(_, _ string, r schema.GroupVersionResource, _ string) bool { return r.Resource != "nodes" },
	}})
	answer, _ := b.ask("query_objects", args{"type": "nodes"})
	watch := list(answer, "watches")[0]
	if watch["state"] != "forbidden" || watch["complete"] != false || watch["as_of"] != nil || !strings.Contains(fmt.Sprint(watch["reason"]), "nodes") {
		t.Errorf("the watch is %v", watch)
	}
	b.ask("query_objects", args{"type": "pods"}) // all of them are there then
	if err := b.store.RemoveType(pods); err != nil {
		t.Fatal(err)
	}
	b.api.DropConnections()
	answer = b.until("pods are gone", "list_types", args{"match": "pods"}, func(a map[string]any) bool {
		types := list(a, "types")
		return len(types) == 1 && list(types[0], "watches")[0]["state"] == "gone"
	})
	if watch := list(list(answer, "types")[0], "watches")[0]; watch["objects"] != 20.0 || watch["as_of"] == nil {
		t.Errorf("the watch is %v", watch)
	}
}

func TestNamespaceIsALimit(t *testing.T) {
	b := newBench(t, benchOptions{namespace: "shop"})
	if got := b.refused("query_objects", args{"type": "pods", "namespace": "default"}); !strings.Contains(got, `only the namespace "shop" is watched`) {
		t.Error(got)
	}
	answer, _ := b.ask("query_objects", args{"type": "pods"})
	if answer["total"] != 7.0 {
		t.Errorf("there are %v", answer["total"])
	}
}

// What is written into objects can neither hide anything nor steer a terminal.
func TestHiddenTextIsSpelledOut(t *testing.T) {
	b := newBench(t, benchOptions{})
	const evil = "a\u202eb\u200bc\x1b[31m\U000e0041d"
	object, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{"name": "evil", "namespace": "shop", "annotations": map[string]any{"evil": evil, "lines": "one\ntwo" + evil}},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.apply(pods, string(object))
	question := args{"type": "pods", "name": "evil", "fields": []string{".metadata.annotations.evil"}}
	answer := b.until("it is there", "query_objects", question, func(a map[string]any) bool { return a["total"] == 1.0 })
	if got := list(answer, "objects")[0]["fields"].(map[string]any)[".metadata.annotations.evil"]; got != evil {
		t.Errorf("the value is %q", got)
	}
	for _, result := range []*sdk.CallToolResult{
		b.call("query_objects", question), b.call("get_object", args{"type": "pods", "name": "evil"}),
		b.call("get_object", args{"type": "pods", "name": "evil", "format": "json"}), b.call("query_objects", args{"type": "pods", "match": "(" + evil}),
		b.call("query_objects", args{"type": "pods", "filter": "object." + evil}),
		b.call("query_objects", args{"type": evil}),
	} {
		if got := said(result); strings.ContainsAny(got, "\u202e\u200b\x1b\U000e0041") {
			t.Errorf("it says %q", got)
		}
	}
}

// Each tool is asked for Secrets in each way that it has.
func TestValuesOfSecretsNeverLeave(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.askAboutSecret()
	if said := b.traffic.String(); strings.Contains(said, canary) || strings.Contains(said, canaryBase64) || strings.Contains(said, canaryBase64[4:]) {
		t.Errorf("the value of a Secret left:\n%s", said)
	} else if !strings.Contains(said, `\"db\"`) {
		t.Errorf("the Secret was not spoken of:\n%s", said)
	}
}

func (b *bench) askAboutSecret() {
	b.Helper()
	b.ask("query_objects", args{"type": "secrets", "fields": []string{".data", ".data.password", "..", ".metadata.annotations", ".stringData"}})
	b.ask("query_objects", args{"type": "secrets"})
	b.ask("query_objects", args{"type": "secrets", "match": "hunter", "filter": "object.data.password.contains('4')"})
	b.ask("get_object", args{"type": "secrets", "name": "db"})
	b.ask("get_object", args{"type": "secrets", "name": "db", "format": "json"})
	other := strings.NewReplacer(canaryBase64, canaryBase64[4:]+canaryBase64[:4], canary, canary+"2").Replace
	b.remembers("secrets")
	b.apply(secrets, other(theSecret))
	b.settled("changes", 1)
	b.ask("list_changes", args{"since": "1h", "noise": true})
	b.ask("object_history", args{"type": "secrets", "name": "db"})
	b.ask("diff_object", args{"type": "secrets", "name": "db"})
	b.ask("explain", args{"type": "secrets", "name": "db"})
	b.ask("object_relations", args{"type": "secrets", "name": "db"})
	b.ask("list_problems", args{"type": "secrets"})
}
