package cluster

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRenewedFileIsSeenOnce(t *testing.T) {
	t.Parallel()
	f := renewableFile{path: filepath.Join(t.TempDir(), "client.crt")}
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(f.path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, step := range []struct {
		content string
		want    bool
	}{{"first", true}, {"first", false}, {"second", true}, {"second", false}} {
		write(step.content)
		if got := f.renewed(); got != step.want {
			t.Errorf("step %d: %v", i, got)
		}
	}
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
	if f.renewed() {
		t.Error("a file that is gone counts as renewed")
	}
	if none := (&renewableFile{}); none.renewed() {
		t.Error("what is no file is a new one")
	}
}
