package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/apiserver/sample"
	"github.com/dogwatch/dogwatch/replay/apiserver/store"
)

// hides fails unless the site of gauges is masked in the recording, which has some.
func (b *recordBench) hides() {
	b.Helper()
	b.stop()
	if text := b.decompressed(); strings.Contains(text, "hall 2") || !strings.Contains(text, `"site":"••••`) {
		b.Errorf("the site of gauges is not hidden in %s", text)
	}
}

// A rule for a type that the server has hides from the type's first object on, though the configuration names it only later.
func TestRecordHidesWhatIsNamedLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	save := func(content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save("types: [pods]\n")
	b := startRecording(t, "--config", path, "--redact", "gg:.spec.site")
	b.await("pods", func(c contents) bool { return c.has("pods.v1") })
	save("types: [pods, \"*.acme.io\"]\n")
	b.await("gauges, too", func(c contents) bool { return c.has("gauges.v1.acme.io") })
	b.hides()
}

// A rule for a type that the server does not have yet is let pass where a pattern stands for it, and hides from its first object on.
func TestRecordHidesWhatIsInstalledLater(t *testing.T) {
	st, err := sample.Store(3)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.RemoveType(sample.Gauges().Resource); err != nil {
		t.Fatal(err)
	}
	definitions := schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	if err := st.AddType(store.Type{Resource: definitions, Kind: "CustomResourceDefinition", Singular: "customresourcedefinition"}); err != nil {
		t.Fatal(err)
	}
	b := startRecordingOf(t, st, "pods", "*.acme.io", "--redact", "Gauges.acme.io:.spec.site")
	b.await("pods", func(c contents) bool { return c.has("pods.v1") })
	if err := st.AddType(sample.Gauges()); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Apply(sample.Gauges().Resource, sample.Gauge("shop", "boiler", 42)); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Apply(definitions, sample.JSON(map[string]any{"metadata": map[string]any{"name": "gauges.acme.io"}})); err != nil {
		t.Fatal(err)
	}
	b.await("gauges, too", func(c contents) bool { return c.has("gauges.v1.acme.io") })
	b.hides()
}

// Where not all groups answer, a rule for a type that may be theirs is not taken on trust: it is said who did not answer.
func TestRecordSaysWhichGroupsDidNotAnswer(t *testing.T) {
	st := withConfigMaps(t)
	st.SetDown(sample.Gauges().Resource.GroupVersion(), true)
	b := serveForRecording(t, st)
	b.start("pods", "--redact", "valves.acme.io:.spec.site")
	if err := <-b.done; err == nil || !strings.Contains(err.Error(), `the server has no type "valves.acme.io"`) || !strings.Contains(err.Error(), "(no answer from acme.io/v1); nothing was recorded") {
		t.Errorf("it ends with %v", err)
	}
}

// A rule for a type that the server has and that nobody records does no harm.
func TestRecordTakesARuleForATypeThatIsNotRecorded(t *testing.T) {
	b := startRecordingOf(t, withConfigMaps(t), "pods", "--redact", "cm:.data.*")
	b.await("pods", func(c contents) bool { return c.has("pods.v1") })
	if said := b.stop(); !strings.Contains(said, "--redact cm:.data.*: it hid nothing") {
		t.Errorf("it says %s", said)
	}
}
