package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/model/signal"
	"github.com/dogwatch/dogwatch/setup"
)

// collector is an HTTP server that events are sent to.
type collector struct {
	*testing.T
	url string

	mu     sync.Mutex
	fails  bool
	silent chan struct{}       // is closed when it answers again; nil where it does
	seen   func(*http.Request) // is called for each request, if not nil
	events []map[string]any
}

func newCollector(t *testing.T) *collector {
	r := &collector{T: t}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

func (r *collector) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body) // it is seen then that who asks is gone
	r.mu.Lock()
	silent := r.silent
	r.mu.Unlock()
	if silent != nil {
		select {
		case <-silent:
		case <-request.Context().Done():
			return
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen != nil {
		r.seen(request)
	}
	if r.fails {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	for lines := bufio.NewScanner(bytes.NewReader(body)); lines.Scan(); {
		var event map[string]any
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			r.Error(err)
		}
		r.events = append(r.events, event)
	}
}

func (r *collector) fail(is bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fails = is
}

// silence has it answer nobody until speak is called.
func (r *collector) silence() (speak func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	silent := make(chan struct{})
	r.silent = silent
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.silent = nil
		close(silent)
	}
}

// told are the events of a schema as key gives them, empty for none.
func (r *collector) told(schema string, key func(event map[string]any) string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, event := range r.events {
		if got, _ := event["schema"].(string); strings.Contains(got, schema) {
			all = append(all, key(event))
		}
	}
	return all
}

// labels are the labels n of pods that were told, as they came.
func (r *collector) labels() string {
	return strings.Join(r.told("change.v1", func(event map[string]any) string {
		name := event["object"].(map[string]any)["name"]
		fields, _ := event["fields"].([]any)
		for _, f := range fields {
			if f := f.(map[string]any); f["path"] == "metadata.labels.n" {
				return fmt.Sprint(name, "=", f["new"])
			}
		}
		return fmt.Sprint(name, " ", event["change"])
	}), ", ")
}

// signals are those that were told, as they came.
func (r *collector) signals() string {
	return strings.Join(r.told("signal.v1", func(event map[string]any) string {
		return fmt.Sprint(event["title"], " ", event["signal"])
	}), ", ")
}

func (r *collector) watches() bool {
	return len(r.told("notice.v1", func(map[string]any) string { return "" })) > 0
}

func (r *collector) await(what func() string, want string) {
	r.Helper()
	defer func() {
		if r.Failed() {
			r.Logf("told is %s", what())
		}
	}()
	eventually(r.T, want, func() bool { return what() == want })
}

// beginSinks begins a stream to the sinks of a configuration, until the test ends.
func (s *shop) beginSinks(config string, more ...string) *configured {
	c := &configured{shop: s, stderr: &said{}}
	ctx, stop := context.WithCancel(context.WithoutCancel(s.Context()))
	done := make(chan int, 1)
	args := append([]string{"stream", "-A", "--kubeconfig", s.kubeconfig, "--config", config, "--metrics", "0"}, more...)
	go func() { done <- run(ctx, args, io.Discard, c.stderr) }()
	s.Cleanup(func() {
		stop()
		if code := <-done; code != setup.ExitOK {
			s.Errorf("it ends with %d and has said %s", code, c.stderr)
		}
	})
	return c
}

func sinksOf(sinks ...string) map[string]string {
	text := "types: [pods]\nsinks:\n"
	for _, s := range sinks {
		if s != "" {
			text += "- {" + s + "}\n"
		}
	}
	return map[string]string{"config.yaml": text}
}

// Each sink has a stream of its own: one that fails does not hold up another, edits bring and drop sinks, and of one that stays nothing is lost or told twice.
func TestSinksOfAConfigurationAreFollowed(t *testing.T) {
	for name, home := range homes() {
		t.Run(name, func(t *testing.T) {
			s, a, b, c := newShop(t), newCollector(t), newCollector(t), newCollector(t)
			to := func(r *collector) string { return "to: " + `"` + r.url + `", format: json` }
			from, save := home(s)
			save(sinksOf(to(a), to(b)))
			stream := s.beginSinks(from)
			eventually(t, "both are told what is watched", func() bool { return a.watches() && b.watches() })
			b.fail(true)
			want := "web added"
			s.label("web", 0)
			for n := 1; n <= 20; n++ {
				s.label("web", n)
				want += fmt.Sprintf(", web=%d", n)
				a.await(a.labels, want)
			}
			stream.metric(fmt.Sprintf(`dogwatch_stream_failing{sink="%s"} 1`, b.url))
			stream.metric(fmt.Sprintf(`dogwatch_stream_failing{sink="%s"} 0`, a.url))
			b.fail(false)
			b.await(b.labels, want)

			save(sinksOf(to(a), to(c)))
			eventually(t, "the third is told what is watched", c.watches)
			eventually(t, "the second is gone", func() bool { return !strings.Contains(stream.get("/metrics"), b.url) })
			s.label("web", 21)
			c.await(c.labels, "web=21")
			before := want
			want += ", web=21"
			a.await(a.labels, want)

			save(sinksOf(to(c), `to: "ftp://me:hunter2@x"`))
			stream.awaitSaid("sinks, line 4: to: give stdout, file:PATH")
			stream.awaitSaid("going on with what it said before")
			save(sinksOf(to(c), `to: "http://x", headers: ["hunter2"]`))
			stream.awaitSaid(`sinks, line 4: headers: give "Name: value"`)
			s.label("web", 22)
			a.await(a.labels, want+", web=22")
			c.await(c.labels, "web=21, web=22")
			if b.labels() != before || strings.Contains(stream.stderr.String(), "hunter2") {
				t.Errorf("who was dropped is told %s; it has said %s", b.labels(), stream.stderr)
			}
		})
	}
}

// What is told again with other settings takes the same file or spool from what is gone, and where that cannot be all goes on as it was.
func TestSinksTakeOverPlaces(t *testing.T) {
	s, a := newShop(t), newCollector(t)
	dir := t.TempDir()
	from, save := homes()["a file"](s)
	events := filepath.Join(dir, "events")
	to := func(more string) string { return "to: file:" + events + more }
	spooled := func(more string) string { return `to: "` + a.url + `", format: json, spool: ` + dir + "/spool" + more }
	save(sinksOf(to(", format: json"), spooled("")))
	stream := s.beginSinks(from)
	eventually(t, "both are told what is watched", func() bool { return a.watches() && contains(events, `"notice":"watching"`) })
	if err := os.WriteFile(filepath.Join(dir, "no-folder"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	save(sinksOf(to(""), spooled(", batch: 7"), `to: "http://x", spool: `+dir+`/no-folder`))
	stream.awaitSaid("sinks, line 5: ")
	s.label("web", 1)
	eventually(t, "all goes on", func() bool {
		content, _ := os.ReadFile(events)
		return strings.Contains(string(content), `"name":"web"`) && strings.Contains(a.labels(), "web added")
	})
	save(sinksOf(to(""), spooled(", batch: 7")))
	stream.metric("dogwatch_config_reloads_total 2")
	s.label("web", 2)
	eventually(t, "a change for people", func() bool { return contains(events, "pods/default/web  metadata.labels.n") })
	eventually(t, "the spool's", func() bool { return strings.HasSuffix(a.labels(), "web=2") })
}

// Sinks of one name are numbered in the order of the configuration, and who has begun keeps its name.
func TestSinksOfOneNameAreNumberedInTheirOrder(t *testing.T) {
	names := func(want string, all ...*delivery) {
		t.Helper()
		tellApart(all)
		var got []string
		for _, one := range all {
			got = append(got, one.name)
			one.stop = func() {}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("they are %s, not %s", strings.Join(got, ", "), want)
		}
	}
	file := func() *delivery { return &delivery{name: "file"} }
	a, b, c := file(), file(), file()
	names("file, stdout, file #2", a, &delivery{name: "stdout"}, b)
	names("file #3, file #2, file", c, b, a)
	names("file, file #2", file(), b)
}

// Rules are applied once for all sinks that tell signals, and not while there are none. Who comes later is told what is open.
func TestSignalsAreFoundForTheSinksThatTellThem(t *testing.T) {
	s, a, b, c := newShop(t), newCollector(t), newCollector(t), newCollector(t)
	s.label("one", 1)
	from, save := homes()["a file"](s)
	to := func(r *collector, more string) string { return "to: " + `"` + r.url + `", format: json` + more }
	write := func(sinks ...string) {
		files := sinksOf(sinks...)
		files["config.yaml"] += "rules: [a.yaml]\n"
		save(files)
	}
	const nodes = `dogwatch_watch_synced{group="",resource="nodes"`
	save(map[string]string{"a.yaml": labelled("a", "1", "first") + strings.TrimPrefix(strings.Replace(labelled("b", "9", "of nodes"), "pods", "nodes", 1), "rules:\n")})
	write(to(a, ""))
	stream := s.beginSinks(from)
	eventually(t, "what is watched", a.watches)
	if strings.Contains(stream.get("/metrics"), nodes) {
		t.Error("types of rules are watched though nobody tells signals")
	}
	write(to(a, ""), to(b, ", signals: true"))
	b.await(b.signals, "first opened")
	stream.metric(nodes)
	write(to(a, ""), to(b, ", signals: true"), to(c, ", signals: true, changes: true"))
	c.await(c.signals, "first opened")
	s.label("one", 2)
	b.await(b.signals, "first opened, first resolved")
	c.await(c.signals, "first opened, first resolved")
	c.await(c.labels, "one=2")
	a.await(a.labels, "one=2")
	if got := a.signals() + b.labels(); got != "" {
		t.Errorf("told is what was not asked for: %s", got)
	}
	write(to(a, ""))
	eventually(t, "types of rules are not watched any more", func() bool { return !strings.Contains(stream.get("/metrics"), nodes) })
}

func TestTheCommandLineWinsOverSinks(t *testing.T) {
	s, a := newShop(t), newCollector(t)
	from, save := homes()["a file"](s)
	save(sinksOf(`to: "` + a.url + `"`))
	c := s.begin(from, nil)
	c.await("watching", "pods")
	c.awaitSaid("the sinks of " + from + " are not used")
	save(sinksOf(`to: "`+a.url+`"`, "to: stdout"))
	c.metric("dogwatch_config_reloads_total 2")
	if n := strings.Count(c.stderr.String(), "are not used"); n != 1 || a.watches() {
		t.Errorf("it is said %d times, and used: %v", n, a.watches())
	}
}

func TestSinksHaveToBeRightAtTheStart(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	for sink, said := range map[string]string{
		"to: nowhere":                             "sinks, line 3: to: give stdout",
		`to: "nats://n/d", headers: ["A: b"]`:     "sinks, line 3: headers: they go with http",
		"to: stdout, toCredentials: x":            "sinks, line 3: toCredentials: it goes with nats",
		"to: stdout, signals: true":               "sinks, line 3: --shard does not go with signals",
		`to: "http://127.0.0.1:1", toCert: none`:  "sinks, line 3: toCA, toCert, toKey: a certificate and its key go together",
		`to: "nats://n/d", toCredentials: none`:   "none: it cannot be read: no such file",
		`to: "file:` + dir + `"`:                  "no regular file",
		`to: "http://127.0.0.1:1", spool: config`: "not a directory",
	} {
		if err := os.WriteFile(path, []byte(sinksOf(sink)["config.yaml"]), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "config"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := command(t, "stream", "--config", path, "--shard", "0/2")
		if code != setup.ExitError || !strings.Contains(stderr, said) {
			t.Errorf("%s: it ends with %d and says %s", sink, code, stderr)
		}
	}
}

// What happens in a moment is told once, as over: it is never among what is open.
func TestMomentsAreNotOpen(t *testing.T) {
	var counts foundCounts
	if counts.now() != nil {
		t.Error("it counts before anybody judges")
	}
	counts.begin()
	if counts.now() == nil {
		t.Error("it does not count though somebody judges")
	}
	opened := signal.Signal{Severity: signal.Warning}
	over := opened
	over.Resolved = time.Now()
	moment := over
	moment.Moment = true
	for _, s := range []signal.Signal{moment, opened, moment} {
		counts.take(&s)
	}
	if n := counts.now()[signal.Warning]; n != 1 {
		t.Errorf("%d are open", n)
	}
	counts.take(&over)
	if n := counts.now()[signal.Warning]; n != 0 {
		t.Errorf("%d are open at the end", n)
	}
	counts.end()
	if counts.take(&opened); counts.now() != nil {
		t.Error("it counts, and nobody judges")
	}
}
