package mcp_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// settings is a deployment as one manager left it.
func deployment(name, image, by string, replicas, observed int) string {
	return fmt.Sprintf(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":%q,"namespace":"shop","uid":"u-%s","generation":1,
		"managedFields":[{"manager":%q,"operation":"Update","apiVersion":"apps/v1","time":"2026-11-29T10:00:00Z","fieldsType":"FieldsV1",
		"fieldsV1":{"f:spec":{"f:replicas":{},"f:template":{"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:name":{},"f:image":{}}}}}}}}]},
		"spec":{"replicas":%d,"template":{"spec":{"containers":[{"name":"web","image":%q}]}}},"status":{"observedGeneration":%d}}`, name, name, by, replicas, image, observed)
}

// changed has a deployment of three versions, the last of which is noise, and one that came and went.
func changed(t *testing.T) *bench {
	b := newBench(t, benchOptions{})
	b.remembers("deployments,pods")
	dep := func(object string) { b.apply(deploymentsType, object) }
	dep(deployment("shop", "shop:1", "helm", 2, 1))
	b.settled("changes", 1)
	dep(deployment("shop", "shop:2", "kubectl-edit", 3, 1))
	b.settled("changes", 2)
	dep(deployment("brief", "brief:1", "argocd", 1, 1))
	b.settled("changes", 3)
	if _, err := b.store.Delete(deploymentsType, "shop", "brief"); err != nil {
		t.Fatal(err)
	}
	b.settled("changes", 4)
	b.apply(pods, strings.Replace(podWithHeartbeat, "BEAT", "10", 1))
	b.settled("changes", 5)
	b.apply(pods, strings.Replace(podWithHeartbeat, "BEAT", "20", 1))
	b.settled("changes", 6)
	return b
}

// podWithHeartbeat has a time of which the rules say that its change is noise.
const podWithHeartbeat = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"beating","namespace":"shop","uid":"p1"},
	"status":{"conditions":[{"type":"Ready","status":"True","lastProbeTime":"2026-11-29T10:00:BEATZ"}]}}`

// remembers waits until all changes of some types are remembered from now on.
func (b *bench) remembers(types string) {
	b.Helper()
	b.ask("list_changes", args{"type": types, "since": "1m"})
}

// settled waits until so many objects are there, or changes remembered.
func (b *bench) settled(what string, n float64) {
	b.Helper()
	if what == "changes" {
		b.remembered(int(n))
		return
	}
	b.until(what+" are there", "query_objects", args{"type": what, "count_only": true}, func(a map[string]any) bool { return a["total"] == n })
}

// remembered waits until so many changes are. A huge one is long after its watch has told that there is something new.
func (b *bench) remembered(n int) {
	b.Helper()
	history, wake := b.ws.Timeline(), make(chan struct{}, 1)
	stop := history.Listen(wake)
	defer stop()
	deadline := time.NewTimer(60 * time.Second)
	defer deadline.Stop()
	for history.Len() < n {
		select {
		case <-wake:
		case <-deadline.C:
			b.Fatalf("of %d changes %d are remembered", n, history.Len())
		}
	}
}

// tell is a change in a line.
func tell(item map[string]any) string {
	line := fmt.Sprint(item["name"], " ", item["change"], " by ", item["by"])
	for _, f := range list(item, "fields") {
		old, _ := json.Marshal(f["old"])
		now, _ := json.Marshal(f["new"])
		line += fmt.Sprintf(" %s:%s>%s", f["path"], old, now)
	}
	return line
}

func tellAll(items []map[string]any) string {
	var lines []string
	for _, item := range items {
		lines = append(lines, tell(item))
	}
	return strings.Join(lines, "\n")
}

func TestListChanges(t *testing.T) {
	b := changed(t)
	const (
		edit    = `shop updated by [kubectl-edit] spec.template.spec.containers[name="web"].image:"shop:1">"shop:2" spec.replicas:2>3`
		created = "shop created by [helm]"
		beating = "beating created by <nil>"
		brief   = "brief created by [argocd]"
		deleted = "brief deleted by <nil>"
		beat    = `beating updated by <nil> status.conditions[type="Ready"].lastProbeTime:"2026-11-29T10:00:10Z">"2026-11-29T10:00:20Z"`
	)
	for _, c := range []struct {
		question args
		want     []string
	}{
		{args{}, []string{beating, deleted, brief, edit, created}},
		{args{"noise": true}, []string{beat, beating, deleted, brief, edit, created}},
		{args{"type": "pods"}, []string{beating}},
		{args{"type": "deploy", "name": "sh?p"}, []string{edit, created}},
		{args{"namespace": "shop", "name": "shop"}, []string{edit, created}},
		{args{"namespace": "default"}, nil},
		{args{"manager": "kubectl"}, []string{edit}},
		{args{"manager": "helm"}, []string{created}},
		{args{"path": "image"}, []string{edit}},
		{args{"path": ".spec.replicas"}, []string{edit}},
		{args{"path": "{$.spec.replicas}"}, []string{edit}},
		{args{"until": "29m"}, nil},
	} {
		c.question["since"] = "30m"
		answer, _ := b.ask("list_changes", c.question)
		if got := tellAll(list(answer, "changes")); got != strings.Join(c.want, "\n") {
			t.Errorf("%v:\n%s\nwanted\n%s", c.question, got, strings.Join(c.want, "\n"))
		}
		if answer["complete_since"] == nil {
			t.Errorf("%v: it is not told that of what was before nothing is known", c.question)
		}
	}
	others, _ := b.ask("list_changes", args{"since": "30m", "manager": "kubctl"})
	if note := others["note"]; note != "the changes are by others: argocd, helm, kubectl-edit" {
		t.Errorf("of a manager that made none it says %v", note)
	}
	first, _ := b.ask("list_changes", args{"since": "30m", "limit": 1})
	second, _ := b.ask("list_changes", args{"since": "30m", "limit": 1, "cursor": first["next_cursor"]})
	if first["types_watched"] == nil || second["types_watched"] != nil {
		t.Errorf("the types are said on the first page as %v, and on the second as %v", first["types_watched"], second["types_watched"])
	}
	answer, _ := b.ask("list_changes", args{"since": "30m"})
	if noise, _ := answer["noise"].(map[string]any); noise["pods"] != 1.0 || len(noise) != 1 {
		t.Errorf("the noise is %v", answer["noise"])
	}
	whole, pages := b.all("list_changes", args{"since": "30m", "limit": 2}, "changes")
	if got := tellAll(whole); got != strings.Join([]string{beating, deleted, brief, edit, created}, "\n") || pages != 3 {
		t.Errorf("in %d pages:\n%s", pages, got)
	}
	for question, said := range map[string]string{"yesterday": "since", "": "since", "-5m": "since"} {
		if got := b.refused("list_changes", args{"since": question}); !strings.Contains(got, said) {
			t.Errorf("since %q: %s", question, got)
		}
	}
}

func TestObjectHistory(t *testing.T) {
	b := changed(t)
	answer, _ := b.ask("object_history", args{"type": "deploy", "name": "shop"})
	want := `<nil> updated by [kubectl-edit] spec.template.spec.containers[name="web"].image:"shop:1">"shop:2" spec.replicas:2>3` + "\n<nil> created by [helm]"
	if got := tellAll(list(answer, "versions")); got != want || answer["goes_back_to_creation"] != true {
		t.Errorf("%v\n%s\nwanted\n%s", answer, got, want)
	}
	paged, pages := b.all("object_history", args{"type": "deploy", "name": "shop", "limit": 1}, "versions")
	if got := tellAll(paged); got != want || pages != 2 {
		t.Errorf("in %d pages: %s", pages, got)
	}
	// Of one that is gone, too.
	answer, _ = b.ask("object_history", args{"type": "deploy", "name": "brief"})
	if got := tellAll(list(answer, "versions")); got != "<nil> deleted by <nil>\n<nil> created by [argocd]" {
		t.Errorf("of one that is gone: %s", got)
	}
	// And of one that nobody changed.
	answer, _ = b.ask("object_history", args{"type": "deploy", "name": "web"})
	if got := tellAll(list(answer, "versions")); got != "<nil> was there before by <nil>" || answer["goes_back_to_creation"] != false {
		t.Errorf("of one that stayed: %s", got)
	}
	if at, has := list(answer, "versions")[0]["at"]; has {
		t.Errorf("of what was there before it says that it was at %q", at)
	}
}

func TestDiffAndPastVersions(t *testing.T) {
	b := changed(t)
	answer, _ := b.ask("object_history", args{"type": "deploy", "name": "shop"})
	all := list(answer, "versions")
	newest, first := all[0]["resource_version"].(string), all[1]["resource_version"].(string)
	const want = `[{"new":3,"old":2,"path":"spec.replicas"},{"new":"shop:2","old":"shop:1","path":"spec.template.spec.containers[name=\"web\"].image"}]`
	for _, question := range []args{{}, {"from": first}, {"from": first, "to": newest}, {"from": first, "to": "now"}} {
		question["type"], question["name"] = "deploy", "shop"
		answer, _ := b.ask("diff_object", question)
		if got, _ := json.Marshal(answer["fields"]); string(got) != want {
			t.Errorf("%v: %s", question, got)
		}
	}
	_, text := b.ask("get_object", args{"type": "deploy", "name": "shop", "at": first})
	if !strings.Contains(text, "image: shop:1") {
		t.Errorf("as it was:\n%s", text)
	}
	_, text = b.ask("get_object", args{"type": "deploy", "name": "shop"})
	if !strings.Contains(text, "image: shop:2") {
		t.Errorf("as it is:\n%s", text)
	}
	for _, question := range []args{{"name": "web"}, {"name": "shop", "from": "soon"}, {"name": "shop", "from": "5h"}, {"name": "nothing"}} {
		question["type"] = "deploy"
		b.refused("diff_object", question)
	}
	if got := b.refused("diff_object", args{"type": "deploy", "name": "shop", "from": newest, "to": first}); !strings.Contains(got, "is newer than "+first+", which is to: exchange them") {
		t.Error(got)
	}
	if answer, _ := b.ask("diff_object", args{"type": "deploy", "name": "shop", "from": newest, "to": newest}); answer["total"] != 0.0 {
		t.Errorf("a version differs from itself by %v", answer)
	}
}

func TestProblemsAndWhy(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.ask("query_objects", args{"type": "pods"})
	b.apply(pods, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"ill","namespace":"shop","uid":"p2","creationTimestamp":"2026-11-29T10:00:00Z"},
		"spec":{"containers":[{"name":"a","env":[{"name":"P","valueFrom":{"secretKeyRef":{"name":"lost","key":"k"}}}]}]},
		"status":{"phase":"Pending","containerStatuses":[{"name":"a","ready":false,"restartCount":0,"state":{"waiting":{"reason":"CreateContainerConfigError","message":"secret \"lost\" not found"}}}]}}`)
	b.settled("pods", 21)
	answer, _ := b.ask("list_problems", args{})
	all := list(answer, "problems")
	if answer["total"] != 1.0 || all[0]["name"] != "ill" || all[0]["reason"] != "CreateContainerConfigError" || !strings.Contains(fmt.Sprint(all[0]["message"]), `"lost" not found`) {
		t.Errorf("the problems are %v", answer)
	}
	for _, c := range []struct {
		question args
		total    float64
	}{{args{"namespace": "default"}, 0}, {args{"type": "deployments"}, 0}, {args{"name": "i*"}, 1}, {args{"match": "lost"}, 1}, {args{"match": "!lost"}, 0}} {
		if answer, _ := b.ask("list_problems", c.question); answer["total"] != c.total {
			t.Errorf("%v: %v", c.question, answer)
		}
	}
	answer, _ = b.ask("explain", args{"type": "pods", "name": "ill"})
	steps := list(answer, "steps")
	last := steps[len(steps)-1]
	if answer["well"] != false || last["type"] != "secrets" || last["name"] != "lost" || last["presence"] != "missing" {
		t.Errorf("why: %v", answer)
	}
	answer, _ = b.ask("explain", args{"type": "pods", "name": "web-7c9d8f6b5d-00000"})
	if answer["well"] != true {
		t.Errorf("one that is well: %v", answer)
	}
}

func TestRelations(t *testing.T) {
	b := newBench(t, benchOptions{})
	answer, _ := b.ask("object_relations", args{"type": "pods", "name": "web-7c9d8f6b5d-00000"})
	var found []string
	for _, o := range list(answer, "objects") {
		found = append(found, fmt.Sprint(o["relation"], " ", o["type"], "/", o["name"], " ", o["presence"]))
	}
	if got := strings.Join(found, "\n"); !strings.Contains(got, "referred to nodes/node-00 <nil>") || answer["complete"] != true {
		t.Errorf("the relations are %v\n%s", answer, got)
	}
	paged, pages := b.all("object_relations", args{"type": "pods", "name": "web-7c9d8f6b5d-00000", "limit": 1}, "objects")
	if len(paged) != len(found) || pages != len(found) {
		t.Errorf("in %d pages: %v", pages, paged)
	}
	// Which Jobs refer to a Secret is not looked for in all of them.
	if err := b.store.AddType(store.Type{Resource: schema.GroupVersionResource{Group: "batch", Version: "v1", Resource: "jobs"}, Kind: "Job", Namespaced: true}); err != nil {
		t.Fatal(err)
	}
	b.ws.RetryNow()
	b.until("Jobs are not watched", "object_relations", args{"type": "secrets", "name": "db"}, func(answer map[string]any) bool {
		return answer["complete"] == true && slices.ContainsFunc(list(answer, "objects"), func(o map[string]any) bool {
			return o["type"] == "jobs.batch" && o["relation"] == "not known" && o["presence"] == "not watched"
		})
	})
}

// Without what events the server has, and with types that may not be read, questions are answered all the same.
func TestWhyWithoutPermission(t *testing.T) {
	b := newBench(t, benchOptions{serve: apiserver.Options{Policy: denySecrets}})
	b.apply(pods, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"ill","namespace":"shop","uid":"p2"},
		"spec":{"containers":[{"name":"a","env":[{"name":"P","valueFrom":{"secretKeyRef":{"name":"db","key":"k"}}}]}]},
		"status":{"phase":"Pending","containerStatuses":[{"name":"a","state":{"waiting":{"reason":"CreateContainerConfigError","message":"couldn't find key k in Secret shop/db"}}}]}}`)
	b.settled("pods", 21)
	answer, _ := b.ask("explain", args{"type": "pods", "name": "ill"})
	if said, _ := json.Marshal(answer); !strings.Contains(string(said), `"name":"db"`) || !strings.Contains(string(said), "may not be read") && !strings.Contains(string(said), "may_not_be_read") {
		t.Errorf("why: %s", said)
	}
}
