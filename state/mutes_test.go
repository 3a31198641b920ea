package state

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func openMutes(t *testing.T) *Mutes {
	t.Helper()
	m, err := OpenMutes()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMutesAreKept(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	one, all := Mute{Context: "prod", Fingerprint: "f1"}, Mute{Rule: "crash-loop"}
	first, second := openMutes(t), openMutes(t) // two that run side by side
	for _, err := range []error{first.Set(one, true), second.Set(all, true), first.Set(Mute{Rule: "gone"}, true), first.Set(Mute{Rule: "gone"}, false)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	later := openMutes(t)
	if !later.Has(one) || !later.Has(all) || later.Has(Mute{Rule: "gone"}) || later.Has(Mute{Context: "test", Fingerprint: "f1"}) {
		t.Errorf("kept are %+v", later.all)
	}
	path := filepath.Join(dir, "dogwatch", mutesName)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	for range maxMutes + 10 {
		later.all = change(later.all, Mute{Rule: strings.Repeat("r", len(later.all)+1)}, true)
	}
	if len(later.all) != maxMutes {
		t.Errorf("%d are kept", len(later.all))
	}
}

// A file that was damaged mutes nothing, and is not thrown away.
func TestDamagedMutesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	path := filepath.Join(dir, "dogwatch", mutesName)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("[{"), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := OpenMutes()
	if err == nil || !strings.Contains(err.Error(), mutesName) {
		t.Errorf("it says %v", err)
	}
	if err := m.Set(Mute{Rule: "r"}, true); err == nil || !m.Has(Mute{Rule: "r"}) {
		t.Errorf("muted %v, and it says %v", m.Has(Mute{Rule: "r"}), err)
	}
	if content, _ := os.ReadFile(path); string(content) != "[{" {
		t.Errorf("the file holds %q", content)
	}
}

func FuzzMutes(f *testing.F) {
	f.Add([]byte(`[{"rule":"r"},{"context":"c","fingerprint":"f"},{}]`))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), mutesName)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		all, _ := readMutes(path)
		for _, m := range all {
			if !m.valid() {
				t.Errorf("%+v mutes nothing, or too much", m)
			}
		}
	})
}
