package mcp_test

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/workspace"
)

// parted is a bench that watches pods by two selectors, both of which take those of web.
func parted(t *testing.T) *bench {
	b := newBench(t, benchOptions{types: []string{"nodes"}})
	for _, selector := range []string{"app=web", "app in (web,api)"} {
		b.open(workspace.Target{Types: []string{"pods"}, LabelSelector: selector})
	}
	b.until("both are live", "query_objects", args{"type": "pods"}, func(answer map[string]any) bool {
		watches := list(answer, "watches")
		return len(watches) == 2 && watches[0]["state"] == "live" && watches[1]["state"] == "live"
	})
	b.remembers("pods")
	return b
}

func (b *bench) open(target workspace.Target) {
	b.Helper()
	if _, err := b.ws.Open(target); err != nil {
		b.Fatal(err)
	}
}

// podOf is a pod of an app, of which an image cannot be pulled unless it is well.
func podOf(app, name, version string, isWell bool) string {
	status := `{"phase":"Running"}`
	if !isWell {
		status = `{"phase":"Pending","containerStatuses":[{"name":"a","ready":false,"restartCount":0,"state":{"waiting":{"reason":"ImagePullBackOff","message":"none"}}}]}`
	}
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"namespace":"shop","uid":%[1]q,"labels":{"app":%q},"annotations":{"version":%q}},"status":%s}`,
		name, app, version, status)
}

// All watches of a type are asked together, and each object is given once.
func TestObjectsOfSeveralSelectorsAreGivenOnce(t *testing.T) {
	b := parted(t)
	answer, _ := b.ask("query_objects", args{"type": "pods"})
	var selectors []string
	for _, watch := range list(answer, "watches") {
		selectors = append(selectors, fmt.Sprint(watch["selector"]))
	}
	if slices.Sort(selectors); !slices.Equal(selectors, []string{"app in (web,api)", "app=web"}) {
		t.Errorf("it is said to come from %v", selectors)
	}
	all, pages := b.all("query_objects", args{"type": "pods", "limit": 3}, "objects")
	if pages < 2 || len(all) != int(answer["total"].(float64)) || !strings.Contains(names(all), "api-") || !strings.Contains(names(all), "web-") {
		t.Errorf("in %d pages there are %s, of %v", pages, names(all), answer["total"])
	}
	b.apply(pods, podOf("api", "api-ill", "1", false))
	b.apply(pods, podOf("web", "web-ill", "1", false))
	b.until("both are listed", "list_problems", args{}, func(answer map[string]any) bool { return answer["total"] == 2.0 && len(list(answer, "problems")) == 2 })
	for _, name := range []string{"api-ill", "web-ill"} {
		for _, tool := range []string{"get_object", "explain", "object_history"} {
			if text, isRefused := b.bounded(32<<10, tool, args{"type": "pods", "name": name}); isRefused || !strings.Contains(text, name) {
				t.Errorf("%s of %s: %s", tool, name, text)
			}
		}
	}
	types, _ := b.ask("list_types", args{"match": "pods"})
	if watches := list(list(types, "types")[0], "watches"); len(watches) != 2 {
		t.Errorf("the type has %v", watches)
	}
	before := names(all) + " api-ill web-ill"
	b.open(workspace.Target{Types: []string{"pods"}}) // which has all that the others have
	answer = b.until("that one answers", "query_objects", args{"type": "pods", "match": "-l app in (web,api)"}, func(answer map[string]any) bool {
		watches := list(answer, "watches")
		return len(watches) == 1 && watches[0]["state"] == "live"
	})
	after := strings.Fields(names(list(answer, "objects")))
	for _, name := range strings.Fields(before) {
		if !slices.Contains(after, name) || strings.Count(before+" ", name+" ") != 1 {
			t.Errorf("%s is there %d times, and now in %v", name, strings.Count(before+" ", name+" "), after)
		}
	}
	if len(after) != len(strings.Fields(before)) {
		t.Errorf("there were %s\nwanted %v", before, after)
	}
}

// What two watches see is one change, on whichever page it is told.
func TestChangesOfSeveralSelectorsAreToldOnce(t *testing.T) {
	b := parted(t)
	var want []string
	for i := range 4 {
		b.apply(pods, podOf("web", "web-ill", fmt.Sprint(i), false))
		b.settled("changes", float64(2*(i+1)))
		want = append(want, fmt.Sprint(i))
	}
	slices.Reverse(want)
	question := args{"type": "pods", "since": "1h"}
	answer, _ := b.ask("list_changes", question)
	if got := list(answer, "changes"); len(got) != 4 {
		t.Errorf("told are\n%s", tellAll(got))
	}
	for _, limit := range []int{1, 3} {
		paged, pages := b.all("list_changes", args{"type": "pods", "since": "1h", "limit": limit}, "changes")
		if got := tellAll(paged); got != tellAll(list(answer, "changes")) || pages < 2 {
			t.Errorf("in %d pages told are\n%s\nwanted %v", pages, got, want)
		}
	}
	if answer, _ := b.ask("object_history", args{"type": "pods", "name": "web-ill"}); answer["total"] != 4.0 {
		t.Errorf("the history is %v", answer)
	}
}

// Who has subscribed to a type is told of what any of its watches sees, and of nothing that their selectors leave out.
func TestSubscribersOfSeveralSelectorsAreToldOfAll(t *testing.T) {
	b := parted(t)
	for _, c := range []struct{ uri, has string }{ // the second is of an object that the first has waited for
		{"dogwatch://objects/pods", `"name":"api-ill"`},
		{"dogwatch://objects/pods/shop/api-ill", "version: dogwatch://objects/pods/shop/api-ill"},
	} {
		uri, has := c.uri, c.has
		told := make(updates, 100)
		session := b.connect(protocols[0], told.take)
		b.subscribe(session, uri)
		b.apply(pods, podOf("other", "other", uri, true))
		b.apply(pods, podOf("api", "api-ill", uri, true))
		told.until(b, session, uri, func(text string) bool { return strings.Contains(text, has) })
		if text := b.read(session, "dogwatch://objects/pods"); strings.Contains(text, `"name":"other"`) || !strings.Contains(text, `"selector":"app=web"`) {
			t.Errorf("the type is read as %s", text)
		}
	}
}

// Of an object that two watches have the newer version is given, though one of them is cut off from the server.
func TestTheNewestOfSeveralVersionsIsGiven(t *testing.T) {
	var isCut atomic.Bool
	b := newBench(t, benchOptions{types: []string{"nodes"}, faults: func(r *http.Request) *apiserver.Fault {
		q := r.URL.Query()
		if q.Get("labelSelector") != "app=web" {
			return nil
		}
		fault := &apiserver.Fault{NoStreamingList: true}
		if isCut.Load() || q.Get("watch") != "" && q.Get("sendInitialEvents") == "" { // it has its first list, and no more
			fault.Status = http.StatusServiceUnavailable
		}
		return fault
	}})
	b.apply(pods, podOf("web", "web-ill", "old", true))
	for _, selector := range []string{"app=web", "app"} {
		b.open(workspace.Target{Types: []string{"pods"}, LabelSelector: selector})
	}
	b.until("one is cut off", "query_objects", args{"type": "pods"}, func(answer map[string]any) bool {
		watches := list(answer, "watches")
		return len(watches) == 2 && watches[0]["complete"] == true && watches[0]["state"] == "retrying" && watches[1]["state"] == "live"
	})
	isCut.Store(true)
	b.apply(pods, podOf("web", "web-ill", "new", true))
	question := args{"type": "pods", "name": "web-ill", "fields": []string{".metadata.annotations.version"}}
	b.until("the new one", "query_objects", question, func(answer map[string]any) bool {
		return fmt.Sprint(list(answer, "objects")[0]["fields"]) == "map[.metadata.annotations.version:new]"
	})
	if _, text := b.ask("get_object", args{"type": "pods", "name": "web-ill"}); !strings.Contains(text, "version: new") {
		t.Errorf("it is\n%s", text)
	}
}

// A type that tabs watch with selectors of their own is not watched once more for who has subscribed to it: such a watch would answer nothing. It is as soon
// as no tab has it.
func TestSubscribersNeedNoWatchBesideATabs(t *testing.T) {
	b := newBench(t, benchOptions{types: []string{"nodes"}})
	limited := workspace.Target{Types: []string{"pods"}, LabelSelector: "app=web"}
	tab, err := b.ws.Open(limited)
	if err != nil {
		t.Fatal(err)
	}
	watched := func(want string) {
		t.Helper()
		b.until("pods are watched by "+want, "list_types", args{}, func(map[string]any) bool { return b.selectorsOf("pods") == want })
	}
	watched("app=web")
	told := make(updates, 100)
	session := b.connect(protocols[0], told.take)
	const uri = "dogwatch://objects/pods"
	b.subscribe(session, uri)
	b.apply(pods, podOf("web", "web-ill", "1", false))
	told.until(b, session, uri, func(text string) bool { return strings.Contains(text, "web-ill") })
	if got := b.selectorsOf("pods"); got != "app=web" {
		t.Errorf("pods are watched by %s", got)
	}
	b.ws.CloseTab(tab)
	watched("all")
	b.apply(pods, podOf("api", "api-ill", "1", false))
	told.until(b, session, uri, func(text string) bool { return strings.Contains(text, "api-ill") })
	b.open(limited)
	watched("app=web")
	b.open(workspace.Target{Types: []string{"pods"}}) // which both share
	watched("all app=web")
	if err := session.Unsubscribe(t.Context(), &sdk.UnsubscribeParams{URI: uri}); err != nil {
		t.Fatal(err)
	}
	watched("all app=web")
}

// selectorsOf are the selectors of the watches of a resource, "all" for one that has none.
func (b *bench) selectorsOf(resource string) string {
	var all []string
	for _, w := range b.ws.Watches() {
		if id := w.Watch.Identity(); id.GVR.Resource == resource {
			all = append(all, cmp.Or(id.LabelSelector, "all"))
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}
