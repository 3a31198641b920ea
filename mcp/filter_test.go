package mcp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/mcp"
)

func TestQueryByExpression(t *testing.T) {
	b := newBench(t, benchOptions{})
	for _, c := range []struct {
		question args
		total    float64
	}{
		{args{"type": "pods", "filter": "object.status.phase == 'Running'"}, 20},
		{args{"type": "pods", "filter": "object.status.phase != 'Running'"}, 0},
		{args{"type": "pods", "filter": "object.metadata.labels.app == 'web'", "namespace": "shop"}, 2},
		{args{"type": "pods", "filter": "object.metadata.name.startsWith('api-')", "match": "!00001"}, 3},
		{args{"type": "pods", "filter": "object.spec.containers.exists(c, c.image.contains('web:'))", "name": "web-*", "count_only": true}, 4},
		{args{"type": "deployments.apps,pods", "filter": "object.kind == 'Deployment'"}, 1},
		{args{"type": "pods", "filter": "now < timestamp('2001-01-01T00:00:00Z')"}, 0},
	} {
		answer, _ := b.ask("query_objects", c.question)
		if answer["total"] != c.total || answer["not_judged"] != nil || answer["note"] != nil {
			t.Errorf("%v: %v", c.question, answer)
		}
	}
	whole, _ := b.all("query_objects", args{"type": "pods", "match": "api"}, "objects")
	question := args{"type": "pods", "filter": "object.metadata.labels.app == 'api'", "limit": 3}
	paged, pages := b.all("query_objects", question, "objects")
	if names(paged) != names(whole) || pages != 2 {
		t.Errorf("in %d pages: %s\nwanted %s", pages, names(paged), names(whole))
	}
	if answer, _ := b.ask("query_objects", question); answer["total"] != float64(len(whole)) { // of the last page
		t.Errorf("the last page tells of %v", answer["total"])
	}
}

func TestWrongExpressionsAreExplained(t *testing.T) {
	b := newBench(t, benchOptions{})
	for filter, said := range map[string]string{
		"objct.status.phase == 'x'":       "the filter, column 1: undeclared reference to 'objct'",
		"object.status.phase = 'Running'": "the filter, column 21: Syntax error",
		"api !00001":                      "words go into match",
		"old.status == object.status":     "column 1: undeclared reference to 'old'",
		"size(object.spec.containers)":    "it gives int, wanted is bool",
		strings.Repeat("!", 17<<10):       "the filter has 17408 bytes",
	} {
		if got := b.refused("query_objects", args{"type": "pods", "filter": filter}); !strings.Contains(got, said) {
			t.Errorf("%.40s: %s", filter, got)
		}
	}
}

// Objects of which the filter can tell nothing are not left out in silence.
func TestWhatCannotBeJudgedIsCounted(t *testing.T) {
	b := newBench(t, benchOptions{})
	answer, _ := b.ask("query_objects", args{"type": "pods,deployments", "filter": "object.spec.nodeName == 'node-00'"})
	got, _ := json.Marshal(answer["not_judged"])
	if string(got) != `{"objects":1,"reasons":[{"example":"shop/web","objects":1,"reason":"no such key: nodeName"}]}` {
		t.Errorf("not judged: %s", got)
	}
	b.apply(pods, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"long","namespace":"shop","uid":"l1","annotations":{"text":"`+strings.Repeat("a", 20000)+`"}}}`)
	b.settled("pods", 21)
	const dear = "object.metadata.annotations.text.contains(object.metadata.annotations.text)" // by the lengths of both
	answer, _ = b.ask("query_objects", args{"type": "pods", "name": "long", "filter": dear})
	if got, _ := json.Marshal(answer["not_judged"]); !strings.Contains(string(got), `"objects":1,"reason":"it costs more`) || answer["total"] != 0.0 {
		t.Errorf("of one that is too dear: %v", answer)
	}
}

// A filter that may cost no more comes to all objects, in more answers.
func TestDearFiltersGoOn(t *testing.T) {
	b := newBench(t, benchOptions{mcp: mcp.Options{FilterCost: 30}})
	const filter = "object.metadata.labels.app != 'web'"
	question := args{"type": "pods", "filter": filter}
	answer, _ := b.ask("query_objects", question)
	if note, _ := answer["note"].(string); !strings.Contains(note, "of 20 objects were looked at") || answer["next_cursor"] == nil {
		t.Errorf("the answer is %v", answer)
	}
	found, pages := b.all("query_objects", question, "objects")
	whole, _ := b.all("query_objects", args{"type": "pods", "match": "!web"}, "objects")
	if names(found) != names(whole) || len(whole) == 0 || pages < 3 {
		t.Errorf("in %d answers: %s\nwanted %s", pages, names(found), names(whole))
	}
	last := counted(b, args{"type": "pods", "filter": filter, "count_only": true})
	if last["total"] != float64(len(whole)) || last["note"] != nil {
		t.Errorf("counted: %v", last)
	}
}

// counted gives the last of the answers that count.
func counted(b *bench, question args) map[string]any {
	for {
		answer, _ := b.ask("query_objects", question)
		if answer["next_cursor"] == nil {
			return answer
		}
		question["cursor"] = answer["next_cursor"]
	}
}

// An expression could ask for a value piece by piece: it sees the mask.
func TestFiltersSeeNoValuesOfSecrets(t *testing.T) {
	b := newBench(t, benchOptions{})
	for expression, total := range map[string]float64{
		"object.data.password == '%s'":        0,
		"object.data.password.contains('%s')": 0,
		"object.metadata.annotations.exists(k, object.metadata.annotations[k].contains('%s'))": 0,
		"object.data.password != '%s'": 1,
	} {
		answer, _ := b.ask("query_objects", args{"type": "secrets", "name": "db", "filter": fmt.Sprintf(expression, canaryBase64)})
		if answer["total"] != total || answer["not_judged"] != nil {
			t.Errorf("%s: %v", expression, answer)
		}
	}
	answer, _ := b.ask("query_objects", args{"type": "secrets", "name": "db", "filter": "object.stringData.also == '" + canary + "'"})
	if answer["total"] != 0.0 {
		t.Errorf("of what is not encoded: %v", answer)
	}
}
