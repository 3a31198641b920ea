package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/timeline"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/replay/recorder"
	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
	"github.com/dogwatch/dogwatch/workspace"
)

// ways are the transports by which an assistant may ask.
var ways = map[string]func(t *testing.T, told func(uri string), args ...string) *answering{
	"stdio": startMCPTelling,
	"HTTP":  startMCPOverHTTP,
}

// authorized sends a token with each request.
type authorized struct {
	token string
	*http.Transport
}

func (a authorized) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+a.token)
	return a.Transport.RoundTrip(r)
}

func startMCPOverHTTP(t *testing.T, told func(uri string), args ...string) *answering {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	stderr := &heard{more: make(chan struct{}, 1)}
	a := &answering{cancel: cancel, done: make(chan error, 1)}
	command := newMCP(nil, io.Discard, stderr)
	command.SetArgs(append(args, "--http", "0"))
	go func() { a.done <- command.ExecuteContext(ctx) }()
	address, token := stderr.find(t, "answering at (http://127.0.0.1:[0-9]+/mcp);"), stderr.find(t, "token: ([A-Z0-9]{26})\n")
	transport := authorized{token, &http.Transport{}}
	t.Cleanup(transport.CloseIdleConnections)
	var err error
	if a.client, err = newClient(told).Connect(t.Context(), &sdk.StreamableClientTransport{Endpoint: address, HTTPClient: &http.Client{Transport: transport}}, nil); err != nil {
		t.Fatal(err)
	}
	return a
}

// world is a cluster in which something goes on, and a recording of that.
type world struct {
	kubeconfig, recording string
	store                 *store.Store
	recorded              *workspace.Workspace
	record                func() // ends the recording
	watching              []*answering
}

// allTypes are those of the world.
const allTypes = "pods,deployments,nodes,namespaces,gauges"

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{recording: filepath.Join(t.TempDir(), "world.jsonl.zst")}
	w.kubeconfig, w.store = sampleCluster(t)
	o := setup.New()
	o.Kube.Kubeconfig, o.AllNamespaces, o.History = w.kubeconfig, true, timeline.New(1<<20)
	wake := make(chan struct{}, 1)
	ws, err := o.Workspace(t.Context(), func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	w.recorded = ws
	ws.KeepManagedFields(true)
	if err := setup.OpenTabs(ws, []string{allTypes}, nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all is listed", func() bool {
		for _, watch := range ws.Watches() {
			if watch.Watch.State().Phase != informers.Live || ws.Remembered(watch.Watch.Identity()).IsZero() {
				return false
			}
		}
		return len(ws.Watches()) == 5
	})
	file, err := os.Create(w.recording)
	if err != nil {
		t.Fatal(err)
	}
	writer, err := recording.NewWriter(file)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	begun, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- recorder.New(writer, recorder.Options{
			Context: "sample", Version: func() string { return "" }, Wake: wake, Begun: func() { close(begun) },
			Sources: func() []recorder.Source { return setup.Sources(ws) },
		}).Run(ctx)
	}()
	<-begun
	w.record = func() {
		cancel()
		for _, err := range []error{<-ended, writer.Close(time.Now()), file.Close(), ws.Close(context.Background())} {
			if err != nil {
				t.Error(err)
			}
		}
	}
	return w
}

func (w *world) apply(t *testing.T, gvr schema.GroupVersionResource, object string) {
	t.Helper()
	if _, err := w.store.Apply(gvr, []byte(object)); err != nil {
		t.Fatal(err)
	}
}

// goOn has something happen: a deployment is made, edited and deleted, and a pod cannot pull its image.
func (w *world) goOn(t *testing.T) {
	t.Helper()
	deployments := schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	edited := func(image, by string) string {
		return fmt.Sprintf(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"shop","namespace":"shop","uid":"d1","generation":1,
			"managedFields":[{"manager":%q,"operation":"Update","apiVersion":"apps/v1","time":"2026-11-29T10:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:image":{}}}}]},
			"spec":{"image":%q},"status":{"observedGeneration":1}}`, by, image)
	}
	for i, change := range []func(){
		func() { w.apply(t, pods, pulling("")) },
		func() { w.apply(t, pods, pulling("ImagePullBackOff")) },
		func() { w.apply(t, deployments, edited("shop:1", "helm")) },
		func() { w.apply(t, deployments, edited("shop:2", "kubectl-edit")) },
	} {
		change()
		w.await(t, float64(i+1)) // by all, in this order
	}
}

// await waits until so many changes have come to all who watch, and to what is recorded.
func (w *world) await(t *testing.T, n float64) {
	t.Helper()
	eventually(t, "what is recorded", func() bool { return float64(w.recorded.Snapshot().History.Changes) == n })
	for _, one := range w.watching {
		eventually(t, fmt.Sprint(n, " changes"), func() bool {
			return one.ask(t, "list_types", map[string]any{"limit": 1})["history"].(map[string]any)["changes"] == n
		})
	}
}

// moments are what is different each time: times, and places in what is remembered.
var moments = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z|"next_cursor":"[^"]*"`)

// TestTheSameWorldGivesTheSameAnswers asks everything there is to ask, by each transport of a cluster and of a recording of it.
func TestTheSameWorldGivesTheSameAnswers(t *testing.T) {
	type args = map[string]any
	questions := []struct {
		tool     string
		question args
		has      string
	}{
		{"list_types", args{"watched_only": true}, `"type":"gauges.acme.io"`},
		{"list_types", args{"match": "deploy"}, `"total":1`},
		{"query_objects", args{"type": "pods"}, `"total":21`},
		{"query_objects", args{"type": "pods", "limit": 3}, `"next_cursor"`},
		{"query_objects", args{"type": "pods", "filter": "object.metadata.labels.app == 'web'", "namespace": "shop"}, `"total":2`},
		{"query_objects", args{"type": "pods,deployments", "match": "shop", "fields": []string{".spec.image"}}, `".spec.image":"shop:2"`},
		{"query_objects", args{"type": "pods", "filter": "objct"}, "undeclared reference"},
		{"get_object", args{"type": "deployments", "name": "shop"}, "image: shop:2"},
		{"get_object", args{"type": "deployments", "name": "shop", "format": "json"}, `"image": "shop:2"`},
		{"list_problems", args{}, `"name":"pulling"`},
		{"list_problems", args{"type": "deployments"}, `"total":0`},
		{"explain", args{"type": "pods", "name": "pulling"}, "ImagePullBackOff"},
		{"object_relations", args{"type": "pods", "name": "web-7c9d8f6b5d-00000"}, `"type":"nodes"`},
		{"list_changes", args{"since": "1h", "limit": 1}, `"next_cursor"`},
		{"list_changes", args{"since": "1h", "type": "deploy", "manager": "kubectl"}, `"old":"shop:1"`},
		{"object_history", args{"type": "deploy", "name": "shop"}, `"by":["kubectl-edit"]`},
		{"diff_object", args{"type": "deploy", "name": "shop"}, `"new":"shop:2"`},
		{"diff_object", args{"type": "deploy", "name": "shop", "from": "soon"}, "no resource version"},
		{"list_signals", args{"type": "pods"}, "ImagePullFailing"},
		{"list_signals", args{"severity": "bad"}, "severity is one of"},
	}
	w := newWorld(t)
	for _, start := range ways {
		w.watching = append(w.watching, start(t, nil, "--kubeconfig", w.kubeconfig, "-A", allTypes))
	}
	for _, one := range w.watching {
		eventually(t, "all is there", func() bool { return one.ask(t, "query_objects", args{"type": allTypes})["total"] == 28.0 })
		one.ask(t, "list_signals", args{})
		one.ask(t, "list_changes", args{"type": allTypes, "since": "1m"}) // they are remembered from then on
	}
	w.goOn(t)
	w.record()
	for _, start := range ways {
		w.watching = append(w.watching, start(t, nil, "--recording", w.recording))
	}
	w.await(t, 4)
	for _, q := range questions {
		var first string
		for i, one := range w.watching {
			var got string
			eventually(t, fmt.Sprint(q.tool, " ", q.question, " to tell ", q.has), func() bool {
				got = one.said(t, q.tool, q.question)
				return strings.Contains(got, q.has)
			})
			got = moments.ReplaceAllString(got, "…")
			if i == 0 {
				first = got
			} else if got != first {
				t.Errorf("%s %v is answered differently:\n%s\n%s", q.tool, q.question, first, got)
			}
		}
	}
	for _, one := range w.watching {
		one.end(t)
	}
}

// notices counts what a client is told of.
type notices struct {
	mu  sync.Mutex
	all map[string]int
}

func (n *notices) take(uri string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.all == nil {
		n.all = map[string]int{}
	}
	n.all[uri]++
}

func (n *notices) of(uri string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.all[uri]
}

// subscribed are resources of each kind.
var subscribed = []string{"dogwatch://problems", "dogwatch://signals", "dogwatch://objects/pods", "dogwatch://objects/pods/shop/pulling", "dogwatch://objects/nodes"}

// subscribe subscribes to all of them, and waits until each has begun.
func (n *notices) subscribe(t *testing.T, to *answering) {
	t.Helper()
	for _, uri := range subscribed {
		if err := to.client.Subscribe(t.Context(), &sdk.SubscribeParams{URI: uri}); err != nil {
			t.Fatalf("%s: %v", uri, err)
		}
		eventually(t, uri+" to begin", func() bool { return n.of(uri) > 0 })
	}
}

// By each transport a client is told of what is different, and of nothing else.
func TestSubscribersAreToldByEachTransport(t *testing.T) {
	for name, start := range ways {
		t.Run(name, func(t *testing.T) {
			kubeconfig, st := sampleCluster(t)
			if _, err := st.Apply(pods, []byte(pulling(""))); err != nil {
				t.Fatal(err)
			}
			told := &notices{}
			a := start(t, told.take, "--kubeconfig", kubeconfig, "-A", "pods,nodes", "--signals")
			eventually(t, "all is judged", func() bool { return a.ask(t, "list_signals", map[string]any{})["complete"] == true })
			told.subscribe(t, a)
			before := map[string]int{}
			for _, uri := range subscribed {
				before[uri] = told.of(uri)
			}
			if _, err := st.Apply(pods, []byte(pulling("ImagePullBackOff"))); err != nil {
				t.Fatal(err)
			}
			for _, uri := range subscribed[:4] {
				eventually(t, uri+" to be told of", func() bool { return told.of(uri) > before[uri] })
			}
			if n := told.of("dogwatch://objects/nodes"); n != before["dogwatch://objects/nodes"] {
				t.Errorf("of nodes, which did not change, it is told %d times", n)
			}
			a.end(t)
		})
	}
}

// In a recording nothing changes: a client is told that its subscriptions have begun, and then of signals alone, while they are judged.
func TestSubscriptionsToARecordingBeginAndRest(t *testing.T) {
	w := newWorld(t)
	w.goOn(t)
	w.record()
	for name, start := range ways {
		t.Run(name, func(t *testing.T) {
			told := &notices{}
			a := start(t, told.take, "--recording", w.recording)
			eventually(t, "all is there", func() bool { return a.ask(t, "query_objects", map[string]any{"type": allTypes})["total"] == 30.0 })
			a.ask(t, "list_problems", map[string]any{})
			told.subscribe(t, a)
			eventually(t, "the signal", func() bool { return strings.Contains(a.said(t, "list_signals", map[string]any{}), "ImagePullFailing") })
			result, err := a.client.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "dogwatch://objects/pods/shop/pulling"})
			if err != nil || !strings.Contains(result.Contents[1].Text, "ImagePullBackOff") {
				t.Errorf("what is read is %v, %v", result, err)
			}
			for _, uri := range subscribed {
				if n := told.of(uri); uri != "dogwatch://signals" && n != 1 {
					t.Errorf("of %s it is told %d times", uri, n)
				}
			}
			if err := a.client.Unsubscribe(t.Context(), &sdk.UnsubscribeParams{URI: subscribed[0]}); err != nil {
				t.Error(err)
			}
			a.end(t)
		})
	}
}
