package state

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// A folder that others may write to would have them choose what is read of it.
func TestFolderIsTakenFromOthers(t *testing.T) {
	for _, before := range []fs.FileMode{0o777, 0o755, 0o700} {
		base := t.TempDir()
		dir := filepath.Join(base, "dogwatch")
		if err := os.Mkdir(dir, before); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, before); err != nil { // whatever the umask
			t.Fatal(err)
		}
		t.Setenv("XDG_STATE_HOME", base)
		path, err := Write("report", []byte("text"))
		if err != nil {
			t.Fatal(err)
		}
		if err := merge(filepath.Join(dir, "history"), []Entry{{Command, "po"}}); err != nil {
			t.Fatal(err)
		}
		for what, want := range map[string]fs.FileMode{dir: fs.ModeDir | 0o700, path: 0o600, filepath.Join(dir, "history"): 0o600} {
			if info, err := os.Lstat(what); err != nil || info.Mode() != want {
				t.Errorf("%v before: %s is %v, %v; want %v", before, what, info.Mode(), err, want)
			}
		}
	}
}

// What a link names is left alone: the file that is written takes the link's place.
func TestLinkIsReplacedNotFollowed(t *testing.T) {
	dir := t.TempDir()
	other, link := filepath.Join(dir, "other"), filepath.Join(dir, "history")
	if err := os.WriteFile(other, []byte(":svc\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, link); err != nil {
		t.Skip(err)
	}
	if err := merge(link, []Entry{{Command, "po"}}); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(other); err != nil || string(content) != ":svc\n" {
		t.Errorf("the other file holds %q, %v", content, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode() != 0o600 {
		t.Errorf("the history is %v, %v", info.Mode(), err)
	}
}
