package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/setup"
)

// watched are the types that an assistant is told are watched.
func (a *answering) watched(t *testing.T) []string {
	t.Helper()
	var types []string
	for _, item := range a.ask(t, "list_types", map[string]any{"watched_only": true})["types"].([]any) {
		types = append(types, item.(map[string]any)["type"].(string))
	}
	slices.Sort(types)
	return types
}

// What an assistant is told of is what the configuration names, as it is edited.
func TestMCPFollowsItsConfiguration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	save := func(content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save("types: [pods]\n")
	a := startMCP(t, "--kubeconfig", sampleKubeconfig(t), "-A", "--config", path)
	await := func(types ...string) {
		t.Helper()
		eventually(t, strings.Join(types, ","), func() bool { return slices.Equal(a.watched(t), types) })
	}
	await("pods")
	save("types: [pods, deployments.apps]\n")
	await("deployments.apps", "pods")
	save("types: [deployments.apps]\n")
	await("deployments.apps")
	_ = a.client.Close()
	if err := <-a.done; err != nil || !strings.Contains(a.stderr.String(), path+" is followed") {
		t.Errorf("it ends with %v and says %s", err, &a.stderr)
	}
}

// Of a type that is watched several times, the watch answers that no selector limits; an edit of the others' selectors is followed.
func TestMCPAnswersFromTheWatchThatIsNotLimited(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	save := func(content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save("types: [{types: pods, selector: no=such}]\n")
	a := startMCP(t, "--kubeconfig", sampleKubeconfig(t), "-A", "--config", path)
	pods := func() float64 {
		return a.ask(t, "query_objects", map[string]any{"type": "pods", "count_only": true})["total"].(float64)
	}
	if n := pods(); n != 0 {
		t.Errorf("there are %v of the selector", n)
	}
	save("types: [{types: pods, selector: no=such}, {types: pods, fieldSelector: metadata.name!=none}, pods]\n")
	eventually(t, "all pods", func() bool { return pods() > 0 })
	save("types: [{types: pods, selector: none=such}]\n")
	eventually(t, "none", func() bool { return pods() == 0 })
}

func TestMCPRefusesAConfigurationThatIsWrongAtTheStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte("types: [pods]\ntheme: drak\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		said string
	}{
		{[]string{"--config", path}, setup.ExitError, "config.yaml:2: theme: "},
		{[]string{"--config", path, "pods"}, setup.ExitUsage, "not by both"},
		{[]string{"--config", path, "--recording", demoPath}, setup.ExitUsage, "--config does not go with --recording"},
	} {
		code, _, stderr := command(t, append([]string{"mcp"}, c.args...)...)
		if code != c.code || !strings.Contains(stderr, c.said) {
			t.Errorf("%v ends with %d and says %s", c.args, code, stderr)
		}
	}
}
