package cli

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/dogwatch/dogwatch/replay/recording"
)

// A type that the server serves no longer is not served in a replay either, from then on.
func TestRecordingSaysThatATypeHasGone(t *testing.T) {
	b := startRecording(t, "pods", "deployments")
	b.await("the first state", func(s contents) bool { return len(s) > 20 })
	if served := lastServed(t, b); !slices.Contains(served, "deployments.v1.apps") {
		t.Fatalf("at first %q are served", served)
	}
	gone := schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	if err := b.server.Store().RemoveType(gone); err != nil {
		t.Fatal(err)
	}
	b.awaitThat("a type less", func() bool { return slices.Equal(lastServed(t, b), []recording.TypeName{"pods.v1"}) })
	b.stop()
	rec, err := recording.OpenPath(b.file)
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Close()
	for _, gap := range rec.Info().Gaps {
		if gap.Type == "deployments.v1.apps" {
			t.Errorf("what is not served is said to be missing: %+v", gap)
		}
	}
}

// lastServed are the types that a recording says are served at its end.
func lastServed(t *testing.T, b *recordBench) []recording.TypeName {
	t.Helper()
	content, err := os.ReadFile(b.file)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := recording.Open(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var types []recording.Type
	for _, s := range rec.Segments() {
		types = s.Types
		_ = s.Read(func(e *recording.Entry) error { // it is being written: it has no end yet
			if e.Kind == recording.Served {
				types = e.Types
			}
			return nil
		})
	}
	return namesIn(types)
}

func namesIn(types []recording.Type) []recording.TypeName {
	names := make([]recording.TypeName, len(types))
	for i := range types {
		names[i] = types[i].Name
	}
	return names
}
