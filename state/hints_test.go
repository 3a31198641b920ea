package state

import (
	"os"
	"path/filepath"
	"testing"
)

func TestHintsStayAway(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "not yet there"))
	h, err := OpenHints()
	if err != nil {
		t.Fatal(err)
	}
	if !h.Wanted() {
		t.Error("a newcomer gets no hints")
	}
	if err := h.PutAway(); err != nil {
		t.Fatal(err)
	}
	if again, err := OpenHints(); err != nil || again.Wanted() {
		t.Errorf("the hints come back, %v", err)
	}
}

func TestHintsThatCannotBeKeptAwayAreAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_STATE_HOME", file)
	h, err := OpenHints()
	if err != nil {
		t.Fatal(err)
	}
	if h.Wanted() {
		t.Error("hints that cannot be kept away are wanted")
	}
	if err := h.PutAway(); err == nil {
		t.Error("no error")
	}
}
