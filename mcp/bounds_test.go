package mcp_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/mcp"
)

var (
	gauges = schema.GroupVersionResource{Group: "acme.io", Version: "v1", Resource: "gauges"}
	nodes  = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
)

// bounded asks, and tells where the answer is longer than it may be. It gives what is said, and whether that is a refusal.
func (b *bench) bounded(limit int, tool string, question args) (text string, isRefused bool) {
	b.Helper()
	result := b.call(tool, question)
	text = said(result)
	if len(text) > limit {
		b.Errorf("%s %.100v answers in %d bytes, more than %d", tool, question, len(text), limit)
	}
	return text, result.IsError
}

// huge is a gauge of 1.5 MB: a long value, a long name of a field, and many fields.
func huge(by string) string {
	fields := make(map[string]any, 100)
	for i := range 100 {
		fields[fmt.Sprintf("field-%03d", i)] = by + strings.Repeat("\u200b\"", 500)
	}
	text, _ := json.Marshal(map[string]any{
		"apiVersion": "acme.io/v1", "kind": "Gauge", "metadata": map[string]any{"name": "huge", "namespace": "shop", "uid": "h1"},
		"spec":   map[string]any{"long": by + strings.Repeat("x", 1_000_000), "n" + strings.Repeat("y", 20_000): by, "many": fields},
		"status": map[string]any{"phase": "Failed", "reason": by + strings.Repeat("\"", 50_000), "message": strings.Repeat("\"", 50_000)},
	})
	return string(text)
}

// What an object of 1.5 MB has to say fits into each answer, however short that has to be.
func TestAnswersAboutAHugeObjectAreBounded(t *testing.T) {
	const limit = 4 << 10
	b := newBench(t, benchOptions{types: []string{"gauges"}, mcp: mcp.Options{AnswerBytes: limit}})
	b.remembers("gauges")
	b.apply(gauges, huge("one"))
	b.settled("changes", 1)
	b.apply(gauges, huge("two"))
	b.settled("changes", 2)
	const name = "huge"
	for tool, questions := range map[string][]args{
		"query_objects": {
			{"type": "gauges", "name": name},
			{"type": "gauges", "name": name, "fields": []string{".", "..", ".spec.long", ".spec.many.*"}},
			{"type": "gauges", "name": name, "filter": "object.spec.long == object.spec.long"},
		},
		"get_object":       {{"type": "gauges", "name": name, "format": "json"}, {"type": "gauges", "name": name, "format": "json", "at": "now"}},
		"object_history":   {{"type": "gauges", "name": name}},
		"diff_object":      {{"type": "gauges", "name": name}},
		"list_changes":     {{"since": "1h"}, {"since": "1h", "path": "long"}},
		"list_problems":    {{}},
		"explain":          {{"type": "gauges", "name": name}},
		"object_relations": {{"type": "gauges", "name": name}},
	} {
		for _, question := range questions {
			if text, isRefused := b.bounded(limit, tool, question); isRefused || !strings.Contains(text, name) && tool != "query_objects" {
				t.Errorf("%s %.100v: %.300s", tool, question, text)
			}
		}
	}
	answer, _ := b.ask("diff_object", args{"type": "gauges", "name": name})
	if shown := len(list(answer, "fields")); answer["total"].(float64) < 100 || float64(shown)+answer["left_out"].(float64) != answer["total"] || shown == 0 {
		t.Errorf("of %v fields that differ %d are shown, and %v left out", answer["total"], shown, answer["left_out"])
	}
	if got := b.refused("get_object", args{"type": "gauges", "name": name}); !strings.Contains(got, "ask for the format json") { // YAML has no such long keys
		t.Error(got)
	}
	for _, uri := range []string{"dogwatch://objects/gauges", "dogwatch://problems"} {
		result, err := b.client.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: uri})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, c := range result.Contents {
			n += len(c.Text)
		}
		if n > limit {
			t.Errorf("%s has %d bytes", uri, n)
		}
	}
}

// A question that repeats itself in what is said of it is not repeated whole.
func TestRefusalsAreBoundedAndHelp(t *testing.T) {
	b := newBench(t, benchOptions{})
	long := strings.Repeat("x", 100_000)
	for _, c := range []struct {
		tool     string
		question args
		help     string
	}{
		{"query_objects", args{"type": long}, ""},
		{"query_objects", args{"type": "pods", "name": "[" + long}, "syntax error in pattern"},
		{"query_objects", args{"type": "pods", "match": "(" + long}, "more than 1024"},
		{"query_objects", args{"type": "pods", "health": long}, "health is one of"},
		{"query_objects", args{"type": "pods", "filter": "object." + long}, "more than 16384"},
		{"query_objects", args{"type": "pods", "fields": []string{"[" + long}}, "more than 1024"},
		{"query_objects", args{"type": "pods", long: 1}, "but count_only, cursor"},
		{"query_objects", args{"type": "pods", "limit": long}, "the argument limit of query_objects is to be a whole number"},
		{"query_objects", args{"type": "pods", "cursor": long}, "ask without it"},
		{"get_object", args{"type": "pods", "name": long}, ""},
		{"get_object", args{"type": "deploy", "name": "web", "format": long}, "give yaml or json"},
		{"get_object", args{"type": "deploy", "name": "web", "at": long}, "such as 15m"},
		{"diff_object", args{"type": "deploy", "name": "web", "from": long}, "such as 15m"},
		{"list_changes", args{"since": long}, "such as 15m"},
		{"list_changes", args{"since": "1h", "type": long}, ""},
	} {
		text, isRefused := b.bounded(2500, c.tool, c.question)
		if !isRefused || !strings.Contains(text, c.help) {
			t.Errorf("%s %.80v: %.300s", c.tool, c.question, text)
		}
	}
	for _, err := range []error{
		second(b.client.CallTool(t.Context(), &sdk.CallToolParams{Name: long})),
		second(b.client.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "dogwatch://objects/" + long})),
		second(b.client.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "dogwatch://" + long})),
		b.connect(protocols[0], nil).Subscribe(t.Context(), &sdk.SubscribeParams{URI: "dogwatch://objects/pods/a/b/" + long}),
	} {
		if err == nil || len(err.Error()) > 2500 {
			t.Errorf("it is answered with %.300v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Where a page goes on is the client's to say, who may say anything.
func TestMadeUpCursorsAreRefusedOrAnswered(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.ask("query_objects", args{"type": "deployments"})
	object, _ := b.ask("get_object", args{"type": "deployments", "name": "web"})
	version := object["resource_version"].(string)
	for _, position := range []string{
		`null`, `-1`, `99999999`, `"x"`, `[]`, `{}`, `{"unknown":1}`, `nonsense`, `{"g":-5,"t":-1}`, `{"t":99,"n":"zzz","o":"zzz","g":1000000}`,
		`{"v":"` + version + `","l":-1}`, `{"v":"` + version + `","b":-7}`, `{"v":"` + version + `","l":1000000}`, `{"v":"` + version + `","l":0,"b":1000000}`,
		`{"s":18446744073709551615,"e":0,"f":"0001-01-01T00:00:00Z"}`, `{"p":-1}`, `{"p":1000000}`, `{"f":"x","v":"worst"}`,
	} {
		for tool, question := range questionsOfTools("deployments", "web") {
			question["cursor"] = madeUp(question, position)
			if tool == "diff_object" || tool == "explain" {
				continue // they have no pages
			}
			if text, _ := b.bounded(32<<10, tool, question); text == "" {
				t.Errorf("%s says nothing of the cursor %s", tool, position)
			}
		}
	}
	for _, place := range []string{`{"v":"` + version + `","l":-1}`, `{"v":"` + version + `","b":-7}`, `{"v":"` + version + `","l":1000000}`, `{"v":"` + version + `","l":0,"b":1000000}`} {
		question := args{"type": "deployments", "name": "web"}
		question["cursor"] = madeUp(question, place)
		got := b.refused("get_object", question)
		if !strings.Contains(got, "not one that this tool gave") {
			t.Errorf("%s: %s", place, got)
		}
	}
}

// madeUp is a cursor of a question, with a position that no answer gave.
func madeUp(question args, position string) string {
	asked := maps.Clone(question)
	maps.DeleteFunc(asked, func(name string, _ any) bool { return name == "cursor" || name == "limit" || name == "at" })
	sum := sha256.Sum256([]byte(encoded(asked)))
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"q":%q,"p":%s}`, base64.StdEncoding.EncodeToString(sum[:8]), position))
}

// Where even what is said beside the items is too long, it is said what to do.
func TestAnAnswerThatCannotBeCutIsRefused(t *testing.T) {
	types := []string{"pods"}
	for i := range 20 {
		types = append(types, strings.Repeat("x", 300+i))
	}
	b := newBench(t, benchOptions{types: types, mcp: mcp.Options{AnswerBytes: 4 << 10}})
	if got := b.refused("list_types", args{}); !strings.Contains(got, "may have 4096 (--max-answer): ask for") {
		t.Error(got)
	}
}

// A cursor of another tool, or of a history that was begun anew, does not lead anywhere else in silence.
func TestCursorsOfOthersAreRefused(t *testing.T) {
	b := newBench(t, benchOptions{})
	types, _ := b.ask("list_types", args{"limit": 1})
	found, _ := b.ask("query_objects", args{"type": "pods", "limit": 1})
	for tool, cursor := range map[string]any{
		"query_objects": types["next_cursor"], "object_history": found["next_cursor"], "get_object": found["next_cursor"], "object_relations": found["next_cursor"],
		"list_changes": madeUp(args{"since": "1h"}, `{"s":1,"e":4711,"f":"2026-11-30T08:00:00Z"}`),
	} {
		question := questionsOfTools("deployments", "web")[tool]
		question["cursor"] = cursor
		if got := b.refused(tool, question); !strings.Contains(got, "not one that this tool gave") {
			t.Errorf("%s: %s", tool, got)
		}
	}
}

// A long object is not put together of two versions of it.
func TestPagesAreOfOneVersionOfAnObject(t *testing.T) {
	b := newBench(t, benchOptions{mcp: mcp.Options{AnswerBytes: 4 << 10}})
	long := func(n int) string {
		return fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"long","namespace":"shop","uid":"l1","annotations":{"n":"%d","long":%q}}}`, n, strings.Repeat("x", 10_000))
	}
	b.remembers("pods")
	b.apply(pods, long(1))
	b.settled("changes", 1)
	question := args{"type": "pods", "name": "long"}
	answer, _ := b.ask("get_object", question)
	b.apply(pods, long(2))
	b.settled("changes", 2)
	question["cursor"] = answer["next_cursor"]
	if got := b.refused("get_object", question); !strings.Contains(got, "has changed since") {
		t.Error(got)
	}
	question["at"] = answer["resource_version"] // that one is remembered
	if _, text := b.ask("get_object", question); !strings.Contains(text, "xxx") {
		t.Errorf("the next part is %q", text)
	}
}

// questionsOfTools is one question for each tool, about one object where it is about one.
func questionsOfTools(of, name string) map[string]args {
	return map[string]args{
		"list_types": {}, "query_objects": {"type": of}, "get_object": {"type": of, "name": name}, "list_problems": {},
		"explain": {"type": of, "name": name}, "object_relations": {"type": of, "name": name}, "list_changes": {"since": "1h"},
		"object_history": {"type": of, "name": name}, "diff_object": {"type": of, "name": name},
	}
}

// A path may not find more and more with each step: 30 of them took all memory.
func TestPathsThatMultiplyAreRefused(t *testing.T) {
	b := newBench(t, benchOptions{})
	for _, path := range []string{"..name" + strings.Repeat("..", 1), "..a..b", ".spec" + strings.Repeat("[0,0]", 40), strings.Repeat(".*", 9), ".spec.containers[0:1:1]" + strings.Repeat("[*]", 7)} {
		if got := b.refused("query_objects", args{"type": "pods", "fields": []string{path}}); !strings.Contains(got, "several ways") {
			t.Errorf("%s: %s", path, got)
		}
	}
	for _, path := range []string{"..name", ".spec.containers[*].ports[*].containerPort", `.status.conditions[?(@.type=="Ready")].status`, ".spec.containers[0:2].name"} {
		if answer, _ := b.ask("query_objects", args{"type": "pods", "limit": 1, "fields": []string{path}}); answer["total"] != 20.0 {
			t.Errorf("%s: %v", path, answer)
		}
	}
}

// A node with 2,000 pods is told of in a few pages, and no page is long.
func TestRelationsOfABusyNodeAreBounded(t *testing.T) {
	b := newBench(t, benchOptions{types: []string{"nodes", "pods"}})
	b.ask("query_objects", args{"type": "nodes,pods", "count_only": true})
	for i := range 2_000 {
		b.apply(pods, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"busy-%d","namespace":"shop","uid":"b-%d"},"spec":{"nodeName":"node-00"},"status":{"phase":"Failed","reason":"Evicted"}}`, i, i))
	}
	b.apply(nodes, `{"apiVersion":"v1","kind":"Node","metadata":{"name":"node-00","uid":"n0"},"status":{"conditions":[{"type":"Ready","status":"False","reason":"KubeletNotReady","message":"gone"}]}}`)
	b.settled("pods", 2_020)
	for _, tool := range []string{"object_relations", "explain"} {
		if text, isRefused := b.bounded(32<<10, tool, args{"type": "nodes", "name": "node-00"}); isRefused {
			t.Error(text)
		}
	}
	answer, _ := b.ask("object_relations", args{"type": "nodes", "name": "node-00", "limit": 500})
	left := 0.0
	for _, o := range list(answer, "objects") {
		more, _ := o["more"].(float64)
		left += more
	}
	all, _ := b.all("object_relations", args{"type": "nodes", "name": "node-00", "limit": 40}, "objects")
	if float64(len(all)) != answer["total"] || left < 1500 {
		t.Errorf("%d objects in pages, %v at once, and %v left out", len(all), answer["total"], left)
	}
	problems, pages := b.all("list_problems", args{"limit": 500, "type": "pods"}, "problems")
	if len(problems) != 2_000 || pages < 4 {
		t.Errorf("%d problems in %d pages", len(problems), pages)
	}
}

// Of 1,200 versions and more those are listed that are the newest, and it is said that there are more.
func TestALongHistoryIsBounded(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.remembers("deployments")
	i := 0
	b.until("all is told", "list_types", args{"limit": 1}, func(a map[string]any) bool {
		for range 20 { // some may be merged: it goes on until there are enough
			b.apply(deploymentsType, deployment("shop", fmt.Sprintf("shop:%d", i), "helm", i, 1))
			i++
		}
		return a["history"].(map[string]any)["changes"].(float64) >= 1_200
	})
	b.apply(deploymentsType, deployment("shop", "shop:last", "last-of-all", i, 1))
	b.until("the last is told", "list_changes", args{"since": "1h", "manager": "last-of-all"}, func(a map[string]any) bool { return len(list(a, "changes")) > 0 })
	question := args{"type": "deployments", "name": "shop", "limit": 500}
	answer, _ := b.ask("object_history", question)
	if note, _ := answer["note"].(string); !strings.Contains(note, "more versions are remembered") {
		t.Errorf("the answer is %.300v", answer)
	}
	b.bounded(32<<10, "object_history", question)
	all, pages := b.all("object_history", question, "versions")
	if float64(len(all)) != answer["total"] || len(all) < 1000 || pages < 3 {
		t.Errorf("%d versions in %d pages, of %v", len(all), pages, answer["total"])
	}
	b.bounded(32<<10, "list_changes", args{"since": "1h", "limit": 500})
}

// What comes or goes moves no other problem from one page to another.
func TestProblemsArePaged(t *testing.T) {
	b := newBench(t, benchOptions{})
	ill := func(name string, minute int) {
		b.apply(pods, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"namespace":"shop","uid":%[1]q,"creationTimestamp":"2026-11-29T10:00:00Z"},
			"status":{"phase":"Pending","conditions":[{"type":"Ready","status":"False","lastTransitionTime":"2026-11-29T10:%02d:00Z"}],
			"containerStatuses":[{"name":"a","ready":false,"restartCount":0,"state":{"waiting":{"reason":"ImagePullBackOff","message":"none"}}}]}}`, name, minute))
	}
	for i := range 6 {
		ill(fmt.Sprintf("ill-%d", i), 10+i)
	}
	b.until("all are ill", "list_problems", args{}, func(a map[string]any) bool { return a["total"] == 6.0 })
	whole, _ := b.all("list_problems", args{}, "problems")
	first, _ := b.ask("list_problems", args{"limit": 3})
	if _, err := b.store.Delete(pods, "shop", whole[0]["name"].(string)); err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.Delete(pods, "shop", whole[2]["name"].(string)); err != nil { // that the cursor names
		t.Fatal(err)
	}
	ill("worse", 59)
	b.until("two are gone, and one has come", "list_problems", args{}, func(a map[string]any) bool {
		return a["total"] == 5.0 && strings.Contains(names(list(a, "problems")), "worse")
	})
	rest, _ := b.all("list_problems", args{"limit": 2, "cursor": first["next_cursor"]}, "problems")
	if got := names(list(first, "problems")) + " " + names(rest); strings.ReplaceAll(got, " worse", "") != names(whole) {
		t.Errorf("the pages are %s\nwanted %s", got, names(whole))
	}
}
