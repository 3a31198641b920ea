package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/replay/recording"
)

// has tells whether something of a type is there.
func (c contents) has(name recording.TypeName) bool {
	for key := range c {
		if strings.HasPrefix(key, string(name)+" ") {
			return true
		}
	}
	return false
}

// What the configuration names is recorded, from when it does until it does not.
func TestRecordFollowsItsConfiguration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	save := func(content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save("types: [pods]\n")
	b := startRecording(t, "--config", path, "--metrics", "0")
	b.await("pods", func(c contents) bool { return c.has("pods.v1") && !c.has("deployments.v1.apps") })
	save("types: [pods, deployments.apps]\n")
	b.await("deployments, too", func(c contents) bool { return c.has("pods.v1") && c.has("deployments.v1.apps") })
	save("types: [deployments.apps]\nthme: dark\n")
	b.awaitThat("what is wrong", func() bool {
		return strings.Contains(b.said.String(), `config.yaml:2: "thme" is no setting`) && strings.Contains(b.said.String(), "going on with what it said before")
	})
	if served := lastServed(t, b); !slices.Contains(served, "pods.v1") {
		t.Errorf("%q are recorded", served)
	}
	save("types: [deployments.apps]\n")
	b.awaitThat("pods no longer", func() bool { return slices.Equal(lastServed(t, b), []recording.TypeName{"deployments.v1.apps"}) })
	if said := b.stop(); !strings.Contains(said, "metrics of dogwatch: http://127.0.0.1:") || !strings.Contains(said, path+" is followed") {
		t.Errorf("it says %s", said)
	}
}
