package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dogwatch/dogwatch/setup"
)

// write writes a text as a command does with its file.
func write(path string, overwrite bool, content string) error {
	return writePrivate(path, overwrite, func(file *os.File) error {
		_, err := file.WriteString(content)
		return err
	})
}

// holds checks a file's content, and that only its owner may read it.
func holds(t *testing.T, path, want string) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%s has mode %v, %v", path, info.Mode(), err)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != want {
		t.Errorf("%s holds %q, %v; want %q", path, content, err, want)
	}
}

func TestFilesAreReplacedOnlyWithForceAndArePrivateThen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(path, []byte("a longer one, for all"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := write(path, false, "new"); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("replaced: %v", err)
	}
	if err := write(path, true, "new"); err != nil {
		t.Error(err)
	}
	holds(t, path, "new")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := createPrivate(path, true)
	if err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
	holds(t, path, "new") // until it is truncated
}

// Nobody else can read a file at any moment, however much the user's mask lets through.
func TestFilesArePrivateFromTheFirstInstant(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	dir := t.TempDir()
	made, err := createPrivate(filepath.Join(dir, "made"), false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = made.Close() }()
	replacing := filepath.Join(dir, "replacing")
	for _, force := range []bool{false, true} {
		err := writePrivate(replacing, force, func(file *os.File) error {
			for _, path := range []string{made.Name(), file.Name()} {
				holds(t, path, "")
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// What a link names is written, and the link stays.
func TestLinksAreFollowed(t *testing.T) {
	dir := t.TempDir()
	there, link := filepath.Join(dir, "there"), filepath.Join(t.TempDir(), "link")
	if err := os.WriteFile(there, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(there, link); err != nil {
		t.Fatal(err)
	}
	if err := write(link, false, "new"); err == nil {
		t.Error("replaced through a link")
	}
	if err := write(link, true, "new"); err != nil {
		t.Error(err)
	}
	holds(t, there, "new")
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link is %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left %v, %v", left, err)
	}
}

// Devices, pipes and directories are refused, with and without --force, and are as they were.
func TestOnlyRegularFilesAreWritten(t *testing.T) {
	in := filepath.Join(t.TempDir(), "in.zst")
	recorded(t, in)
	dir := t.TempDir()
	pipe, device := filepath.Join(dir, "pipe"), filepath.Join(dir, "device")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(os.DevNull, device); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, device, dir} {
		before, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, force := range []bool{false, true} {
			if file, err := createPrivate(path, force); err == nil {
				_ = file.Close()
				t.Errorf("%s was opened", path)
			}
			if err := write(path, force, "x"); err == nil || !strings.Contains(err.Error(), "not a regular file") {
				t.Errorf("%s was written: %v", path, err)
			}
		}
		if code, said := execute(t, "recording", "cut", in, "--force", "-o", path); code != setup.ExitError || !strings.Contains(said, path+" is not a regular file") {
			t.Errorf("cut into %s: exit %d, %q", path, code, said)
		}
		if after, err := os.Lstat(path); err != nil || after.Mode() != before.Mode() {
			t.Errorf("%s is %v now, %v; it was %v", path, after.Mode(), err, before.Mode())
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left %v, %v", left, err)
	}
	t.Chdir(dir)
	if code, said := execute(t, "recording", "cut", in, "-o", "-"); code != setup.ExitError || !strings.Contains(said, "standard output") {
		t.Errorf("cut into -: exit %d, %q", code, said)
	}
}

func TestAKubeconfigThatExistsIsKept(t *testing.T) {
	in, out := filepath.Join(t.TempDir(), "in.zst"), filepath.Join(t.TempDir(), "config")
	recorded(t, in)
	if err := os.WriteFile(out, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, said := execute(t, "replay", in, "--serve", "127.0.0.1:0", "--write-kubeconfig", out)
	if code != setup.ExitError || !strings.Contains(said, "exists already: choose another name, or --force to replace it") {
		t.Errorf("exit %d, %q", code, said)
	}
	holds(t, out, "mine")
}
