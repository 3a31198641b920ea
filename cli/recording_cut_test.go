package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dogwatch/dogwatch/replay/recording"
	"github.com/dogwatch/dogwatch/setup"
)

// recorded writes a recording of a pod that changes each second for a minute.
func recorded(t *testing.T, path string) time.Time {
	t.Helper()
	return recordedWith(t, path, func() string { return "" })
}

// recordedWith is recorded, with a note in each version of the pod.
func recordedWith(t *testing.T, path string, note func() string) time.Time {
	t.Helper()
	begin := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := recording.NewWriter(file)
	if err != nil {
		t.Fatal(err)
	}
	types := []recording.Type{{Name: "pods.v1", Kind: "Pod", Namespaced: true}}
	err = w.Begin(recording.Header{At: begin, Types: types})
	for i := range 60 {
		if err == nil {
			err = w.Write(recording.Entry{
				At: begin.Add(time.Duration(i) * time.Second), Kind: recording.Modified, Type: "pods.v1",
				Object: []byte(`{"metadata":{"namespace":"n","name":"p","resourceVersion":"` + string(rune('1'+i%9)) + `"},"note":"` + note() + `"}`),
			})
		}
	}
	if err == nil {
		err = w.Close(begin.Add(time.Minute))
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return begin
}

func TestRecordingCut(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.jsonl.zst"), filepath.Join(dir, "out.jsonl.zst")
	begin := recorded(t, in)
	cut := func(file string, args ...string) *recording.Recording {
		t.Helper()
		if code, stderr := execute(t, append([]string{"recording", "cut", in, "-o", file}, args...)...); code != setup.ExitOK {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		rec, err := recording.OpenPath(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = rec.Close() })
		return rec
	}
	check := func(rec *recording.Recording, from, to time.Duration) {
		t.Helper()
		info := rec.Info()
		if !info.From.Equal(begin.Add(from)) || !info.To.Equal(begin.Add(to)) || len(info.Types) != 1 {
			t.Errorf("%+v", info)
		}
	}
	check(cut(out, "--from", "10s", "--to", "2026-11-24T08:00:20Z"), 10*time.Second, 20*time.Second)
	if code, stderr := execute(t, "recording", "cut", in, "-o", out); code != setup.ExitError || !strings.Contains(stderr, "--force") {
		t.Errorf("replaced a file: exit %d, %s", code, stderr)
	}
	check(cut(out, "--force", "--from", begin.Add(30*time.Second).Local().Format(time.TimeOnly)), 30*time.Second, time.Minute)
	check(cut(in, "--force", "--to", "5s"), 0, 5*time.Second) // into itself
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestRecordingCutRefuses(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.jsonl.zst"), filepath.Join(dir, "out.jsonl.zst")
	recorded(t, in)
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{}, setup.ExitUsage, "one recording"},
		{[]string{in}, setup.ExitUsage, "-o FILE"},
		{[]string{in, "-o", out, "--from", "soon"}, setup.ExitUsage, "no moment"},
		{[]string{in, "-o", out, "--from", "20s", "--to", "10s"}, setup.ExitError, "nothing lies between"},
		{[]string{in, "-o", out, "--from", "2h"}, setup.ExitError, "--from: 2026-11-24T"},
		{[]string{in, "-o", out, "--from", "2s", "--to", "3h"}, setup.ExitError, "is not in the recording"},
		{[]string{in, "-o", filepath.Join(dir, "no", "out")}, setup.ExitError, "no such file"},
		{[]string{filepath.Join(dir, "none"), "-o", out}, setup.ExitError, "none"},
	} {
		code, stderr := execute(t, append([]string{"recording", "cut"}, c.args...)...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: exit %d and %q, want exit %d and %q", c.args, code, stderr, c.code, c.want)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left %v, %v", left, err)
	}
}
