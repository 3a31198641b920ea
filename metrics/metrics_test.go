package metrics_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/metrics"
	"github.com/dogwatch/dogwatch/metrics/prom"
)

// synced is a world whose watches hold all.
func synced(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, "pods", "deployments.apps,nodes")
	w.await("all watches", func() bool { return metrics.Missing(w.ws.Snapshot()) == "" && w.ws.Discovery().Refreshes > 0 })
	return w
}

func TestWatchesAreToldByTypeAndInNumbers(t *testing.T) {
	w := synced(t)
	pods := []string{"", "pods", "v1"}
	families := metrics.Of("v1", w.ws)()
	for name, want := range map[string]float64{"synced": 1, "objects": 20, "events_total": 0, "relists_total": 0, "errors_total": 0} {
		if got, found := find(families, "dogwatch_watch_"+name, pods...); got != want || !found {
			t.Errorf("%s is %v (%v), wanted %v", name, got, found, want)
		}
	}
	for _, name := range []string{"dogwatch_watch_received_bytes_total", "dogwatch_watch_last_heard_timestamp_seconds"} {
		if got, _ := find(families, name, "apps", "deployments", "v1"); got <= 0 {
			t.Errorf("%s is %v", name, got)
		}
	}
	for _, name := range []string{"types", "refreshes_total", "last_refresh_timestamp_seconds"} {
		if got, _ := find(families, "dogwatch_discovery_"+name); got <= 0 {
			t.Errorf("discovery's %s is %v", name, got)
		}
	}
	if _, err := w.server.Store().Delete(schema.GroupVersionResource{Version: "v1", Resource: "pods"}, "default", "api-7c9d8f6b5d-00001"); err != nil {
		t.Fatal(err)
	}
	w.await("a change", func() bool {
		families := metrics.Of("v1", w.ws)()
		objects, _ := find(families, "dogwatch_watch_objects", pods...)
		events, _ := find(families, "dogwatch_watch_events_total", pods...)
		return objects == 19 && events == 1
	})
}

// The order of monitoring's own linter: names, units, types.
func TestNamesAreByTheConventions(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(prom.NewCollector(synced(t).all()))
	problems, err := testutil.GatherAndLint(registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

func TestTextIsAsTheLibraryWritesIt(t *testing.T) {
	w := synced(t)
	families := w.all()() // one moment for both
	registry := prometheus.NewRegistry()
	registry.MustRegister(prom.NewCollector(func() []metrics.Family { return families }))
	gathered, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var got, want bytes.Buffer
	for _, family := range gathered {
		if _, err := expfmt.MetricFamilyToText(&want, family); err != nil {
			t.Fatal(err)
		}
	}
	if err := metrics.WriteText(&got, families); err != nil {
		t.Fatal(err)
	}
	if got.String() != want.String() {
		t.Errorf("it is\n%s\nwanted\n%s", &got, &want)
	}
}

// Who reads them needs no token, so there is nothing in them but types and numbers.
func TestNothingNamesWhatIsInTheCluster(t *testing.T) {
	w := synced(t)
	var told bytes.Buffer
	if err := metrics.WriteText(&told, w.all()()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"shop-eu", "api-7c9d8f6b5d", "node-0", `"default"`, "127.0.0.1"} {
		if strings.Contains(told.String(), name) {
			t.Errorf("%s is in\n%s", name, &told)
		}
	}
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	told, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(told)
}

func TestReadyOnceAllThatWasAskedForIsSynced(t *testing.T) {
	w := newWorld(t, "pods", "gadgets.acme.io")
	server := httptest.NewServer(metrics.Routes(prom.Handler(w.all()), func() string { return metrics.Missing(w.ws.Snapshot()) }))
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()
	if code, told := get(t, server.URL+"/healthz"); code != http.StatusOK || told != "ok\n" {
		t.Errorf("healthz: %d %s", code, told)
	}
	const missing = "1 of 2 of what was asked for has types that the server has not told of\n"
	w.await("all but one", func() bool {
		code, told := get(t, server.URL+"/readyz")
		return code == http.StatusServiceUnavailable && told == missing
	})
	for _, tab := range w.ws.Snapshot().Tabs[1:] {
		w.ws.CloseTab(tab.ID)
	}
	w.await("being ready", func() bool {
		code, told := get(t, server.URL+"/readyz")
		return code == http.StatusOK && told == "ok\n"
	})
	for _, name := range []string{"dogwatch_watch_objects", "go_goroutines", "dogwatch_build_info"} {
		if code, told := get(t, server.URL+"/metrics"); code != http.StatusOK || !strings.Contains(told, "\n"+name) {
			t.Errorf("%d: there is no %s in\n%s", code, name, told)
		}
	}
	if resp, err := http.Post(server.URL+"/metrics", "text/plain", nil); err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("a POST gets %v, %v", resp, err)
	} else {
		resp.Body.Close()
	}
}

func TestMetricsAreServedUntilTheEnd(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	var said []string
	say := func(format string, _ ...any) { said = append(said, strings.TrimSpace(format)) }
	if stop, err := metrics.Serve("", nil, say); err != nil || said != nil {
		t.Errorf("not asked for: %v, %v", said, err)
	} else {
		stop()
	}
	if _, err := metrics.Serve("nowhere.invalid:1", nil, say); err == nil || !strings.HasPrefix(err.Error(), "--metrics nowhere.invalid:1: ") {
		t.Errorf("no such address: %v", err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if _, err := metrics.Serve(taken.Addr().String(), nil, say); err == nil || said != nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("a port in use: %v, %v", said, err)
	}
	url := ""
	stop, err := metrics.Serve("0", metrics.Routes(metrics.Handler(func() []metrics.Family { return nil }), nil), func(_ string, args ...any) {
		url = "http://" + args[0].(interface{ String() string }).String()
	})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Errorf("it listens at %s", url)
	}
	if code, _ := get(t, url+"/metrics"); code != http.StatusOK {
		t.Errorf("metrics: %d", code)
	}
	if code, _ := get(t, url+"/healthz"); code != http.StatusNotFound {
		t.Errorf("with a screen, healthz is %d", code)
	}
	stop()
	if _, err := http.Get(url + "/metrics"); err == nil {
		t.Error("it is served after the end")
	}
}

// The page of Grafana asks for metrics and labels that there are.
func TestGrafanaAsksForMetricsThatThereAre(t *testing.T) {
	labels := map[string][]string{}
	for _, f := range synced(t).all()() {
		labels[f.Name] = append([]string{"instance", "job"}, f.Labels...)
	}
	content, err := os.ReadFile("../docs/grafana/dogwatch.json")
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		UID    string
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Type, Query string }
		}
	}
	if err := json.Unmarshal(content, &page); err != nil {
		t.Fatal(err)
	}
	var queries []string
	for _, panel := range page.Panels {
		if len(panel.Targets) == 0 {
			t.Errorf("%s asks for nothing", panel.Title)
		}
		for _, target := range panel.Targets {
			queries = append(queries, target.Expr)
		}
	}
	for _, variable := range page.Templating.List {
		if variable.Type == "query" {
			queries = append(queries, variable.Query)
		}
	}
	if page.UID == "" || len(queries) < 8 {
		t.Fatalf("it is read as %+v", page)
	}
	selector := regexp.MustCompile(`(dogwatch_\w+)(?:\{([^}]*)\})?`)
	name := regexp.MustCompile(`(\w+)\s*(?:=~|!=|!~|=)`)
	asked := map[string]bool{}
	for _, query := range queries {
		found := selector.FindAllStringSubmatch(query, -1)
		if len(found) == 0 {
			t.Errorf("no metric of dogwatch is in %s", query)
		}
		for _, match := range found {
			known, there := labels[match[1]]
			asked[match[1]] = true
			if !there {
				t.Errorf("there is no metric %s: %s", match[1], query)
			}
			for _, label := range name.FindAllStringSubmatch(match[2], -1) {
				if !slices.Contains(known, label[1]) {
					t.Errorf("%s has no label %s: %s", match[1], label[1], query)
				}
			}
		}
	}
	for metric := range labels {
		if !asked[metric] {
			t.Errorf("%s is on no panel", metric)
		}
	}
}
