package state

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	if later.Set(one, false) != nil || later.Has(one) || !later.Has(all) {
		t.Errorf("kept are %+v", later.all)
	}
}

// Of too many the oldest are told again.
func TestMutesAreBounded(t *testing.T) {
	var m Mutes // which keeps nothing
	name := func(i int) Mute { return Mute{Rule: fmt.Sprint("r", i)} }
	for i := range maxMutes + 10 {
		if err := m.Set(name(i), true); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.all) != maxMutes || len(m.has) != maxMutes || m.Has(name(9)) || !m.Has(name(10)) || m.all[0] != name(10) {
		t.Errorf("%d are kept, the first is %+v", len(m.all), m.all[0])
	}
}

// BenchmarkHas asks of 10,000 signals what is asked of each whenever one changes, with as many mutes as are kept; list is how it would be without a
// map to look up in.
func BenchmarkHas(b *testing.B) {
	var m Mutes
	for i := range maxMutes {
		m.all = append(m.all, Mute{Context: "prod", Fingerprint: fmt.Sprintf("%032x", i)})
	}
	m.set(m.all)
	const signals = 10000
	asked := make([]Mute, 0, 2*signals)
	for i := range signals {
		asked = append(asked, Mute{Context: "prod", Rule: fmt.Sprint("rule-", i%30)}, Mute{Context: "prod", Fingerprint: fmt.Sprintf("%032x", i+maxMutes)})
	}
	for name, has := range map[string]func(Mute) bool{"map": m.Has, "list": func(what Mute) bool { return slices.Contains(m.all, what) }} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				for _, what := range asked {
					if has(what) {
						b.Fatal("it is muted")
					}
				}
			}
		})
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
