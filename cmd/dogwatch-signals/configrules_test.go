package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/setup"
)

// saver saves a configuration, and what it names beside it, by their names.
type saver func(files map[string]string)

// homes are those where a configuration may be.
func homes() map[string]func(s *shop) (config string, save saver) {
	return map[string]func(s *shop) (string, saver){
		"a file": func(s *shop) (string, saver) {
			dir := s.TempDir()
			return filepath.Join(dir, "config.yaml"), func(files map[string]string) {
				for name, content := range files {
					if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
						s.Fatal(err)
					}
				}
			}
		},
		"a ConfigMap": func(s *shop) (string, saver) {
			data := map[string]any{}
			return "configmap:ops/dogwatch", func(files map[string]string) {
				for name, content := range files {
					data[name] = content
				}
				s.configMap(data)
			}
		},
	}
}

// labelled is a file of a rule about pods with a label.
func labelled(name, n, title string) string {
	return fmt.Sprintf(`rules:
- name: %s
  types: [pods]
  when: object.?metadata.?labels.?n.orValue("") == "%s"
  signal: {type: Labelled, severity: info, title: %s, message: "${object.metadata.name}"}
`, name, n, title)
}

// Rules that the configuration names judge what there is, and are followed as it is: what is open of one that stays is not told again.
func TestStreamFollowsRulesOfItsConfiguration(t *testing.T) {
	for name, place := range homes() {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.label("one", 1)
			s.label("two", 2)
			config, save := place(s)
			save(map[string]string{"config.yaml": "types: [pods]\nrules: [a.yaml]\n", "a.yaml": labelled("a", "1", "first")})
			c := s.begin(config, nil, "--signals")
			c.tells(`"signal":"opened"`, `"title":"first"`, `"name":"one"`)
			save(map[string]string{"config.yaml": "types: [pods]\nrules: [a.yaml, b.yaml]\n", "b.yaml": labelled("b", "2", "second")})
			c.tells(`"signal":"opened"`, `"title":"second"`, `"name":"two"`)
			save(map[string]string{"b.yaml": labelled("b", "2", "second") + "  what: now\n"})
			c.awaitSaid(`b.yaml:6:3: `)
			c.awaitSaid("going on with what it said before")
			c.metric("dogwatch_config_last_reload_successful 0")
			save(map[string]string{"b.yaml": labelled("b", "1", "third")})
			c.tells(`"signal":"unknown"`, `"title":"second"`, `"name":"two"`)
			c.tells(`"signal":"opened"`, `"title":"third"`, `"name":"one"`)
			save(map[string]string{"config.yaml": "types: [pods]\n"})
			c.tells(`"signal":"unknown"`, `"title":"first"`)
			c.tells(`"signal":"unknown"`, `"title":"third"`)
			content, err := os.ReadFile(c.events)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(content), `"signal.v1"`); n != 6 {
				t.Errorf("%d signals are told\n%s", n, content)
			}
		})
	}
}

// A type that only a rule of the configuration is about is watched for as long as the rule is there.
func TestTypesOfRulesOfTheConfigurationAreWatched(t *testing.T) {
	s := newShop(t)
	config, save := homes()["a file"](s)
	about := strings.Replace(labelled("a", "1", "first"), "pods", "nodes", 1)
	save(map[string]string{"config.yaml": "types: [pods]\nrules: [a.yaml]\n", "a.yaml": about})
	c := s.begin(config, nil, "--signals")
	const watched = `dogwatch_watch_synced{group="",resource="nodes",version="v1",watch=`
	c.metric(watched)
	save(map[string]string{"a.yaml": "rules: []\n"})
	eventually(t, "nodes are not watched any more", func() bool { return !strings.Contains(c.get("/metrics"), watched) })
}

// Nobody knows whether the trouble of an object is over that is watched no longer.
func TestSignalsOfATypeThatIsDroppedEndAsUnknown(t *testing.T) {
	s := newShop(t)
	if _, err := s.server.Store().Apply(pods, []byte(pulling("ErrImagePull"))); err != nil {
		t.Fatal(err)
	}
	config, save := homes()["a file"](s)
	save(map[string]string{"config.yaml": "types: [pods, nodes]\n"})
	c := s.begin(config, nil, "--signals")
	c.tells(`"signal":"opened"`, `"type":"ImagePullFailing"`)
	save(map[string]string{"config.yaml": "types: [nodes]\n"})
	c.tells(`"signal":"unknown"`, `"type":"ImagePullFailing"`)
	content, err := os.ReadFile(c.events)
	if err != nil || strings.Contains(string(content), `"resolved"`) {
		t.Errorf("%v; it is told as resolved in\n%s", err, content)
	}
}

// Rules about what the server does not have find nothing, which is said once.
func TestTypesOfRulesThatAreNotThereAreSaid(t *testing.T) {
	s := newShop(t)
	config, save := homes()["a file"](s)
	path := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(path, []byte(strings.Replace(labelled("a", "1", "first"), "[pods]", "[pods, pod, nothing.acme.io]", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	save(map[string]string{"config.yaml": "types: [pods]\nrules: [b.yaml]\n", "b.yaml": labelled("b", "2", "second")})
	c := s.begin(config, nil, "--signals", "--rules", path)
	c.awaitSaid("the server has no type pod (pods?): rules about it find nothing until it has")
	c.awaitSaid("the server has no type nothing.acme.io: rules")
	s.label("one", 1)
	c.tells(`"signal":"opened"`, `"title":"first"`)
	save(map[string]string{"b.yaml": strings.Replace(labelled("b", "2", "second"), "[pods]", "[widgets, pod]", 1)})
	c.awaitSaid("the server has no type widgets")
	if said := c.stderr.String(); strings.Count(said, "no type pod ") != 1 || strings.Contains(said, "no type pods") {
		t.Errorf("it says\n%s", said)
	}
}

func TestMCPFollowsRulesOfItsConfiguration(t *testing.T) {
	s := newShop(t)
	s.label("one", 1)
	config, save := homes()["a file"](s)
	save(map[string]string{"config.yaml": "types: [pods]\nrules: [a.yaml]\n", "a.yaml": labelled("a", "1", "first")})
	a := startMCP(t, "--kubeconfig", s.kubeconfig, "-A", "--config", config)
	await := func(want string) {
		t.Helper()
		eventually(t, want, func() bool { return signalsOf(a.ask(t, "list_signals", map[string]any{"name": "one"})) == want })
	}
	await("Labelled one open")
	save(map[string]string{"a.yaml": labelled("a", "2", "other")})
	await("Labelled one not known any more")
	_ = a.client.Close()
	if err := <-a.done; err != nil {
		t.Error(err)
	}
}

func TestRulesOfAConfigurationHaveToBeRightAtTheStart(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	for file, content := range map[string]string{
		"config.yaml": "rules: [good.yaml, bad.yaml, again.yaml]\n", "none.yaml": "rules: [nowhere.yaml]\n",
		"good.yaml": labelled("a", "1", "first"), "bad.yaml": strings.Replace(labelled("b", "1", "x"), "object.", "objct.", 1), "again.yaml": labelled("a", "2", "x"),
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"stream", "mcp"} {
		code, _, stderr := command(t, name, "--config", path)
		if code != setup.ExitError || !strings.Contains(stderr, `bad.yaml:4:9: rule "b": when: undeclared reference to 'objct'`) || !strings.Contains(stderr, "(and 1 more") {
			t.Errorf("%s ends with %d and says %s", name, code, stderr)
		}
		code, _, stderr = command(t, name, "--config", filepath.Join(dir, "none.yaml"))
		if code != setup.ExitError || !strings.Contains(stderr, `none.yaml:1: rules: "nowhere.yaml": it cannot be read`) {
			t.Errorf("%s ends with %d and says %s", name, code, stderr)
		}
	}
	code, stdout, _ := command(t, "check-config", path)
	if want := filepath.Join(dir, "again.yaml") + `:2:3: rule "a": there is a rule of this name at ` + filepath.Join(dir, "good.yaml"); code != setup.ExitOK || strings.Count(stdout, "\n") != 2 || !strings.Contains(stdout, want) {
		t.Errorf("the check ends with %d and says %s", code, stdout)
	}
}

// An edit that drops a rule and a sink together tells that sink yet that what the rule has told is not judged any more; so it is with a policy.
func TestASinkThatGoesWithARuleIsToldOfItsEnd(t *testing.T) {
	rule := labelled("a", "1", "first")
	for what, rules := range map[string]string{"rule": rule, "policy": strings.NewReplacer("when:", "check:", "==", "!=").Replace(rule)} {
		t.Run(what, func(t *testing.T) {
			s, a, b := newShop(t), newCollector(t), newCollector(t)
			s.label("one", 1)
			from, save := homes()["a file"](s)
			to := func(r *collector) string { return `to: "` + r.url + `", format: json, signals: true` }
			files := sinksOf(to(a), to(b))
			files["config.yaml"] += "rules: [a.yaml]\n"
			files["a.yaml"] = rules
			save(files)
			stream := s.beginSinks(from)
			a.await(a.signals, "first opened")
			b.await(b.signals, "first opened")
			save(sinksOf(to(a)))
			b.await(b.signals, "first opened, first unknown")
			a.await(a.signals, "first opened, first unknown")
			save(files)
			a.await(a.signals, "first opened, first unknown, first opened")
			b.await(b.signals, "first opened, first unknown, first opened")
			save(sinksOf("to: stdout")) // nobody tells signals any more
			stream.followed(4)
			a.await(a.signals, "first opened, first unknown, first opened, first unknown")
			b.await(b.signals, "first opened, first unknown, first opened, first unknown")
		})
	}
}
