package canary

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// All that is said here of programs under test rests on that a canary is found where it is.
func TestCanaryIsFoundInEveryForm(t *testing.T) {
	c := New()
	for _, before := range []string{"", "a", "ab", "abc"} {
		plain := before + c.Value("here") + before
		once := base64.StdEncoding.EncodeToString([]byte(plain))
		login, err := json.Marshal(map[string]string{"auth": once})
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{plain, once, base64.StdEncoding.EncodeToString(login)} {
			if len(c.In("text", []byte("before "+text+" behind"))) != 1 {
				t.Errorf("it is not found in %s", text)
			}
			if found := New().In("text", []byte(text)); len(found) > 0 {
				t.Errorf("another one is found: %v", found)
			}
		}
	}
}

func TestCanaryIsFoundInFiles(t *testing.T) {
	c, dir := New(), t.TempDir()
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer encoder.Close()
	inside := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(inside, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"plain": []byte(c.Value("plain")), "packed": encoder.EncodeAll([]byte(c.Value("packed")+c.Value("again")), nil), c.Value("name"): nil,
	} {
		if err := os.WriteFile(filepath.Join(inside, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, err := c.InFiles(dir)
	if err != nil || len(found) < 4 {
		t.Errorf("found %v, %v", found, err)
	}
}

func TestCanaryIsFoundInMemory(t *testing.T) {
	c := New()
	value := []byte(c.Value("memory"))
	found, err := c.InMemory(os.Getpid())
	if err != nil || len(found) == 0 {
		t.Errorf("found nothing, %v", err)
	}
	clear(value)
}
