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
	if code := Main([]string{"dogwatch", "rules", "list"}, &stdout, &stderr); code != setup.ExitError || !strings.Contains(stderr.String(), "dogwatch-signals, which is neither beside this one, in "+folderOfTest(t)+", nor in PATH: put it there") {
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

// What a configuration names is looked into by the program that knows it, and where that is missing it is said.
func TestConfigCheckLooksIntoRules(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the other program of this test is a shell script")
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	path := withConfig(t, "rules: [mine.yaml, none.yaml]\n")
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "mine.yaml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := said(t, "config", "check")
	if code != setup.ExitError || !strings.Contains(stderr, path+`:1: rules: "none.yaml": it cannot be read`) || !strings.Contains(stderr, "whether its rules and sinks are right is not known: this is done by the program dogwatch-signals") {
		t.Errorf("without it: %d, %s", code, stderr)
	}
	script := "#!/bin/sh\necho \"mine.yaml:1:1: $*\"\necho more\n"
	if err := os.WriteFile(filepath.Join(dir, signalsProgram), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	code, _, stderr = said(t, "config", "check")
	if want := "\nmine.yaml:1:1: check-config -- " + path + "\nmore\ndogwatch: 3 problems found\n"; code != setup.ExitError || !strings.HasSuffix(stderr, want) {
		t.Errorf("%d, %s", code, stderr)
	}
	_, _, stderr = said(t, "config", "check", "--configmap", "--config-files", "here", path)
	if want := "\nmine.yaml:1:1: check-config --configmap --config-files here -- " + path + "\n"; !strings.Contains(stderr, want) {
		t.Errorf("as of a ConfigMap: %s", stderr)
	}
	o := options{Options: setup.New()}
	o.configure()
	if want := filepath.Join(filepath.Dir(path), "mine.yaml"); len(o.named) != 1 || o.named[0] != want || !strings.Contains(o.warning, "none.yaml") {
		t.Errorf("the dashboard applies %q and warns of %q", o.named, o.warning)
	}
}

// folderOfTest is where this program is.
func folderOfTest(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(self)
}

// A file of rules that the command line names and that cannot be read ends the dashboard before its screen, and before it asks for a terminal.
func TestRulesOfTheCommandLineHaveToBeReadable(t *testing.T) {
	for _, args := range [][]string{{"-A", "po", "--rules", "nosuch.yaml"}, {"demo", "--rules", "nosuch.yaml"}} {
		code, _, stderr := said(t, args...)
		if want := "dogwatch: reading the rules of nosuch.yaml: it cannot be read: no such file or directory\n"; code != setup.ExitError || stderr != want {
			t.Errorf("%q: %d, %s", args, code, stderr)
		}
	}
}
