package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver"
	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
	"github.com/dogwatch/dogwatch/setup"
)

// said is what a program has said so far.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

var metricsURL = regexp.MustCompile(`metrics of dogwatch: (http://127\.0\.0\.1:\d+)/metrics`)

// configured is a stream whose configuration is somewhere.
type configured struct {
	*shop
	events string
	stderr *said
	save   func(content string)
}

// begin begins a stream with a configuration and more arguments, until the test ends.
func (s *shop) begin(config string, save func(content string), more ...string) *configured {
	c := &configured{shop: s, events: filepath.Join(s.TempDir(), "events"), stderr: &said{}, save: save}
	ctx, stop := context.WithCancel(context.WithoutCancel(s.Context()))
	done := make(chan int, 1)
	args := []string{"stream", "-A", "--kubeconfig", s.kubeconfig, "--format", "json", "--to", "file:" + c.events, "--config", config, "--metrics", "0"}
	args = append(args, more...)
	go func() { done <- run(ctx, args, io.Discard, c.stderr) }()
	s.Cleanup(func() {
		stop()
		if code := <-done; code != setup.ExitOK {
			s.Errorf("it ends with %d and has said %s", code, c.stderr)
		}
	})
	return c
}

// await waits for a notice about a type.
func (c *configured) await(notice, resource string) {
	c.Helper()
	told := regexp.MustCompile(fmt.Sprintf(`(?m)^.*"notice":"%s".*"resource":"%s".*$`, notice, resource))
	eventually(c.T, notice+" "+resource, func() bool {
		content, err := os.ReadFile(c.events)
		return err == nil && told.Match(content)
	})
}

// tells waits for an event that has all parts.
func (c *configured) tells(parts ...string) {
	c.Helper()
	eventually(c.T, strings.Join(parts, " "), func() bool {
		content, err := os.ReadFile(c.events)
		return err == nil && slices.ContainsFunc(strings.Split(string(content), "\n"), func(line string) bool {
			return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(line, part) })
		})
	})
}

func (c *configured) awaitSaid(what string) {
	c.Helper()
	eventually(c.T, "its saying "+what, func() bool { return strings.Contains(c.stderr.String(), what) })
}

// metric waits until a sample is among the metrics.
func (c *configured) metric(line string) {
	c.Helper()
	c.answers("/metrics", "\n"+line)
}

// ready waits until all that was asked for is there.
func (c *configured) ready() {
	c.Helper()
	c.answers("/readyz", "ok\n")
}

// answers waits until a path answers with something in it.
func (c *configured) answers(path, part string) {
	c.Helper()
	var told string
	defer func() {
		if c.Failed() {
			c.Log(told)
		}
	}()
	eventually(c.T, part, func() bool {
		told = c.get(path)
		return strings.Contains(told, part)
	})
}

// get gives the answer of a path; empty where there is none yet.
func (c *configured) get(path string) string {
	url := metricsURL.FindStringSubmatch(c.stderr.String())
	if url == nil {
		return ""
	}
	resp, err := http.Get(url[1] + path)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	content, _ := io.ReadAll(resp.Body)
	return string(content)
}

var configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}

// configMap puts data into the ConfigMap ops/dogwatch.
func (s *shop) configMap(data map[string]any) {
	s.Helper()
	if err := s.server.Store().AddType(store.Type{Resource: configMaps, Kind: "ConfigMap", Singular: "configmap", Namespaced: true}); err != nil {
		s.Fatal(err)
	}
	object := sample.JSON(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"namespace": "ops", "name": "dogwatch"}, "data": data})
	if _, err := s.server.Store().Apply(configMaps, object); err != nil {
		s.Fatal(err)
	}
}

// Edits add and drop watches; one that is wrong changes nothing and says why.
func TestStreamFollowsItsConfiguration(t *testing.T) {
	for name, place := range map[string]func(s *shop) (config string, save func(content string)){
		"a file": func(s *shop) (string, func(string)) {
			path := filepath.Join(s.TempDir(), "config.yaml")
			return path, func(content string) {
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					s.Fatal(err)
				}
			}
		},
		"a ConfigMap": func(s *shop) (string, func(string)) {
			return "configmap:ops/dogwatch", func(content string) { s.configMap(map[string]any{"config.yaml": content}) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			config, save := place(s)
			save("types: [pods]\n")
			c := s.begin(config, save)
			c.await("watching", "pods")
			c.metric("dogwatch_config_last_reload_successful 1")
			c.save("types: [pods, nodes]\n")
			c.await("watching", "nodes")
			c.save("types: [nodes]\nselectr: a\n")
			c.awaitSaid(`:2: "selectr" is no setting`)
			c.awaitSaid("going on with what it said before")
			c.metric("dogwatch_config_last_reload_successful 0")
			c.metric(`dogwatch_watch_synced{group="",resource="pods",version="v1",watch=`)
			c.save("types: [nodes]\n")
			c.await("ended", "pods")
			c.metric("dogwatch_config_last_reload_successful 1")
			c.save("{}\n")
			c.await("ended", "nodes")
			c.ready()
			if strings.Contains(c.stderr.String(), "ending the watches") {
				t.Errorf("it has said %s", c.stderr)
			}
		})
	}
}

// An edit of one type's selector has that type watched anew, and nothing else.
func TestStreamFollowsTheSelectorOfOneType(t *testing.T) {
	s := newShop(t)
	s.configMap(map[string]any{"config.yaml": "types: [nodes, {types: pods, selector: n=1}, {types: pods, selector: n=2}]\n"})
	c := s.begin("configmap:ops/dogwatch", nil)
	c.tells(`"notice":"watching"`, `"resource":"nodes"`)
	c.tells(`"notice":"watching"`, `"resource":"pods"`, `"labelSelector":"n=1"`)
	c.tells(`"notice":"watching"`, `"resource":"pods"`, `"labelSelector":"n=2"`)
	for i, name := range []string{"one", "two", "three"} {
		s.label(name, i+1)
	}
	c.tells(`"change":"added"`, `"name":"one"`)
	c.tells(`"change":"added"`, `"name":"two"`)
	s.configMap(map[string]any{"config.yaml": "types: [nodes, {types: pods, selector: n=3}, {types: pods, selector: n=2}]\n"})
	c.tells(`"notice":"ended"`, `"resource":"pods"`, `"labelSelector":"n=1"`)
	c.tells(`"notice":"watching"`, `"resource":"pods"`, `"labelSelector":"n=3"`, `"objects":1`)
	s.label("four", 1)
	s.label("five", 3)
	c.tells(`"change":"added"`, `"name":"five"`)
	content, err := os.ReadFile(c.events)
	if err != nil {
		t.Fatal(err)
	}
	if told := string(content); strings.Contains(told, `"name":"four"`) || strings.Contains(told, `"name":"three"`) || strings.Count(told, `"notice":"ended"`) != 1 {
		t.Errorf("it tells %s", told)
	}
}

// What is to be hidden of a type that the configuration names later is hidden from its first object on.
func TestStreamHidesWhatIsNamedLater(t *testing.T) {
	s := newShop(t)
	s.configMap(map[string]any{"config.yaml": "types: [nodes]\n"})
	c := s.begin("configmap:ops/dogwatch", nil, "--redact", "gauges:.spec.unit")
	c.await("watching", "nodes")
	s.configMap(map[string]any{"config.yaml": "types: [nodes, acme]\n"}) // a category
	c.await("watching", "gauges")
	gauge := sample.Gauge("shop", "boiler", 42)
	if _, err := s.server.Store().Apply(sample.Gauges().Resource, []byte(strings.Replace(string(gauge), `"bar"`, `"millibar"`, 1))); err != nil {
		t.Fatal(err)
	}
	c.tells(`"change":"updated"`, `"name":"boiler"`, "spec.unit", "•••• (3 bytes", "•••• (8 bytes")
	if content, err := os.ReadFile(c.events); err != nil || strings.Contains(string(content), `"bar"`) || strings.Contains(string(content), "millibar") {
		t.Errorf("it tells %s (%v)", content, err)
	}
}

// Rules of noise that a configuration names mark changes as those that dogwatch comes with do.
func TestStreamTakesRulesOfNoise(t *testing.T) {
	s := newShop(t)
	folder := t.TempDir()
	for name, content := range map[string]string{
		"config.yaml": "types: [pods]\nnoise: noise.yaml\n", "noise.yaml": "rules:\n- types: [pods]\n  paths: [metadata.labels.n]\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := s.begin(filepath.Join(folder, "config.yaml"), nil)
	c.await("watching", "pods")
	s.label("extra", 1)
	c.tells(`"change":"added"`, `"name":"extra"`)
	s.label("extra", 2)
	c.tells(`"change":"updated"`, `"name":"extra"`, `"noise":true`)
}

// A ConfigMap that lacks the key, or goes, changes nothing; one that comes back is followed.
func TestStreamKeepsWhatAConfigMapSaid(t *testing.T) {
	s := newShop(t)
	s.configMap(map[string]any{"config.yaml": "types: [pods]\n"})
	c := s.begin("configmap:ops/dogwatch", nil)
	c.await("watching", "pods")
	c.metric("dogwatch_config_last_reload_successful 1")
	s.configMap(map[string]any{"other": "x"})
	c.awaitSaid("configmap:ops/dogwatch: there is no config.yaml in it: going on with what it said before")
	if _, err := s.server.Store().Delete(configMaps, "ops", "dogwatch"); err != nil {
		t.Fatal(err)
	}
	c.awaitSaid("configmap:ops/dogwatch: there is no such object: going on with what it said before")
	c.metric("dogwatch_config_last_reload_successful 0")
	c.metric(`dogwatch_watch_synced{group="",resource="pods",version="v1",watch=`)
	s.configMap(map[string]any{"config.yaml": "types: [nodes]\n"})
	c.await("ended", "pods")
	c.await("watching", "nodes")
	c.metric("dogwatch_config_last_reload_successful 1")
}

// Of a shard is what is told. The configuration is for each of them.
func TestShardsShareAConfiguration(t *testing.T) {
	s := newShop(t)
	var shards sync.Map // which resources are asked for by shard
	s.server.SetFaults(func(r *http.Request) *apiserver.Fault {
		if selector := r.URL.Query().Get("shardSelector"); selector != "" {
			shards.Store(path.Base(r.URL.Path), selector)
		}
		return nil
	})
	s.configMap(map[string]any{"config.yaml": "types: [pods]\n"})
	s.begin("configmap:ops/dogwatch", nil, "--shard", "1/3").await("watching", "pods")
	if _, ok := shards.Load("pods"); !ok {
		t.Error("the server is not asked for a shard of pods")
	}
	if selector, ok := shards.Load("configmaps"); ok {
		t.Errorf("of the configuration %v is asked for", selector)
	}
}

// A type that is installed later and matches is watched by itself.
func TestStreamWatchesWhatMatchesAPattern(t *testing.T) {
	s := newShop(t)
	gauges := sample.Gauges()
	if err := s.server.Store().RemoveType(gauges.Resource); err != nil {
		t.Fatal(err)
	}
	definitions := schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	for resource, kind := range map[schema.GroupVersionResource]string{
		definitions: "CustomResourceDefinition", {Group: "apiregistration.k8s.io", Version: "v1", Resource: "apiservices"}: "APIService",
	} {
		if err := s.server.Store().AddType(store.Type{Resource: resource, Kind: kind, Singular: strings.ToLower(kind)}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte("types: [\"*.acme.io\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := s.begin(path, nil)
	c.awaitSaid("*.acme.io: not watching: no such type is there yet")
	if err := s.server.Store().AddType(gauges); err != nil {
		t.Fatal(err)
	}
	if _, err := s.server.Store().Apply(definitions, sample.JSON(map[string]any{"metadata": map[string]any{"name": "gauges.acme.io"}})); err != nil {
		t.Fatal(err)
	}
	c.await("watching", "gauges")
	if err := s.server.Store().RemoveType(gauges.Resource); err != nil {
		t.Fatal(err)
	}
	if _, err := s.server.Store().Delete(definitions, "", "gauges.acme.io"); err != nil {
		t.Fatal(err)
	}
	c.await("ended", "gauges")
}

func TestStreamRefusesAConfigurationThatIsWrongAtTheStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	noisy := filepath.Join(filepath.Dir(path), "noisy.yaml")
	for file, content := range map[string]string{
		path: "types: [pods]\ntheme: drak\n", noisy: "types: [pods]\nnoise: noise.yaml\n", filepath.Join(filepath.Dir(path), "noise.yaml"): "rules:\n- path: [x]\n",
	} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args []string
		code int
		said string
	}{
		{[]string{"--config", path}, setup.ExitError, "config.yaml:2: theme: "},
		{[]string{"--config", noisy}, setup.ExitError, "noise.yaml:2: "},
		{[]string{"--config", path + ".none"}, setup.ExitError, "no such file"},
		{[]string{"--config", path, "pods"}, setup.ExitUsage, "not by both"},
		{[]string{"--config", "configmap:dogwatch"}, setup.ExitUsage, "configmap:NAMESPACE/NAME"},
		{[]string{"--config", "configmap:a/b/c"}, setup.ExitUsage, "configmap:NAMESPACE/NAME"},
	} {
		code, _, stderr := command(t, append([]string{"stream"}, c.args...)...)
		if code != c.code || !strings.Contains(stderr, c.said) {
			t.Errorf("%v ends with %d and says %s", c.args, code, stderr)
		}
	}
}
