package stream_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.uber.org/goleak"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/cluster"
	"github.com/dogwatch/dogwatch/informers"
	"github.com/dogwatch/dogwatch/model/noise"
	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/stream"
	"github.com/dogwatch/dogwatch/workspace"
)

// patience is how long a test waits for what must come.
const patience = 60 * time.Second

func TestMain(m *testing.M) {
	// Connections of servers that are closed end by themselves.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("golang.org/x/net/http2.(*clientConnReadLoop).run"))
}

// world is an API server and a workspace on it.
type world struct {
	*testing.T
	store  *store.Store
	server *apiserver.Server
	ws     *workspace.Workspace
	wake   chan struct{}
}

var (
	pods    = sample.Pods().Resource
	secrets = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
)

func newWorld(t *testing.T, types ...string) *world {
	t.Helper()
	st, err := sample.Store(5)
	if err != nil {
		t.Fatal(err)
	}
	secret := sample.Pods()
	secret.Resource, secret.Kind, secret.Singular, secret.ShortNames = secrets, "Secret", "secret", nil
	if err := st.AddType(secret); err != nil {
		t.Fatal(err)
	}
	server := apiserver.New(st, apiserver.Options{})
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("closing the server: %v", err)
		}
	})
	return newWorldOf(t, server, types...)
}

// newWorldOf makes a workspace on a server.
func newWorldOf(t *testing.T, server *apiserver.Server, types ...string) *world {
	t.Helper()
	w := &world{T: t, store: server.Store(), server: server, wake: make(chan struct{}, 1)}
	config, err := w.server.Kubeconfig("sample")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, config, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := context.WithoutCancel(t.Context())
	quick := informers.Backoff{Initial: 10 * time.Millisecond, Max: 50 * time.Millisecond, Denied: 30 * time.Millisecond, Reconnect: 5 * time.Millisecond}
	w.ws, err = workspace.New(ctx, workspace.Options{
		Open: func(name string) (*cluster.Cluster, error) {
			flags := cluster.NewFlags()
			flags.Kubeconfig = path
			return cluster.Open(flags, name, cluster.Options{})
		},
		Manager: informers.NewManager(ctx, informers.Options{ManagedFields: true, Backoff: quick}), AllNamespaces: true,
		Changed: func() {
			select {
			case w.wake <- struct{}{}:
			default:
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	for _, name := range types {
		if _, err := w.ws.Open(workspace.Target{Types: []string{name}}); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) close() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.ws.Close(ctx); err != nil {
		w.Errorf("closing the workspace: %v", err)
	}
}

func (w *world) sources() []stream.Source {
	var all []stream.Source
	for _, one := range w.ws.Watches() {
		all = append(all, stream.Source{Watch: one.Watch, Cluster: one.Watch.Identity().Cluster, Kind: one.Resource.Kind})
	}
	return all
}

// label gives a pod a label, and says who did.
func (w *world) label(name, value string) {
	w.Helper()
	w.apply(pods, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"default","name":%q,"labels":{"n":%q},`+
		`"managedFields":[{"manager":"by-%s","operation":"Update","time":"2026-11-02T10:00:00Z","fieldsV1":{"f:metadata":{"f:labels":{"f:n":{}}}}}]}}`, name, value, value))
}

func (w *world) apply(gvr schema.GroupVersionResource, object string) {
	w.Helper()
	if _, err := w.store.Apply(gvr, []byte(object)); err != nil {
		w.Fatal(err)
	}
}

// run is a stream at work.
type run struct {
	*testing.T
	sink  *collector
	stop  context.CancelFunc
	done  chan error
	ended bool
}

// defaults are options to follow the world.
func (w *world) defaults(opts stream.Options) stream.Options {
	w.Helper()
	rules, err := noise.Builtin()
	if err != nil {
		w.Fatal(err)
	}
	opts.Follow.Sources, opts.Follow.Wake, opts.Follow.Noise = w.sources, w.wake, rules
	return opts
}

// start begins to stream. The options need only have what the test is about.
func (w *world) start(opts stream.Options) *run {
	w.Helper()
	opts = w.defaults(opts)
	r := &run{T: w.T, sink: &collector{changed: make(chan struct{}, 1)}, done: make(chan error, 1)}
	if opts.Sink == nil {
		opts.Sink = r.sink
	}
	if opts.Queue == nil {
		opts.Queue = stream.NewMemory(1 << 20)
	}
	if opts.Format == nil {
		opts.Format = stream.JSON()
	}
	if opts.Drain == 0 {
		opts.Drain = patience
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(w.Context()))
	r.stop = stop
	s := stream.New(opts)
	go func() { r.done <- s.Run(ctx, context.WithoutCancel(ctx)) }()
	w.Cleanup(func() {
		defer s.Close()
		stop()
		if !r.ended {
			if err := <-r.done; err != nil {
				w.Logf("the stream ended with %v", err)
			}
		}
	})
	return r
}

// end ends the stream and gives its error.
func (r *run) end() error {
	r.Helper()
	r.stop()
	r.ended = true
	return <-r.done
}

// told is an event of a JSON stream.
type told map[string]any

func (e told) is(what string) bool { return e["change"] == what || e["notice"] == what }

// object is the name of what a change is of.
func (e told) object() string {
	of, _ := e["object"].(map[string]any)
	name, _ := of["name"].(string)
	return name
}

// await waits for an event that is as said.
func (r *run) await(what string, is func(told) bool) told {
	r.Helper()
	deadline := time.After(patience)
	for {
		for _, e := range r.sink.events(r.T) {
			if is(e) {
				return e
			}
		}
		select {
		case <-r.sink.changed:
		case <-deadline:
			r.Fatalf("waited in vain for %s; there are %v", what, r.sink.events(r.T))
		}
	}
}

func (r *run) awaitWatching() {
	r.Helper()
	r.await("its being watched", func(e told) bool { return e.is(stream.Watching) })
}

// eventually looks until it holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	late := time.After(patience)
	for !holds() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// collector is a sink that keeps all.
type collector struct {
	mu       sync.Mutex
	messages []stream.Message
	read     []told // the first of them, as far as they were read
	changed  chan struct{}
	// send, if not nil, is asked first: it tells how many to take, and the error.
	send func(ctx context.Context, batch []stream.Message) (int, error)
}

func (c *collector) Send(ctx context.Context, batch []stream.Message) (int, error) {
	n, err := len(batch), error(nil)
	if c.send != nil {
		n, err = c.send(ctx, batch)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range batch[:n] {
		m.Body = bytes.Clone(m.Body)
		c.messages = append(c.messages, m)
	}
	select {
	case c.changed <- struct{}{}:
	default:
	}
	return n, err
}

func (c *collector) Close() error { return nil }

func (c *collector) all() []stream.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.messages[:len(c.messages):len(c.messages)]
}

// events reads all that came.
func (c *collector) events(t *testing.T) []told {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.messages[len(c.read):] {
		var e told
		if err := json.Unmarshal(m.Body, &e); err != nil {
			t.Fatalf("%s: %v", m.Body, err)
		}
		c.read = append(c.read, e)
	}
	return c.read[:len(c.read):len(c.read)]
}

// checkSchema checks a payload by the schema that it names.
func checkSchema(t *testing.T, body []byte) {
	t.Helper()
	payload, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	fields, _ := payload.(map[string]any)
	name, _ := fields["schema"].(string)
	if name == "" {
		t.Fatalf("no schema is named in %s", body)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile(filepath.Join("..", "docs", "schema", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(payload); err != nil {
		t.Errorf("%s\n%v", body, err)
	}
}
