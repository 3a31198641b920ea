package workspace_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/model/relation"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/model/versions"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/workspace"
)

// spellRelated writes what relates to an object, a line each.
func spellRelated(all []workspace.Related) string {
	var b strings.Builder
	for _, r := range all {
		fmt.Fprintf(&b, "%s%s %s %s\n", strings.Repeat(" ", r.Depth), r.Of.Kind, r.ID, [...]string{"there", "missing", "unread", "hidden", "unwatched"}[r.Presence])
	}
	return b.String()
}

// awaitRelated reads until what relates is as said.
func (b *bench) awaitRelated(r workspace.Relations, want string) {
	b.t.Helper()
	var got string
	b.await("the relations are\n"+want, func(workspace.Snapshot) bool {
		all, err := r.Read()
		if err != nil {
			b.t.Fatal(err)
		}
		if now := spellRelated(all); now != got {
			got = now
			b.t.Log(got)
		}
		return got == want
	})
}

func TestRelationsWatchWhatTheyNeed(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	pod := func(node string) {
		t.Helper()
		if _, err := b.store.Apply(pods, fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"api","uid":"p",`+
			`"ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"web","uid":""}]},"spec":{"nodeName":%q}}`, node)); err != nil {
			t.Fatal(err)
		}
	}
	pod("node-00")
	b.mustOpen("pods")
	b.await("the watch is live", live)
	r, err := b.ws.WatchRelations(versions.Object{Cluster: b.ws.Snapshot().Context, GVR: pods, Key: model.Key{Namespace: "shop", Name: "api"}}, "Pod")
	if err != nil {
		t.Fatal(err)
	}
	b.awaitRelated(r, "Deployment shop/web there\n Pod shop/api there\nNode node-00 there\n")
	pod("node-99")
	b.awaitRelated(r, "Deployment shop/web there\n Pod shop/api there\nNode node-99 missing\n")
	r.Close()
	r.Close()
	if _, err := r.Read(); err == nil {
		t.Error("relations that are closed can be read")
	}
	b.await("only the tab's watch is left", func(workspace.Snapshot) bool { return b.openWatches() == 1 })
}

// What another tab begins to show is taken in though nothing changes in it.
func TestRelationsTakeInNewTabs(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	gauges := sample.Gauges()
	b.addType(gauges)
	for gvr, body := range map[schema.GroupVersionResource]string{
		pods:            `{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"api","uid":"p"},"spec":{"nodeName":"node-00"}}`,
		gauges.Resource: `{"apiVersion":"acme.io/v1","kind":"Gauge","metadata":{"namespace":"shop","name":"owned","uid":"c","ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"api","uid":"p"}]}}`,
	} {
		if _, err := b.store.Apply(gvr, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	b.mustOpen("pods")
	b.await("the watch is live", live)
	r, err := b.ws.WatchRelations(versions.Object{Cluster: b.ws.Snapshot().Context, GVR: pods, Key: model.Key{Namespace: "shop", Name: "api"}}, "Pod")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b.awaitRelated(r, "Pod shop/api there\nNode node-00 there\n")
	before := r.Version()
	b.mustOpen("gauges")
	b.await("there is something else to read", func(workspace.Snapshot) bool { return r.Version() > before })
	b.awaitRelated(r, "Pod shop/api there\n Gauge shop/owned there\nNode node-00 there\n")
}

// What refers to an object is watched where that is little, though no tab shows it. Of all else it is said that it is not watched: a page is no reason
// to list all pods.
func TestRelationsWatchWhatRefersToTheObject(t *testing.T) {
	b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
	group := func(group, plural, kind string) schema.GroupVersionResource {
		t.Helper()
		typ := store.Type{Resource: schema.GroupVersionResource{Group: group, Version: "v1", Resource: plural}, Kind: kind, Namespaced: true}
		b.addType(typ)
		return typ.Resource
	}
	scalers, routes := group("autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler"), group("gateway.networking.k8s.io", "httproutes", "HTTPRoute")
	services, ingresses := group("", "services", "Service"), group("networking.k8s.io", "ingresses", "Ingress")
	settings := group("", "configmaps", "ConfigMap")
	b.put(scalers, `{"apiVersion":"autoscaling/v1","kind":"HorizontalPodAutoscaler","metadata":{"namespace":"shop","name":"scales"},`+
		`"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"}}}`)
	b.put(services, `{"apiVersion":"v1","kind":"Service","metadata":{"namespace":"shop","name":"api","uid":"s"}}`)
	b.put(ingresses, `{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"namespace":"shop","name":"front"},"spec":{"defaultBackend":{"service":{"name":"api"}}}}`)
	b.put(routes, `{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"namespace":"web","name":"way"},`+
		`"spec":{"rules":[{"backendRefs":[{"group":"","kind":"Service","name":"api","namespace":"shop"}]}]}}`)
	b.put(settings, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"namespace":"shop","name":"settings"}}`)
	b.put(pods, `{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"uses","uid":"p"},"spec":{"containers":[{"name":"c","envFrom":[{"configMapRef":{"name":"settings"}}]}]}}`)
	watch := func(gvr schema.GroupVersionResource, kind, name string) workspace.Relations {
		t.Helper()
		r, err := b.ws.WatchRelations(versions.Object{Cluster: b.ws.Snapshot().Context, GVR: gvr, Key: model.Key{Namespace: "shop", Name: name}}, kind)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	b.mustOpen("deployments", "services", "configmaps")
	b.await("the tab is live", live)
	watched := b.openWatches()
	r := watch(services, "Service", "api")
	b.awaitRelated(r, "Service shop/api there\nHTTPRoute web/way there\nIngress shop/front there\n")
	r.Close()
	r = watch(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}, "Deployment", "web")
	b.awaitRelated(r, "Deployment shop/web there\nHorizontalPodAutoscaler shop/scales there\n")
	r.Close()
	r = watch(settings, "ConfigMap", "settings")
	for range 2 { // what is needed is watched by the first look
		b.awaitRelated(r, "ConfigMap shop/settings there\nPod shop/ unwatched\n")
	}
	b.await("nothing is watched for a ConfigMap", func(workspace.Snapshot) bool { return b.openWatches() == watched })
	b.mustOpen("pods")
	b.awaitRelated(r, "ConfigMap shop/settings there\nPod shop/uses there\n")
	r.Close()
	b.await("only the tabs' watches are left", func(workspace.Snapshot) bool { return b.openWatches() == watched+1 })
}

// Of what is watched for relations it is said that it may not be read, or does not come, and why.
func TestRelationsSayWhatMayNotBeRead(t *testing.T) {
	for status, want := range map[int]string{http.StatusForbidden: "hidden", http.StatusInternalServerError: "unread"} {
		b := newBench(t, apiserver.Options{}, workspace.Options{AllNamespaces: true})
		services := store.Type{Resource: schema.GroupVersionResource{Version: "v1", Resource: "services"}, Kind: "Service", Namespaced: true}
		b.addType(services)
		b.put(pods, `{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"api","uid":"p"}}`)
		b.server.SetFaults(func(r *http.Request) *apiserver.Fault {
			if strings.HasSuffix(r.URL.Path, "/services") {
				return &apiserver.Fault{Status: status}
			}
			return nil
		})
		b.mustOpen("pods")
		b.await("the watch is live", live)
		r, err := b.ws.WatchRelations(versions.Object{Cluster: b.ws.Snapshot().Context, GVR: pods, Key: model.Key{Namespace: "shop", Name: "api"}}, "Pod")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		b.awaitRelated(r, "Pod shop/api there\nService shop/ "+want+"\n")
		b.await("it is said why nothing comes", func(workspace.Snapshot) bool {
			all, err := r.Read()
			if err != nil {
				t.Fatal(err)
			}
			return (all[len(all)-1].Cause != "") == (want == "unread")
		})
	}
}

// In the past an object relates to what it did then, as far as that was watched; nothing is asked of the server.
func TestRelationsOfThePast(t *testing.T) {
	c := newRewindBench(t)
	services := store.Type{Resource: schema.GroupVersionResource{Version: "v1", Resource: "services"}, Kind: "Service", Namespaced: true}
	if err := c.store.AddType(services); err != nil {
		t.Fatal(err)
	}
	c.ws.RetryNow()
	c.await("Services are a type that is known", func(workspace.Snapshot) bool {
		return slices.ContainsFunc(c.ws.Choices(), func(choice workspace.TypeChoice) bool { return choice.Kind == "Service" })
	})
	pod := func(node, owner string) {
		t.Helper()
		c.remember(pods, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"api","uid":"p","ownerReferences":[`+
			`{"apiVersion":"apps/v1","kind":"Deployment","name":%q}]},"spec":{"nodeName":%q}}`, owner, node))
	}
	pod("node-00", "web")
	c.mustOpen("nodes")
	c.await("the nodes are live", live)
	nodes := schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	c.remember(nodes, `{"apiVersion":"v1","kind":"Node","metadata":{"name":"node-00","uid":"n","labels":{"zone":"a"}}}`) // their changes are, from now on
	pod("node-00", "web")
	early := c.last()
	pod("node-99", "other")
	past, err := c.ws.BeginRewind(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.ws.WatchRelations(versions.Object{Cluster: c.ws.Snapshot().Context, GVR: pods, Key: model.Key{Namespace: "shop", Name: "api"}}, "Pod")
	if err != nil {
		t.Fatal(err)
	}
	watches := c.openWatches()
	seek := func(at time.Time, wanted ...string) {
		t.Helper()
		before := r.Version()
		if err := past.Seek(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		if r.Version() == before {
			t.Error("it is not said that there is something else to read")
		}
		all, err := r.Read()
		if err != nil {
			t.Fatal(err)
		}
		var known []workspace.Related
		for _, it := range all {
			if it.How != relation.NotKnown {
				known = append(known, it)
			} else if it.Of.Kind == "Pod" || it.Of.Kind == "Node" || it.Presence != workspace.Unwatched || it.ID.Name != "" {
				t.Errorf("not known is %+v", it)
			}
		}
		if got := spellRelated(known); !slices.Contains(wanted, got) {
			t.Errorf("at %s it relates to\n%s, want\n%s", at, got, strings.Join(wanted, "or\n"))
		}
		if len(known) == len(all) {
			t.Error("it is not said that Services were not watched")
		}
	}
	for range 2 {
		seek(past.State().End, "Deployment shop/other unwatched\n Pod shop/api there\nNode node-99 missing\n")
		seek(early.Add(time.Microsecond), "Deployment shop/web unwatched\n Pod shop/api there\nNode node-00 there\n")
		// The watch became live just then, or in the moment after.
		seek(past.State().Begin, "Pod shop/api unwatched\n", "Pod shop/api missing\n")
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

// Whatever changes and whichever moment is sought, the relations are those that a plain reading of the objects of then gives.
func TestRelationsOfAnyPastMoment(t *testing.T) {
	c := newRewindBench(t)
	nodes := schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	c.mustOpen("nodes")
	c.await("the nodes are live", live)
	c.remember(nodes, `{"apiVersion":"v1","kind":"Node","metadata":{"name":"node-00","uid":"n"}}`) // their changes are, from now on
	random := rand.New(rand.NewPCG(3, 4))
	here := map[string]bool{"node-00": true, "node-01": true} // of which the sample has both
	node, owner := "", ""
	type moment struct {
		at   time.Time
		want string
	}
	var moments []moment
	for i := range 24 {
		n := len(slices.Collect(c.ws.Timeline().Forward(0, timeline.Filter{})))
		other := fmt.Sprintf("other-%d", random.IntN(3))
		switch {
		case i > 0 && random.IntN(2) == 0 && here[other]:
			if _, err := c.store.Delete(nodes, "", other); err != nil {
				t.Fatal(err)
			}
			here[other] = false
		case i > 0 && random.IntN(2) == 0:
			c.put(nodes, fmt.Sprintf(`{"apiVersion":"v1","kind":"Node","metadata":{"name":%q,"uid":"%[1]s","labels":{"n":"%d"}}}`, other, i))
			here[other] = true
		default:
			node, owner = []string{"node-00", "other-0", "other-1", "other-2"}[random.IntN(4)], fmt.Sprintf("web-%d", random.IntN(2))
			c.put(pods, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"api","uid":"p","labels":{"n":"%d"},"ownerReferences":[`+
				`{"apiVersion":"apps/v1","kind":"Deployment","name":%q}]},"spec":{"nodeName":%q}}`, i, owner, node))
		}
		c.await("the change is remembered", func(s workspace.Snapshot) bool { return s.History.Changes > n })
		state := map[bool]string{true: "there", false: "missing"}[here[node]]
		moments = append(moments, moment{c.last(), fmt.Sprintf("Deployment shop/%s unwatched\n Pod shop/api there\nNode %s %s\n", owner, node, state)})
	}
	past, err := c.ws.BeginRewind(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.ws.WatchRelations(versions.Object{Cluster: c.ws.Snapshot().Context, GVR: pods, Key: model.Key{Namespace: "shop", Name: "api"}}, "Pod")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for range 60 {
		m := moments[random.IntN(len(moments))]
		if err := past.Seek(t.Context(), m.at); err != nil {
			t.Fatal(err)
		}
		all, err := r.Read()
		if err != nil {
			t.Fatal(err)
		}
		all = slices.DeleteFunc(all, func(it workspace.Related) bool { return it.How == relation.NotKnown })
		if got := spellRelated(all); got != m.want {
			t.Fatalf("at %s it relates to\n%s, want\n%s", m.at, got, m.want)
		}
	}
}
