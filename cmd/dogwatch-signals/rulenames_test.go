package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/setup"
)

// twice are two files with a rule of the same name, the second with a rule of its own, too, and one that is called as a rule that dogwatch comes with.
func twice(t *testing.T) (dir, first, second string) {
	t.Helper()
	dir = t.TempDir()
	first, second = filepath.Join(dir, "first.yaml"), filepath.Join(dir, "second.yaml")
	for path, content := range map[string]string{
		first:  labelled("mine", "1", "first"),
		second: labelled("mine", "1", "second") + strings.TrimPrefix(labelled("crash-loop", "1", "third")+strings.TrimPrefix(labelled("other", "1", "fourth"), "rules:\n"), "rules:\n"),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, first, second
}

// Two rules of one name would be taken for each other by all who know signals by their fingerprints: the second is refused, however it comes, and the others go on.
func TestRulesOfOneNameAreRefusedHoweverTheyCome(t *testing.T) {
	dir, first, second := twice(t)
	said := []string{
		second + `:2:3: rule "mine": there is a rule of this name at ` + first + `:2:3; give this one another`,
		second + `:6:3: rule "crash-loop": dogwatch comes with a rule of this name; give this one another`,
	}
	holds := func(t *testing.T, what, in string) {
		t.Helper()
		for _, want := range said {
			if !strings.Contains(in, want) {
				t.Errorf("%s does not say\n\t%s\nbut\n%s", what, want, in)
			}
		}
	}
	code, stdout, stderr := command(t, "rules", "list", first, second)
	holds(t, "rules list", stderr)
	if code != setup.ExitError || strings.Count(stdout, "mine ") != 1 || strings.Contains(stdout, "crash-loop") || !strings.Contains(stdout, "other ") {
		t.Errorf("rules list ends with %d and prints\n%s", code, stdout)
	}
	code, _, stderr = command(t, "rules", "test", first, second, "--recording", demoPath)
	holds(t, "rules test", stderr)
	if code != setup.ExitError {
		t.Errorf("rules test ends with %d", code)
	}
	code, stdout, stderr = command(t, "follow", "--demo", first, second) // as the dashboard does
	holds(t, "follow", strings.ReplaceAll(stdout, `\"`, `"`))
	if code != setup.ExitOK || stderr != "" || !strings.Contains(stdout, `"rule":"crash-loop"`) {
		t.Errorf("follow ends with %d and says %s", code, stderr)
	}
	config := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(config, []byte("rules: [first.yaml, second.yaml]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stdout, _ = command(t, "check-config", config)
	holds(t, "check-config", stdout)
	if n := strings.Count(stdout, "\n"); n != len(said) {
		t.Errorf("%d problems are found", n)
	}
}

func TestStreamGoesOnWithoutRulesThatAreRefused(t *testing.T) {
	_, first, second := twice(t)
	s := newShop(t)
	s.label("one", 1)
	config, save := homes()["a ConfigMap"](s)
	save(map[string]string{"config.yaml": "types: [pods]\n"})
	c := s.begin(config, nil, "--signals", "--rules", first, "--rules", second)
	c.awaitSaid(second + `:2:3: rule "mine": there is a rule of this name at ` + first)
	c.awaitSaid(`rule "crash-loop": dogwatch comes with a rule of this name`)
	c.tells(`"signal":"opened"`, `"rule":"mine"`, `"title":"first"`)
	c.tells(`"signal":"opened"`, `"rule":"other"`, `"title":"fourth"`)
	// Nor may the configuration have them.
	save(map[string]string{"config.yaml": "types: [pods]\nrules: [a.yaml]\n", "a.yaml": labelled("other", "1", "fifth")})
	c.awaitSaid(`a.yaml:2:3: rule "other": there is a rule of this name at ` + second + `:10:3; give this one another`)
	save(map[string]string{"a.yaml": labelled("scaled", "1", "sixth")})
	c.awaitSaid(`a.yaml:2:3: rule "scaled": dogwatch comes with a rule of this name`)
	c.awaitSaid("going on with what it said before")
	save(map[string]string{"a.yaml": labelled("own", "1", "seventh")})
	c.tells(`"signal":"opened"`, `"rule":"own"`, `"title":"seventh"`)
	content, err := os.ReadFile(c.events)
	if err != nil {
		t.Fatal(err)
	}
	for _, title := range []string{"second", "third", "fifth", "sixth"} {
		if strings.Contains(string(content), title) {
			t.Errorf("the rule of %s is applied", title)
		}
	}
}
