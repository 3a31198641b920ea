package informers

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"

	"github.com/dogwatch/dogwatch/model"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// patience is how long a test waits for what must come; none depends on how
// much of it is used.
const patience = 60 * time.Second

var (
	pods   = sample.Pods().Resource
	gauges = sample.Gauges().Resource
	nodes  = sample.Nodes().Resource
)

func TestMain(m *testing.M) {
	klog.SetLogger(klog.Logger{}) // client-go tells of the failures that tests make
	code := m.Run()
	if code == 0 {
		// A connection may be closing yet; what a watch starts may not.
		idle := goleak.IgnoreAnyFunction("golang.org/x/net/http2.(*clientConnReadLoop).run")
		if err := goleak.Find(idle); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// quick is a pace at which a test can wait for retries.
func quick() Options {
	return Options{Backoff: Backoff{
		Initial: 10 * time.Millisecond, Max: 50 * time.Millisecond,
		Denied: 30 * time.Millisecond, Reconnect: 5 * time.Millisecond,
	}}
}

// world is an API server and a manager of watches on it, called "test".
type world struct {
	*testing.T
	server  *apiserver.Server
	types   *catalog
	getter  *getter
	manager *Manager
}

func newWorld(t *testing.T, podCount int, serverOpts apiserver.Options, opts Options) *world {
	t.Helper()
	st, err := sample.Store(podCount)
	if err != nil {
		t.Fatal(err)
	}
	server := apiserver.New(st, serverOpts)
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	access := server.Access()
	client, err := rest.HTTPClientFor(&rest.Config{
		Host: access.Host, BearerToken: access.Token, TLSClientConfig: rest.TLSClientConfig{CAData: access.CA},
	})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		T: t, server: server, types: newCatalog(st.Types()...),
		getter: &getter{host: access.Host, client: client}, manager: NewManager(context.Background(), opts),
	}
	w.manager.AddCluster("test", w.getter, w.types)
	t.Cleanup(func() {
		if err := w.manager.Close(context.Background()); err != nil {
			t.Error(err)
		}
		client.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) store() *store.Store { return w.server.Store() }

// add leases a watch of a type, adjusted by change.
func (w *world) add(gvr schema.GroupVersionResource, change ...func(*Identity)) *Lease {
	w.Helper()
	id := Identity{Cluster: "test", GVR: gvr}
	for _, f := range change {
		f(&id)
	}
	lease, err := w.manager.Add(id)
	if err != nil {
		w.Fatal(err)
	}
	return lease
}

// live leases a watch and waits until it is live.
func (w *world) live(gvr schema.GroupVersionResource, change ...func(*Identity)) *Lease {
	w.Helper()
	lease := w.add(gvr, change...)
	w.phase(lease, Live)
	return lease
}

// phase waits until a watch is in a phase.
func (w *world) phase(l *Lease, p Phase) State {
	w.Helper()
	return w.state(l, p.String(), func(s State) bool { return s.Phase == p })
}

// state waits until a watch's state is as it should be.
func (w *world) state(l *Lease, what string, good func(State) bool) State {
	w.Helper()
	changed := make(chan struct{}, 1)
	forget := l.Watch().OnChange(func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	defer forget()
	timeout := time.After(patience)
	for {
		if s := l.Watch().State(); good(s) {
			return s
		}
		select {
		case <-changed:
		case <-timeout:
			w.Fatalf("waiting for %s: the state stayed %+v", what, l.Watch().State())
		}
	}
}

// eventually waits until a condition holds of which nobody tells.
func (w *world) eventually(what string, holds func() bool) {
	w.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	timeout := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-timeout:
			w.Fatalf("waited in vain for %s", what)
		}
	}
}

// equal waits until a watch's store is what the server has of the type.
func (w *world) equal(l *Lease) {
	w.Helper()
	var want, got []string
	w.eventually("the store to be the server's", func() bool {
		want, got = w.served(l.Watch().State().Type.GVR), held(l.Watch().Store())
		return slices.Equal(want, got)
	})
}

// served lists what the server has, as "namespace/name uid resourceVersion".
func (w *world) served(gvr schema.GroupVersionResource) []string {
	snapshot, err := w.store().Snapshot(gvr, 0)
	if err != nil {
		return []string{err.Error()}
	}
	var all []string
	for _, o := range snapshot.Range("", "") {
		var meta struct{ Metadata metav1.ObjectMeta }
		if err := json.Unmarshal(o.JSON, &meta); err != nil {
			w.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s/%s %s %d", o.Namespace, o.Name, meta.Metadata.UID, o.ResourceVersion))
	}
	slices.Sort(all)
	return all
}

func held(s *model.Store) []string {
	var all []string
	s.Each(func(o *model.Object) bool {
		all = append(all, fmt.Sprintf("%s/%s %s %s", o.Namespace, o.Name, o.UID, o.ResourceVersion))
		return true
	})
	slices.Sort(all)
	return all
}

// apply puts an object on the server.
func (w *world) apply(gvr schema.GroupVersionResource, raw []byte) {
	w.Helper()
	if _, err := w.store().Apply(gvr, raw); err != nil {
		w.Fatal(err)
	}
}

// requests counts the server's requests that a condition holds for.
func (w *world) requests(which func(apiserver.Request) bool) int {
	n := 0
	for _, r := range w.server.Requests() {
		if which(r) {
			n++
		}
	}
	return n
}

// getter asks a server over HTTP.
type getter struct {
	host   string
	client *http.Client
}

func (g *getter) Get(ctx context.Context, path string, query url.Values, accept string) (*Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, g.host+path+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accept)
	resp, err := g.client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return &Response{Body: resp.Body, Header: resp.Header}, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var status metav1.Status
	if json.Unmarshal(body, &status) == nil && status.Kind == "Status" {
		return nil, apierrors.FromObject(&status)
	}
	after, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
	return nil, apierrors.NewGenericServerResponse(resp.StatusCode, "get", schema.GroupResource{}, "", strings.ToValidUTF8(string(body), ""), after, true)
}

// catalog is a discovery that a test decides on.
type catalog struct {
	mu        sync.Mutex
	served    map[schema.GroupVersionResource]Type
	changed   chan struct{}
	refreshed int
	waiting   int // calls of Await

	subscribers map[chan struct{}]struct{}
}

func newCatalog(types ...store.Type) *catalog {
	c := &catalog{
		served: map[schema.GroupVersionResource]Type{}, changed: make(chan struct{}), subscribers: map[chan struct{}]struct{}{},
	}
	for _, t := range types {
		c.serve(t)
	}
	return c
}

func (c *catalog) serve(t store.Type) {
	c.change(func() {
		c.served[t.Resource] = Type{GVR: t.Resource, Kind: t.Kind, Namespaced: t.Namespaced}
	})
}

func (c *catalog) remove(gvr schema.GroupVersionResource) {
	c.change(func() { delete(c.served, gvr) })
}

func (c *catalog) change(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
	close(c.changed)
	c.changed = make(chan struct{})
	for tokens := range c.subscribers {
		select {
		case tokens <- struct{}{}:
		default:
		}
	}
}

func (c *catalog) Await(ctx context.Context, gvr schema.GroupVersionResource) (Type, error) {
	c.mu.Lock()
	c.waiting++
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.waiting--
		c.mu.Unlock()
	}()
	var found Type
	err := c.until(ctx, func() bool {
		if t, ok := c.served[gvr]; ok {
			found = t
			return true
		}
		for other, t := range c.served {
			if other.GroupResource() == gvr.GroupResource() {
				found = t
				return true
			}
		}
		return false
	})
	return found, err
}

func (c *catalog) Serves(gvr schema.GroupVersionResource) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.served[gvr]
	return ok
}

func (c *catalog) Subscribe() (changed <-chan struct{}, stop func()) {
	tokens := make(chan struct{}, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subscribers[tokens] = struct{}{}
	return tokens, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.subscribers, tokens)
	}
}

// awaited tells that a watch waits for a type that is not served.
func (c *catalog) awaited() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiting > 0
}

func (c *catalog) until(ctx context.Context, cond func() bool) error {
	for {
		c.mu.Lock()
		done, changed := cond(), c.changed
		c.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *catalog) Refresh() {
	c.change(func() { c.refreshed++ })
}
