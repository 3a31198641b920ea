package sinks_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/stream/sinks"
)

// isOurs tells how the messages of these tests begin.
func isOurs(text []byte) bool {
	return len(text) < 2 || text[0] == '{' || bytes.HasPrefix(text, []byte("half"))
}

// What is of somebody else, such as a token whose file was named by mistake, is neither cut off nor written to.
func TestAFileOfSomethingElseIsLeftAlone(t *testing.T) {
	for _, held := range []string{"user:password", "[\n  1\n]", "words\n"} {
		path := filepath.Join(t.TempDir(), "events")
		if err := os.WriteFile(path, []byte(held), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sinks.OpenFile(path, isOurs); err == nil || err.Error() != path+" holds something else than events: choose another name" {
			t.Errorf("of %q it says %v", held, err)
		}
		if text, err := os.ReadFile(path); err != nil || string(text) != held {
			t.Errorf("it holds %q, %v", text, err)
		}
	}
}

func TestAFileIsAppendedTo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events")
	send := func(from, to int) {
		t.Helper()
		f, err := sinks.OpenFile(path, isOurs)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := f.Send(t.Context(), messages(from, to)); n != to-from || err != nil {
			t.Errorf("%d are taken, %v", n, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	send(0, 1)
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	torn := append([]byte("{\"id\":\"0\"}\n"), bytes.Repeat([]byte("x"), 200<<10)...) // as by a kill
	if err := os.WriteFile(path, torn, 0o600); err != nil {
		t.Fatal(err)
	}
	send(1, 3)
	text, err := os.ReadFile(path)
	if want := "{\"id\":\"0\"}\n{\"id\":\"1\"}\n{\"id\":\"2\"}\n"; err != nil || string(text) != want {
		t.Errorf("it holds %q, %v", text, err)
	}
	if _, err := sinks.OpenFile(t.TempDir(), isOurs); err == nil || !strings.Contains(err.Error(), "no regular file") {
		t.Errorf("a directory: %v", err)
	}
}

// A file is for one process at a time: another one is refused, and takes nothing off. Who appends to it without asking may, and one that is renamed away is
// another file.
func TestAFileIsForOneProcess(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no locks that let others read")
	}
	path := filepath.Join(t.TempDir(), "events")
	one, err := sinks.OpenFile(path, isOurs)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = one.Close() }()
	appendTo := func(text string) {
		t.Helper()
		shell, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = shell.Close() }()
		if _, err := shell.WriteString(text); err != nil {
			t.Error(err)
		}
	}
	appendTo("half a line")
	if _, err := sinks.OpenFile(path, isOurs); err == nil || err.Error() != "the file "+path+" is written by another process: choose another name" {
		t.Errorf("another one: %v", err)
	}
	appendTo("\n")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	two, err := sinks.OpenFile(path, isOurs)
	if err != nil {
		t.Fatalf("of the same name: %v", err)
	}
	defer func() { _ = two.Close() }()
	for i, f := range []*sinks.File{one, two} {
		if n, err := f.Send(t.Context(), messages(i, i+1)); n != 1 || err != nil {
			t.Errorf("%d are taken, %v", n, err)
		}
	}
	for name, want := range map[string]string{path + ".1": "half a line\n{\"id\":\"0\"}\n", path: "{\"id\":\"1\"}\n"} {
		if text, err := os.ReadFile(name); err != nil || string(text) != want {
			t.Errorf("%s holds %q, %v", name, text, err)
		}
	}
	if err := two.Close(); err != nil {
		t.Error(err)
	}
	three, err := sinks.OpenFile(path, isOurs)
	if err != nil {
		t.Fatalf("after its end: %v", err)
	}
	if err := three.Close(); err != nil {
		t.Error(err)
	}
}
