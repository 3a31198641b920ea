package cli

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dogwatch/dogwatch/setup"
)

// Who ends this program means the other one.
func TestSignalsArePassedOn(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no signals")
	}
	program := filepath.Join(t.TempDir(), "other")
	script := "#!/bin/sh\ntrap 'exit 9' TERM\nkill -TERM $PPID\nwhile :; do sleep 0.01; done\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if code, err := handOver(program, nil, io.Discard, io.Discard); code != 9 || err != nil {
		t.Errorf("it ends with %d, %v", code, err)
	}
}

func TestRulesAreHandedOver(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the other program of this test is a shell script")
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	var stdout, stderr bytes.Buffer
	if code := Main([]string{"dogwatch", "rules", "list"}, &stdout, &stderr); code != setup.ExitError || !strings.Contains(stderr.String(), "dogwatch-signals, which is neither beside this one nor in PATH") {
		t.Errorf("without it: %d, %s", code, stderr.String())
	}
	script := "#!/bin/sh\necho \"$@\"\necho wrong >&2\nexit 7\n"
	if err := os.WriteFile(filepath.Join(dir, signalsProgram), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	stderr.Reset()
	code := Main([]string{"dogwatch", "rules", "test", "a b", "--recording", "-x", "--help"}, &stdout, &stderr)
	if code != 7 || stdout.String() != "rules test a b --recording -x --help\n" || stderr.String() != "wrong\n" {
		t.Errorf("%d, %q, %q", code, stdout.String(), stderr.String())
	}
}
