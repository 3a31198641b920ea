//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package sinks

import (
	"os"
	"path/filepath"
	"testing"
)

// What cannot be locked, as on a file system without locks, is nobody else's. A file that is closed stands for it.
func TestWhatCannotBeLockedIsWritten(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "events"))
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if !lock(file) {
		t.Error("it is said to be another process'")
	}
}
