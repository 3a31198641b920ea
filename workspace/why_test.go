package workspace_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/health"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/model/why"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/workspace"
)

// spellAnswer writes why an object is as it is, a line each.
func spellAnswer(a *why.Answer) string {
	var b strings.Builder
	for i, s := range a.Steps {
		fmt.Fprintf(&b, "%s %s %s\n", s.Of.Kind, s.ID, s.Finding.Reason)
		if a.Event != nil && a.EventOf == i {
			fmt.Fprintf(&b, "! %s\n", a.Event.Message)
		}
	}
	for _, c := range a.Changes {
		fmt.Fprintf(&b, "before: %s %s %s → %s\n", c.Item.Of.Kind, c.Path, c.Old, c.New)
	}
	for _, of := range a.Forgotten {
		fmt.Fprintf(&b, "forgotten: %s\n", of.Kind)
	}
	return b.String()
}

// awaitAnswer reads until the answer is as said.
func (b *bench) awaitAnswer(r workspace.Reasons, want string) {
	b.t.Helper()
	var got string
	b.await("the answer is\n"+want, func(workspace.Snapshot) bool {
		a, err := r.Read()
		if err != nil {
			b.t.Fatal(err)
		}
		if now := spellAnswer(a); now != got {
			got = now
			b.t.Log(got)
		}
		return got == want
	})
}

func TestReasonsFollowTheWayToTheCause(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true, History: timeline.New(1 << 20), Health: health.Builtin})
	b.serveEvents(coreEvents, "involvedObject")
	pod := func(image string) {
		t.Helper()
		b.put(pods, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"api","uid":"p"},`+
			`"spec":{"nodeName":"node-99","containers":[{"name":"api","image":%q}]},"status":{"phase":"Failed"}}`, image))
	}
	pod("api:1")
	b.mustOpen("pods")
	b.await("the watch is live", live)
	r, err := b.ws.WatchReasons(versions.Object{Cluster: b.ws.Snapshot().Context, GVR: pods, Key: model.Key{Namespace: "shop", Name: "api"}}, "Pod")
	if err != nil {
		t.Fatal(err)
	}
	const way = "Pod shop/api Failed\nNode node-99 \n"
	b.awaitAnswer(r, way+"forgotten: Node\n")
	pod("api:2")
	b.awaitAnswer(r, way+"before: Pod spec.containers[api].image \"api:1\" → \"api:2\"\nforgotten: Node\n")
	b.put(coreEvents, `{"apiVersion":"v1","kind":"Event","metadata":{"namespace":"shop","name":"e"},"type":"Warning","reason":"Broken","message":"node-99 has left",`+
		`"involvedObject":{"kind":"Pod","namespace":"shop","name":"api","uid":"p"},"lastTimestamp":"2026-11-29T14:00:00Z"}`)
	b.awaitAnswer(r, "Pod shop/api Failed\n! node-99 has left\nNode node-99 \nbefore: Pod spec.containers[api].image \"api:1\" → \"api:2\"\nforgotten: Node\n")
	b.mustOpen("nodes")
	b.awaitAnswer(r, "Pod shop/api Failed\n! node-99 has left\nNode node-99 \nbefore: Pod spec.containers[api].image \"api:1\" → \"api:2\"\n")
	a, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	if !a.Remembers || a.Since.IsZero() || time.Since(a.Since) > time.Hour {
		t.Errorf("changes are remembered since %v", a.Since)
	}
	r.Close()
	r.Close()
	if _, err := r.Read(); err == nil {
		t.Error("reasons that are closed can be read")
	}
	b.await("only the tabs' watches are left", func(workspace.Snapshot) bool { return b.openWatches() == 2 })
}

// The cause may change any number of times: the Events of the last one are told, and those of the first are not watched any more.
func TestEventsOfTheCauseAreToldHoweverOftenItChanges(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true, Health: health.Builtin})
	b.serveEvents(coreEvents, "involvedObject")
	b.mustOpen("pods")
	b.mustOpen("nodes")
	b.await("the watches are live", live)
	nodes := schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	const changes = 30
	var r workspace.Reasons
	most := 0
	for i := range changes {
		b.put(nodes, fmt.Sprintf(`{"apiVersion":"v1","kind":"Node","metadata":{"name":"bad-%02d","uid":"n%d"},"status":{"conditions":[{"type":"Ready","status":"False"}]}}`, i, i))
		b.put(pods, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"api","uid":"p"},`+
			`"spec":{"nodeName":"bad-%02d"},"status":{"phase":"Failed"}}`, i))
		b.put(coreEvents, fmt.Sprintf(`{"apiVersion":"v1","kind":"Event","metadata":{"namespace":"default","name":"e%d"},"type":"Warning","reason":"Broken","message":"fan %d stands still",`+
			`"involvedObject":{"kind":"Node","name":"bad-%02d","uid":"n%d"},"lastTimestamp":"2026-11-29T14:00:00Z"}`, i, i, i, i))
		if r == nil {
			var err error
			if r, err = b.ws.WatchReasons(versions.Object{Cluster: b.ws.Snapshot().Context, GVR: pods, Key: model.Key{Namespace: "shop", Name: "api"}}, "Pod"); err != nil {
				t.Fatal(err)
			}
			defer r.Close()
		}
		b.awaitAnswer(r, fmt.Sprintf("Pod shop/api Failed\nNode bad-%02d NotReady\n! fan %d stands still\n", i, i))
		most = max(most, b.openWatches())
	}
	if most >= changes {
		t.Errorf("there were %d watches at once", most)
	}
}

func TestReasonsEndWithTheWorkspace(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	b.mustOpen("pods")
	b.await("the watch is live", live)
	r, err := b.ws.WatchReasons(b.web(), "Pod")
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	if a.Remembers {
		t.Error("nothing is remembered, and that is not told")
	}
}

// In the past the cause is what it was then, told by what was known then; nothing is asked of the server.
func TestReasonsOfThePast(t *testing.T) {
	c := newRewindBench(t)
	c.serveEvents(coreEvents, "involvedObject")
	pod := func(image, phase string) time.Time {
		t.Helper()
		return c.remember(pods, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"api","uid":"p"},`+
			`"spec":{"nodeName":"node-99","containers":[{"name":"api","image":%q}]},"status":{"phase":%q,"conditions":[{"type":"Ready","status":"True"}]}}`, image, phase))
	}
	well := pod("api:1", "Running")
	changed := pod("api:2", "Running")
	failed := pod("api:2", "Failed")
	c.mustOpen("events")
	c.await("the Events are live", live)
	c.mustOpen("nodes")
	c.await("the nodes are live", live)
	nodes := schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	c.remember(nodes, `{"apiVersion":"v1","kind":"Node","metadata":{"name":"node-00","uid":"n"}}`)
	told := c.remember(coreEvents, `{"apiVersion":"v1","kind":"Event","metadata":{"namespace":"shop","name":"e"},"type":"Warning","reason":"Broken","message":"node-99 has left",`+
		`"involvedObject":{"kind":"Pod","namespace":"shop","name":"api","uid":"p"},"lastTimestamp":"2026-11-29T14:00:00Z"}`)
	pod("api:3", "Failed")
	past, err := c.ws.BeginRewind(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.ws.WatchReasons(versions.Object{Cluster: c.ws.Snapshot().Context, GVR: pods, Key: model.Key{Namespace: "shop", Name: "api"}}, "Pod")
	if err != nil {
		t.Fatal(err)
	}
	watches := c.openWatches()
	image := func(of, to int) string {
		return fmt.Sprintf("before: Pod spec.containers[api].image \"api:%d\" → \"api:%d\"\n", of, to)
	}
	for range 2 {
		for _, want := range []struct {
			at                time.Time
			answer, unwatched string
			hasEvents         bool
		}{
			{past.State().End, "Pod shop/api Failed\n! node-99 has left\nNode node-99 \n" + image(2, 3), "", true},
			{told, "Pod shop/api Failed\n! node-99 has left\nNode node-99 \n" + image(1, 2), "", true},
			{failed, "Pod shop/api Failed\n" + image(1, 2), "node-99", false},
			{changed, "Pod shop/api Running\n" + image(1, 2), "", false},
			{well, "Pod shop/api Running\nbefore: Pod   → \n", "", false},
			{past.State().Begin, "Pod shop/api \n", "api", false},
		} {
			if err := past.Seek(t.Context(), want.at); err != nil {
				t.Fatal(err)
			}
			a, err := r.Read()
			if err != nil {
				t.Fatal(err)
			}
			unwatched := ""
			for _, it := range a.Unwatched {
				unwatched += it.ID.Name
			}
			if got := spellAnswer(a); got != want.answer || unwatched != want.unwatched || a.HasEvents != want.hasEvents || !a.IsPast {
				t.Errorf("at %s it is\n%s(not known: %q, Events %v), want\n%s(%q, %v)", want.at, got, unwatched, a.HasEvents, want.answer, want.unwatched, want.hasEvents)
			}
		}
	}
	if n := c.openWatches(); n != watches {
		t.Errorf("there are %d watches, and were %d", n, watches)
	}
	c.ws.EndRewind()
	if _, err := r.Read(); err == nil {
		t.Error("they can be read in the present")
	}
	r.Close()
	r.Close()
}
