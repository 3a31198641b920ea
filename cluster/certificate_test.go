package cluster

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRenewedCertificateIsSeenOnce(t *testing.T) {
	t.Parallel()
	c := clientCertificate{file: filepath.Join(t.TempDir(), "client.crt")}
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(c.file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i, step := range []struct {
		content string
		want    bool
	}{{"first", true}, {"first", false}, {"second", true}, {"second", false}} {
		write(step.content)
		if got := c.renewed(); got != step.want {
			t.Errorf("step %d: %v", i, got)
		}
	}
	if err := os.Remove(c.file); err != nil {
		t.Fatal(err)
	}
	if c.renewed() {
		t.Error("a file that is gone counts as renewed")
	}
	if none := (&clientCertificate{}); none.renewed() {
		t.Error("a login without a certificate has a new one")
	}
}
