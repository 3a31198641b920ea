package apiserver_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

const (
	tableAccept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
	patience    = 60 * time.Second // before a test gives up; nothing depends on how much of it is used
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	pods   = sample.Pods().Resource
	gauges = sample.Gauges().Resource
)

// world is a started server with sample objects, and a client for it.
type world struct {
	*apiserver.Server
	t      *testing.T
	st     *store.Store
	client *http.Client
	config *rest.Config
}

func start(t *testing.T, pods int, opts apiserver.Options) *world {
	t.Helper()
	st, err := sample.Store(pods)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, st, opts)
}

func serve(t *testing.T, st *store.Store, opts apiserver.Options) *world {
	t.Helper()
	server := apiserver.New(st, opts)
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	access := server.Access()
	config := &rest.Config{
		Host: access.Host, BearerToken: access.Token, QPS: -1,
		TLSClientConfig: rest.TLSClientConfig{CAData: access.CA}, UserAgent: "test",
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return &world{Server: server, t: t, st: st, client: client, config: config}
}

func (w *world) dynamic() dynamic.Interface {
	w.t.Helper()
	client, err := dynamic.NewForConfigAndClient(w.config, w.client)
	if err != nil {
		w.t.Fatal(err)
	}
	return client
}

// do sends a request; header are pairs.
func (w *world) do(ctx context.Context, method, path string, header ...string) *http.Response {
	w.t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, w.config.Host+path, http.NoBody)
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp
}

// get reads a JSON answer into a value and gives its code.
func (w *world) get(into any, path string, header ...string) int {
	w.t.Helper()
	resp := w.do(w.t.Context(), http.MethodGet, path, header...)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("GET %s: %v", path, err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		w.t.Fatalf("GET %s: %v in %.300q", path, err, body)
	}
	return resp.StatusCode
}

// refused asks for something that must not be given, and gives the Status.
func (w *world) refused(code int, path string, header ...string) metav1.Status {
	w.t.Helper()
	var status metav1.Status
	if got := w.get(&status, path, header...); got != code || int(status.Code) != code || status.Kind != "Status" {
		w.t.Fatalf("GET %s: code %d, want %d: %+v", path, got, code, status)
	}
	return status
}

// event is a watch event whose object may be of any form.
type event struct {
	Type   string          `json:"type"`
	Object json.RawMessage `json:"object"`
}

// events is an open watch.
type events struct {
	t      *testing.T
	cancel context.CancelFunc
	body   io.ReadCloser
	dec    *json.Decoder
}

func (w *world) watch(path string, header ...string) *events {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	resp := w.do(ctx, http.MethodGet, path, header...)
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(resp.Body)
		w.t.Fatalf("watch %s: %d: %s", path, resp.StatusCode, body)
	}
	e := &events{t: w.t, cancel: cancel, body: resp.Body, dec: json.NewDecoder(resp.Body)}
	w.t.Cleanup(e.close)
	return e
}

func (e *events) close() {
	e.cancel()
	_ = e.body.Close()
}

// next waits for an event and decodes its object.
func (e *events) next(want string, into any) {
	e.t.Helper()
	var got event
	if err := e.dec.Decode(&got); err != nil {
		e.t.Fatalf("waiting for %s: %v", want, err)
	}
	if got.Type != want {
		e.t.Fatalf("event %s, want %s: %.300s", got.Type, want, got.Object)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal(got.Object, into); err != nil {
		e.t.Fatalf("event %s: %v", want, err)
	}
}

// end waits for the watch to end in order.
func (e *events) end() {
	e.t.Helper()
	var got event
	if err := e.dec.Decode(&got); err != io.EOF {
		e.t.Fatalf("want the watch's end, got %v, %s %.300s", err, got.Type, got.Object)
	}
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("never: %s", what)
		case <-tick.C:
		}
	}
}

func (w *world) apply(gvr schema.GroupVersionResource, raw []byte) uint64 {
	w.t.Helper()
	rv, err := w.st.Apply(gvr, raw)
	if err != nil {
		w.t.Fatal(err)
	}
	return rv
}

func (w *world) delete(gvr schema.GroupVersionResource, namespace, name string) uint64 {
	w.t.Helper()
	rv, err := w.st.Delete(gvr, namespace, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return rv
}

// transportTLS trusts the server without client-go.
func transportTLS(t *testing.T, w *world) *tls.Config {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(w.Access().CA) {
		t.Fatal("no certificate")
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}
